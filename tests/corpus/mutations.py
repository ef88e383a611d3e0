"""Good records in which chance changed some bytes, the same for the same seed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

from contracts.envelope import Record
from contracts.record_files import from_example
from contracts.topics import inbox_parts

_EXAMPLES: Final = Path(__file__).parents[2] / "contracts" / "examples"
_INTERESTING: Final = b'"{}[],:\\0eE+-.n\x00\xff\x80$ \n'
_MOST_CHANGES: Final = 4


def bases() -> list[Record]:
    """The examples that gates accept, in the order of their names."""
    records = map(_read, sorted(_EXAMPLES.glob("*/v1/accepted/*.json")))
    return [record for record in records if inbox_parts(record.topic)]


def made() -> Record:
    """The one that makes the referral which the others are about."""
    return _read(_EXAMPLES / "referral-made/v1/accepted/least.json")


def _read(file: Path) -> Record:
    return from_example(json.loads(file.read_text(encoding="utf-8")))


def mutated(count: int, seed: int) -> Iterator[Record]:
    """So many spoilt records: mostly in the value, else in a header's value or name, or in the key."""
    chance, good = Random(seed), bases()
    for _ in range(count):
        record = chance.choice(good)
        for _ in range(chance.randint(1, _MOST_CHANGES)):
            record = chance.choices((_in_value, _in_header, _in_key), (14, 5, 1))[0](record, chance)
        yield record


def _in_value(record: Record, chance: Random) -> Record:
    return record._replace(value=_bytes(record.value or b"", chance))


def _in_key(record: Record, chance: Random) -> Record:
    return record._replace(key=_bytes(record.key or b"", chance))


def _in_header(record: Record, chance: Random) -> Record:
    headers = list(record.headers)
    number = chance.randrange(len(headers) or 1)
    what = chance.random()
    if what < 0.1 or not headers:
        headers.append((chance.choice(("ce_id", "ce_time", "content-type", "x")), chance.randbytes(8)))
    elif what < 0.2:
        del headers[number]
    elif what < 0.3:
        headers.append(headers[number])
    else:
        name, value = headers[number]
        headers[number] = (name, _bytes(value or b"", chance))
    return record._replace(headers=tuple(headers))


def _bytes(said: bytes, chance: Random) -> bytes:
    """Some bytes in one place are others, gone, twice, or in another place."""
    start = chance.randrange(len(said) + 1)
    length = min(chance.choice((1, 1, 1, 2, 4, 16)), len(said) - start)
    part, behind = said[start : start + length], said[start + length :]
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: chance.randbytes(length),
        lambda: bytes(chance.choices(_INTERESTING, k=max(length, 1))),
        lambda: b"",
        lambda: part + part,
        lambda: part + bytes(chance.choices(_INTERESTING, k=1)),
        lambda: bytes(byte ^ (1 << chance.randrange(8)) for byte in part),
    )
    if chance.random() < 0.05:
        return said[:start]
    if chance.random() < 0.05:
        return behind + said[:start] + part
    return said[:start] + chance.choice(ways)() + behind
