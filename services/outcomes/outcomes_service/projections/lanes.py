"""Folds a lane of all canonical topics together, in memory: every journey made once, from all its facts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from contracts.accepted import Accepted, read_accepted
from contracts.envelope import Record, Refusal
from contracts.erasure_requested import ErasureRequested
from outcomes_service.projections.facts import AnyFact, fact_of, is_known, makes_fact, order
from outcomes_service.projections.journeys import Journey, derived
from outcomes_service.projections.shapes import SHAPES, Shape
from servicekit.positions import Position
from servicekit.tried import tried

_ERASES = (Shape, ErasureRequested)


@dataclass(frozen=True, slots=True)
class Slice:
    """One of `of` parts of the keys of a lane, so that what is held in memory stays bounded."""

    number: int = 0
    of: int = 1

    def holds(self, key: bytes | None) -> bool:
        """Whether this is the part of a key."""
        return self.of == 1 or crc32(key or b"") % self.of == self.number


@dataclass
class LaneFold:
    """What the records of one slice say about each key, whatever their order.

    Keys of which a record cannot be made a fact are `failing`, records that cannot be read `unreadable`: both are left
    to the loop's own fold, which parks what it must.
    """

    facts: defaultdict[bytes, list[AnyFact]] = field(default_factory=lambda: defaultdict(list))
    erased: dict[bytes, datetime] = field(default_factory=dict)
    failing: set[bytes] = field(default_factory=set)
    unreadable: list[Record] = field(default_factory=list)
    heard: Counter[Position] = field(default_factory=Counter)
    ignored: Counter[tuple[bytes, Position]] = field(default_factory=Counter)

    def take(self, records: Iterable[Record], part: Slice) -> None:
        """Take up the records that belong to this slice."""
        for record in records:
            if part.holds(record.key):
                self.heard[record.topic, record.partition] += 1
                self._take(record)

    def _take(self, record: Record) -> None:
        said = read_accepted(record, SHAPES)
        if isinstance(said, Refusal):
            self.unreadable.append(record)
            return
        key = record.key or b""
        changed = tried(self._changes, key, said)
        if isinstance(changed, Exception):
            self.failing.add(key)
        elif not changed:
            self.ignored[key, (record.topic, record.partition)] += 1

    def _changes(self, key: bytes, said: Accepted[Any]) -> bool:
        at = said.accepted_at or said.time
        if type(said.data) in _ERASES:
            return self._erase(key, at)
        return makes_fact(said) and self._add(key, fact_of(said, at))

    def _add(self, key: bytes, fact: AnyFact) -> bool:
        if key in self.erased:
            return False
        facts = self.facts[key]
        if is_known(fact, facts):
            return False
        facts.append(fact)
        return True

    def _erase(self, key: bytes, at: datetime) -> bool:
        earlier = self.erased.get(key)
        if earlier is not None and earlier <= at:
            return False
        self.erased[key] = at
        self.facts.pop(key, None)
        return True

    def journeys(self) -> Iterator[Journey]:
        """Each key's document, but for those that fail; what is held of each is let go."""
        for key, at in self.erased.items():
            if key not in self.failing:
                yield Journey(id=key.decode(), version=1, erased_at=at)
        while self.facts:
            key, facts = self.facts.popitem()
            if key in self.failing:
                continue
            journey = tried(journey_of, key.decode(), facts)
            if isinstance(journey, Exception):
                self.failing.add(key)
            else:
                yield journey

    def endings(self, apart: Iterable[Record]) -> dict[Position, Counter[str]]:
        """How the records ended of which this made documents: all but those `apart`, left to the loop's own fold."""
        ended = {position: Counter(applied=heard) for position, heard in self.heard.items()}
        for record in apart:
            ended[record.topic, record.partition]["applied"] -= 1
        for (key, position), count in self.ignored.items():
            if key not in self.failing:
                ended[position] += Counter(ignored=count)
                ended[position]["applied"] -= count
        return ended


def journey_of(key: str, facts: list[AnyFact]) -> Journey:
    """The journey that these facts make, each of them there once."""
    facts.sort(key=order)
    return Journey(id=key, version=len(facts), facts=tuple(facts), **derived(facts))
