"""Read what `kcat -J` (or anything that writes the same lines) printed of the canonical topics."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from oracle.london import moment

Identity = tuple[str, str, str]


@dataclass(frozen=True)
class Record:
    """One event as it stands in a topic; `place` is topic/partition/offset, `sequence` its order at its gate."""

    place: str
    partner: str
    type: str
    id: str
    subject: str
    time: datetime
    accepted: datetime
    sequence: int
    payload: dict[str, Any]

    @property
    def identity(self) -> Identity:
        """Partner, type and id: what makes two records the same event."""
        return self.partner, self.type, self.id


@dataclass
class Dump:
    """The events by identity, in the order read, and what should not have been in the topics."""

    events: dict[Identity, Record] = field(default_factory=dict)
    records: int = 0
    repeats: int = 0
    complaints: list[str] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Take the first record of an identity; repeats are normal, another content under the same identity is not."""
        self.records += 1
        first = self.events.setdefault(record.identity, record)
        if first is record:
            return
        self.repeats += 1
        if (first.subject, first.time, first.payload) != (record.subject, record.time, record.payload):
            self.complaints.append(f"{record.place}: another content under the identity of {first.place}")


def read_files(paths: Iterable[Path]) -> Dump:
    """Read one file or several."""
    return read_lines(line for path in paths for line in _lines(path))


def read_lines(lines: Iterable[str]) -> Dump:
    """Read records in any order; one that is no event with an id is a complaint, as nothing else may be there."""
    dump = Dump()
    for line in lines:
        raw = json.loads(line)
        place = f"{raw['topic']}/{raw['partition']}/{raw['offset']}"
        try:
            dump.add(_record(place, raw))
        except (KeyError, TypeError, ValueError) as wrong:
            dump.complaints.append(f"{place}: not an event: {type(wrong).__name__} {wrong}")
    return dump


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from (line for line in file if line.strip())


def _record(place: str, raw: dict[str, Any]) -> Record:
    headers = raw["headers"]
    if isinstance(headers, list):  # kcat prints name, value, name, value
        headers = dict(zip(headers[::2], headers[1::2], strict=True))
    payload = json.loads(raw["payload"])
    if not isinstance(payload, dict):
        raise TypeError("the payload is no object")
    if raw["key"] != headers["ce_subject"]:
        raise ValueError("key and subject differ")
    return Record(
        place=place,
        partner=headers["ce_source"].split(":")[3],
        type=headers["ce_type"],
        id=headers["ce_id"],
        subject=headers["ce_subject"],
        time=moment(headers["ce_time"]),
        accepted=moment(headers.get("ce_acceptedtime", headers["ce_time"])),
        sequence=int(headers.get("ce_sequence", 0)),
        payload=payload,
    )
