"""What must hold at rest, whatever was done to the system: each violation once, in words."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from oracle import export
from oracle.dump import read_lines
from oracle.london import london_day
from oracle.opinion import form
from pymongo import MongoClient

import schemes
from recovery.canonical import Canonical
from recovery.ledger import AcknowledgementLedger
from recovery.lives import Lives
from recovery.nursery import SERVICES
from recovery.receipts import Receipts
from recovery.tail import Tail

_IN_JOURNEYS: Final = frozenset({"referral-made", "session-held", "outcome-recorded"})
_MUST_NOT_BE_SAID: Final = ("loop_stopped", "background_ended", "Traceback", "refuses_to_run")


class Checks:
    """Reads on from where it was, so that looking often costs little. `prefix`: of the databases."""

    def __init__(
        self,
        kafka_url: str,
        client: MongoClient[dict[str, Any]],
        prefix: str,
        ledger: AcknowledgementLedger,
        lives: Lives,
    ) -> None:
        self._client, self._prefix, self._ledger, self._lives = client, prefix, ledger, lives
        self.receipts = Receipts(kafka_url)
        self.canonical = Canonical(kafka_url, client, prefix)
        self._all = Tail(kafka_url, lambda topic: not topic.startswith("__"))
        self._read_of_logs: dict[Path, int] = {}
        self._checked = 0
        self._parked_expected: set[tuple[str, int, int]] = set()
        self._said_before: set[str] = set()
        self.numbers: dict[str, int] = {}

    def look(self) -> list[str]:
        """What is wrong and was not said before."""
        found = [wrong for check in self._each() for wrong in check if wrong not in self._said_before]
        self._said_before |= set(found)
        return found

    def close(self) -> None:
        """Leave."""
        for reader in (self.receipts, self.canonical, self._all):
            reader.close()

    def _each(self) -> Iterator[Iterator[str]]:
        yield self._acknowledged()
        yield self.canonical.look()
        yield self._second_opinion()
        yield self._positions()
        yield self._left_over()
        yield self._logs()

    def _acknowledged(self) -> Iterator[str]:
        """Every acknowledged event has its receipt, with one final fate, and its effect, once."""
        self.receipts.read()
        new = list(self._ledger.read(self._checked))
        self._checked += len(new)
        self._parked_expected |= {entry.place for entry in new if "parked" in entry.fates}
        for entry in new:
            yield from self.receipts.complaints(entry)
        effective = [entry for entry in new if entry.once and entry.event in _IN_JOURNEYS]
        subjects = list({entry.subject for entry in effective})
        journeys = self._client[f"{self._prefix}outcomes"].journeys
        applied: dict[str, list[str]] = {}
        for start in range(0, len(subjects), 5000):
            found = journeys.find({"_id": {"$in": subjects[start : start + 5000]}}, {"applied": 1})
            applied |= {row["_id"]: row["applied"] for row in found}
        for entry in effective:
            times = applied.get(entry.subject, []).count(entry.id)
            if times != 1:
                yield f"{entry.event} {entry.id} stands {times} times in the journey of {entry.subject}"
        self.numbers["acknowledged"] = self._checked

    def _second_opinion(self) -> Iterator[str]:
        """The views equal what an independent program computes from the raw topics."""
        known = [scheme.model_dump(mode="json", by_alias=True) for scheme in schemes.load().values()]
        opinion = form(read_lines(self.canonical.lines), known, london_day(datetime.now(UTC)))
        rows = export.lines(self._client[f"{self._prefix}outcomes"])
        self.numbers["journeys"] = len(opinion.journeys)
        yield from opinion.differences(json.loads(line) for line in rows)

    def _positions(self) -> Iterator[str]:
        """Each record of a log has one ending in each loop that reads it."""
        ends = self._all.ends()
        for service in SERVICES:
            for row in self._client[f"{self._prefix}{service}"].positions.find():
                end, endings = ends[row["topic"], row["partition"]], sum(row.get("endings", {}).values())
                if not end == row["next"] == endings:
                    yield f"{service} {row['_id']}: {end} records, position {row['next']}, {endings} endings"

    def _left_over(self) -> Iterator[str]:
        """Nothing is unsent, parked or waiting that should not be."""
        for service in SERVICES:
            database = self._client[f"{self._prefix}{service}"]
            yield from (f"{service}: unsent {row['_id']}" for row in database.outbox.find({}, {"_id": 1}))
            for row in database.parked.find():
                record = row["record"]
                if (record["topic"], record["partition"], record["offset"]) not in self._parked_expected:
                    yield f"{service}: parked {row['_id']} because {row['cause']}"
            waiting = sum(sum(row.get("waiting", {}).values()) for row in database.positions.find())
            if waiting:
                yield f"{service}: {waiting} wait"

    def _logs(self) -> Iterator[str]:
        """No loop stopped, nothing ended, nobody refused to run."""
        for path in self._lives.logs:
            with path.open("rb") as file:
                file.seek(self._read_of_logs.get(path, 0))
                text = file.read()
                self._read_of_logs[path] = file.tell()
            for line in text.decode(errors="replace").splitlines():
                if any(word in line for word in _MUST_NOT_BE_SAID):
                    yield f"{path.stem} said {line[:300]}"
        yield from self._lives.ended_by_themselves
