"""Ids of events, version 7 (RFC 9562): they begin with the time, so that what was said together stands together."""

import secrets
import time
from typing import Final

_RANDOM_BITS: Final = 74


def new_id() -> str:
    """A new id in canonical lower case: 48 bits of milliseconds, 74 of chance."""
    milliseconds, chance = time.time_ns() // 1_000_000, secrets.randbits(_RANDOM_BITS)
    bits = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
