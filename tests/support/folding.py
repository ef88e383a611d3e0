"""Plays events into a loop's handlers through the real fold: what a service decides, without broker or database."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from contracts import codec
from contracts.envelope import Event, Record
from contracts.topics import inbox
from servicekit.documents import Document
from servicekit.fold import fold
from servicekit.folded import Surroundings
from servicekit.hears import Hears
from servicekit.partners import Partner, Partners
from servicekit.reading import read
from support.events import REFERRAL, at

D = TypeVar("D", bound=Document)
K = TypeVar("K")


class Registered(Partners):
    """The registry as it is given."""

    def __init__(self, *partners: Partner) -> None:
        super().__init__(None)
        self._by_name = {partner.name: partner for partner in partners}


class Play(Generic[D, K]):
    """One loop that hears events one by one. `receipts` are (event id, fate, reason), `announced` what went out."""

    def __init__(
        self,
        hears: Hears[D, K],
        document: type[D],
        known: K,
        partners: Sequence[Partner],
        beside: Callable[[Event[Any]], Any] = lambda _: None,
    ) -> None:
        self._hears, self._kind, self._known, self._beside = hears, document, known, beside
        self._partners = Registered(*partners)
        self._seen: dict[bytes, bytes] = {}
        self._offset = 0
        self.documents: dict[str, D] = {}
        self.receipts: list[tuple[str, str, str | None]] = []
        self.refusals: list[dict[str, Any]] = []
        self.announced: list[Event[Any]] = []
        self.rows: list[Any] = []

    @property
    def document(self) -> D:
        """The document of the one referral of a test."""
        return self.documents.get(REFERRAL) or self._kind(id=REFERRAL)

    def say(self, *events: Event[Any], now: datetime | None = None) -> "Play[D, K]":
        """Partners publish these, each to its own inbox."""
        for event in events:
            record = codec.encode(replace(event, accepted_at=None, sequence=None))
            self._take(record._replace(topic=inbox(event.partner, record.topic)), event, now or at("2026-06-01"))
        return self

    def hear(self, *events: Event[Any], now: datetime | None = None) -> "Play[D, K]":
        """These were accepted elsewhere."""
        for event in events:
            self._take(codec.encode(event), event, now or at("2026-06-01"))
        return self

    def fate(self, event: Event[Any]) -> str:
        """The last fate of the event: `accepted`, `waiting`, or the reason for which it was refused."""
        _, fate, reason = next(r for r in reversed(self.receipts) if r[0] == event.id)
        return reason or fate

    def _take(self, record: Record, event: Event[Any], now: datetime) -> None:
        self._offset += 1
        item = read(record._replace(partition=0, offset=self._offset), self._partners, remembers=True)
        assert isinstance(item.read, Event), item.read
        around = Surroundings(
            self._hears, self._kind, self._partners, self._known, now, self._beside(event), self._seen, {}
        )
        folded = fold([item], self.documents, around)
        assert not folded.parked, folded.parked
        self._seen |= folded.identities
        self.documents |= {key: change.after for key, change in folded.changes.items()}
        self.rows += folded.rows
        for out in folded.out:
            if out.topic.startswith("receipts."):
                told = json.loads(out.value)
                self.receipts.append((told["event_id"], told["fate"], told.get("reason")))
                self.refusals += [told] if told["fate"] == "refused" else []
            else:
                said = codec.decode_canonical(Record(out.topic, 0, 0, out.key, out.value, out.headers))
                assert isinstance(said, Event), said
                self.announced.append(said)
