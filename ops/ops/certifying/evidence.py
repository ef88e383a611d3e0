"""What is known of what a partner has sent: its records, its receipts, and what it met at the door. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from contracts import codec
from contracts.envelope import Event, Record
from contracts.receipt import Receipt

LATE_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that happened, by which an item passes: the event, when, and the record where there is one."""

    event_id: str | None
    type: str | None
    at: datetime
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a record in an inbox says of its event, as far as the list asks."""

    structured: bool
    time: datetime
    corrects: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal, by a gate or by the door."""

    reason: str
    proof: Proof


@dataclass(slots=True)
class Evidence:
    """Everything seen of one partner, or of its events that `only` names. `records` and `by_door` are places."""

    only: frozenset[str] | None = None
    records: dict[str, Sent] = field(default_factory=dict)
    by_door: set[str] = field(default_factory=set)
    accepted: list[Proof] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    duplicates: list[Proof] = field(default_factory=list)
    taken_by_door: dict[str, Proof] = field(default_factory=dict)

    def take_record(self, record: Record) -> None:
        """One record of an inbox. What is no event shows in its receipt."""
        event = codec.decode_inbox(record)
        if isinstance(event, Event) and self._is_asked_for(event.id):
            headers = {name.lower(): value for name, value in record.headers}
            structured = (headers.get("content-type") or b"").startswith(codec.STRUCTURED.encode())
            corrects = getattr(event.data, "supersedes", None) is not None
            self.records[record.place] = Sent(structured, event.time, corrects)

    def take_receipt(self, said: Receipt) -> None:
        """One receipt, in any order."""
        if not self._is_asked_for(said.event_id):
            return
        place = said.position.place
        proof = Proof(said.event_id, said.type, said.at, place)
        match said.fate:
            case "received":
                self.by_door.add(place)
            case "accepted":
                self.accepted.append(proof)
            case "refused":
                self.refused.append(Refused(said.reason or "", proof))
            case "duplicate":
                self.duplicates.append(proof)

    def take_doorstep(self, seen: Mapping[str, Any], since: datetime) -> None:
        """What the door put down of the partner (`door_service.doorstep`)."""
        for mode, met in seen.get("taken", {}).items():
            if met["at"] >= since:
                self.taken_by_door[mode] = Proof(None, None, met["at"])
        for reason, met in seen.get("refused", {}).items():
            if met["at"] >= since:
                self.refused.append(Refused(reason, Proof(met.get("event_id"), met.get("type"), met["at"])))

    @property
    def uses_kafka(self) -> bool:
        """Whether a record stands in an inbox that the door did not put there."""
        return bool(self.records.keys() - self.by_door) or any(
            refused.proof.place is not None and refused.proof.place not in self.by_door for refused in self.refused
        )

    @property
    def uses_door(self) -> bool:
        """Whether anything came through the door."""
        return bool(self.by_door or self.taken_by_door) or any(refused.proof.place is None for refused in self.refused)

    def accepted_of(self, kind: str) -> Proof | None:
        """An accepted event of this type."""
        return next((proof for proof in self._in_order() if proof.type == kind), None)

    def in_mode(self, *, structured: bool) -> Proof | None:
        """An accepted event that came in this mode: as its record shows, or as the door put down."""
        for proof in self._in_order():
            sent = self.records.get(proof.place or "")
            if sent is not None and sent.structured is structured and proof.place not in self.by_door:
                return proof
        return self.taken_by_door.get("structured" if structured else "binary") if self.accepted else None

    def correction(self) -> Proof | None:
        """An accepted event that corrects another."""
        return next((proof for proof, sent in self._with_records() if sent.corrects), None)

    def late(self) -> Proof | None:
        """An event accepted a day or more after it happened."""
        return next((proof for proof, sent in self._with_records() if proof.at - sent.time >= LATE_AFTER), None)

    def resent(self) -> Proof | None:
        """An event accepted under the id under which it was refused before."""
        for refused in self.refused:
            for proof in self._after(refused.proof):
                if proof.event_id is not None and proof.event_id == refused.proof.event_id:
                    return proof
        return None

    def handled(self, reason: str) -> Proof | None:
        """What was accepted after the refusal: the same event mended, or else another of its type."""
        for refused in (refused for refused in self.refused if refused.reason == reason):
            later = list(self._after(refused.proof))
            same = [proof for proof in later if proof.event_id and proof.event_id == refused.proof.event_id]
            alike = [proof for proof in later if refused.proof.type in (None, proof.type)]
            if same or alike:
                return (same or alike)[0]
        return None

    def met(self, reason: str) -> bool:
        """Whether the partner was refused so."""
        return any(refused.reason == reason for refused in self.refused)

    def _is_asked_for(self, event_id: str | None) -> bool:
        return self.only is None or event_id in self.only

    def _in_order(self) -> list[Proof]:
        return sorted(self.accepted, key=lambda proof: proof.at)

    def _after(self, earlier: Proof) -> Iterator[Proof]:
        return (proof for proof in self._in_order() if proof.at >= earlier.at)

    def _with_records(self) -> Iterator[tuple[Proof, Sent]]:
        for proof in self._in_order():
            sent = self.records.get(proof.place or "")
            if sent is not None:
                yield proof, sent
