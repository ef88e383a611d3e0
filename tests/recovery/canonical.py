"""The canonical topics as they are on the wire: no ghost among them, and their order of first appearance."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from pymongo import MongoClient
from support.second_opinion import line_of

from recovery.tail import Tail

_KEPT_BY: Final = {  # topic: service and collection in which each of its events has changed a document
    "referral-made": ("referral", "referrals"),
    "permissions": ("referral", "referrals"),
    "session-held": ("case", "cases"),
    "session-not-held": ("case", "cases"),
    "follow-up-due": ("case", "cases"),
    "outcome-recorded": ("outcomes", "outcomes"),
    "fit-notes-counted": ("outcomes", "outcomes"),
}
_OURSELVES: Final = "footing"
_AT_ONCE: Final = 5000


class Said(NamedTuple):
    """What a canonical record says about itself."""

    topic: str
    partner: str
    type: str
    id: str
    subject: str
    sequence: int

    @property
    def identity(self) -> tuple[str, str, str]:
        """What the event is known by."""
        return self.partner, self.type, self.id


class Canonical:
    """Everything that stands on the topics, read as it comes. `lines`: as `kcat -J` prints it, for the oracle."""

    def __init__(self, kafka_url: str, client: MongoClient[dict[str, Any]], prefix: str) -> None:
        self._tail = Tail(kafka_url, _KEPT_BY.__contains__)
        self._client, self._prefix = client, prefix
        self.lines: list[str] = []
        self.repeats = 0
        self._known: set[tuple[str, tuple[str, str, str]]] = set()
        self._latest: defaultdict[tuple[str, str], int] = defaultdict(int)

    def look(self) -> Iterator[str]:
        """What is wrong with what came since the last time."""
        new = []
        for message in self._tail.read():
            if (message.topic() or "") not in ("permissions", "follow-up-due"):
                self.lines.append(line_of(message))
            said = _said(message)
            if (said.topic, said.identity) in self._known:
                self.repeats += 1
                continue
            self._known.add((said.topic, said.identity))
            new.append(said)
            yield from self._order(said)
        yield from self._ghosts(new)

    def close(self) -> None:
        """Leave."""
        self._tail.close()

    def _order(self, said: Said) -> Iterator[str]:
        place = said.topic, said.subject
        if said.sequence < self._latest[place]:
            yield f"{said.topic}: {said.subject} first appears with {said.sequence} after {self._latest[place]}"
        self._latest[place] = max(said.sequence, self._latest[place])

    def _ghosts(self, events: Sequence[Said]) -> Iterator[str]:
        numbers = {row["_id"]: row["number"] for row in self._client[f"{self._prefix}registry"].partners.find()}
        by_place: defaultdict[tuple[str, str], list[Said]] = defaultdict(list)
        for said in events:
            by_place[_KEPT_BY[said.topic]].append(said)
        for (service, collection), of_service in by_place.items():
            database = self._client[f"{self._prefix}{service}"]
            for start in range(0, len(of_service), _AT_ONCE):
                part = of_service[start : start + _AT_ONCE]
                yield from self._ghosts_of(part, database.identities, database[collection], numbers)

    def _ghosts_of(self, events: Sequence[Said], identities: Any, documents: Any, numbers: Any) -> Iterator[str]:
        wanted = {_bytes(said, numbers[said.partner]): said for said in events if said.partner != _OURSELVES}
        kept = {row["_id"] for row in identities.find({"_id": {"$in": list(wanted)}}, {"_id": 1})}
        subjects = list({said.subject for said in events})
        versions = {
            row["_id"]: row.get("version", 0) for row in documents.find({"_id": {"$in": subjects}}, {"version": 1})
        }
        yield from (f"ghost: {said} has no identity at its gate" for key, said in wanted.items() if key not in kept)
        yield from (f"ghost: {said}" for said in events if versions.get(said.subject, -1) < said.sequence)


def _said(message: Any) -> Said:
    headers = {name: value.decode() for name, value in message.headers() or ()}
    partner = headers["ce_source"].split(":")[3]
    kind, event_id, subject = headers["ce_type"], headers["ce_id"], headers["ce_subject"]
    return Said(message.topic(), partner, kind, event_id, subject, int(headers["ce_sequence"]))


def _bytes(said: Said, number: int) -> bytes:
    """The identity as a gate keeps it: partner's number, four bytes of the type's digest, the id."""
    return number.to_bytes(4, "big") + hashlib.sha256(said.type.encode()).digest()[:4] + uuid.UUID(said.id).bytes
