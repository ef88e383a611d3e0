"""Which partition a key belongs to: Kafka's murmur2, so that our relay and any Java client agree.

Source: the algorithm of Kafka's default partitioner (murmur2, seed 0x9747b28c, sign bit masked).
"""

from functools import lru_cache
from struct import Struct
from typing import Final

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_MASK: Final = 0xFFFFFFFF
_words: Final = Struct("<I").iter_unpack


def murmur2(key: bytes) -> int:
    """The 32-bit hash of `key`, unsigned."""
    length = len(key)
    h = (_SEED ^ length) & _MASK
    whole = length & ~3
    for (word,) in _words(key[:whole]):
        k = word * _M & _MASK
        h = (h * _M ^ (k ^ (k >> 24)) * _M) & _MASK
    if rest := key[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=16_384)  # pure Python costs 6 % of a gate; a referral's events come close together
def lane(key: bytes, lanes: int) -> int:
    """The partition of `key` among `lanes`."""
    return (murmur2(key) & 0x7FFFFFFF) % lanes
