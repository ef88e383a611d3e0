"""Parked records of every service: what there is, and what is asked of them. The services' own loops do the work."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from contracts.topics import inbox_parts
from ops.connection import no_answer
from ops.services import SERVICES
from servicekit.parked import ORDER
from servicekit.settings import ServiceSettings

_LOOK_EVERY_SECONDS: Final = 0.2
_SHOWN: Final = ("loop", "key", "n", "cause", "at", "tried_at", "asked")
_FIELDS: Final = dict.fromkeys((*_SHOWN, "record.topic", "record.partition", "record.offset"), 1)  # no value, ever
_GROUP: Final = {"_id": {"loop": "$loop", "key": "$key"}, "first": {"$first": "$$ROOT"}, "n": {"$sum": 1}}

Parked = Collection[dict[str, Any]]


class ParkedRefused(Exception):  # noqa: N818  an answer, not a fault
    """What is asked cannot be done; the message says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """One parked record, without anything that it says. `behind`: how many of its key stand behind it."""

    id: str
    service: str
    loop: str
    place: str
    key: str | None
    cause: str
    since: datetime
    tried_at: datetime | None
    asked: str | None
    behind: int


class ParkedRecords:
    """The parked records of one installation, of all services and loops or of one. Its calls block."""

    def __init__(self, services: Mapping[str, Parked], loop: str | None) -> None:
        self._services = services
        self._of_loop: dict[str, Any] = {"loop": loop} if loop else {}

    def heads(self) -> list[Row]:
        """The first parked record of each key, and each that has no key, the oldest first."""
        rows: list[Row] = []
        for service, parked in self._services.items():
            for entry in parked.find({**self._of_loop, "key": None}, _FIELDS):
                rows.append(_row(service, entry, 0))
            keyed = {**self._of_loop, "key": {"$ne": None}}
            stages = [{"$match": keyed}, {"$project": _FIELDS}, {"$sort": ORDER}, {"$group": _GROUP}]
            for group in parked.aggregate(stages, allowDiskUse=True):
                rows.append(_row(service, group["first"], group["n"] - 1))
        return sorted(rows, key=lambda row: (row.since, row.id))

    def of_key(self, key: str) -> list[Row]:
        """Every parked record of the key, in the order in which the loop will take them."""
        rows: list[Row] = []
        for service, parked in self._services.items():
            entries = list(parked.find({**self._of_loop, "key": key}, _FIELDS).sort({"loop": 1} | ORDER))
            for number, entry in enumerate(entries):
                behind = sum(later["loop"] == entry["loop"] for later in entries[number + 1 :])
                rows.append(_row(service, entry, behind))
        return rows

    def at(self, place: str) -> list[Row]:
        """The record of this place, once for each loop that has it parked. Raises `ParkedRefused`."""
        topic, partition, offset = _parts(place)
        where = {"record.topic": topic, "record.partition": partition, "record.offset": offset}
        rows: list[Row] = []
        for service, parked in self._services.items():
            for entry in parked.find({**self._of_loop, **where}, _FIELDS):
                of_key = self.of_key(entry["key"]) if entry["key"] else []
                rows.append(next((row for row in of_key if row.id == entry["_id"]), _row(service, entry, 0)))
        if not rows:
            raise ParkedRefused(f"Nothing is parked at {place}. See: footing parked list")
        return rows

    def ask(self, rows: Iterable[Row], what: str, why: str | None = None) -> list[Row]:
        """Ask it of each; those of which it is now asked. What has gone meanwhile is left out."""
        asked = {"what": what, "at": datetime.now(UTC)} | ({"why": why} if why else {})
        return [
            replace(row, asked=what)
            for row in rows
            if self._services[row.service].update_one({"_id": row.id}, {"$set": {"asked": asked}}).matched_count
        ]

    def answers(self, rows: Iterable[Row], seconds: float) -> Iterator[tuple[Row, str]]:
        """Each row with what came of it, as it comes: `done`, `parked: <cause>`, or `asked` if it is so at the end.

        A record that was retried is done when nothing of its key is parked any more.
        """
        waiting, until = list(rows), time.monotonic() + seconds
        while waiting:
            for row in list(waiting):
                if (answer := self._answer(row)) != "asked":
                    waiting.remove(row)
                    yield row, answer
            if waiting and time.monotonic() > until:
                yield from ((row, "asked") for row in waiting)
                return
            time.sleep(_LOOK_EVERY_SECONDS if waiting else 0)

    def _answer(self, row: Row) -> str:
        of_key = {"loop": row.loop, "key": row.key} if row.key and row.asked != "discard" else {"_id": row.id}
        parked = self._services[row.service]
        if parked.find_one({**of_key, "asked": {"$exists": True}}, {"_id": 1}):
            return "asked"
        first = parked.find_one(of_key, _FIELDS, sort=ORDER)
        return "done" if first is None else f"parked: {first['cause']}"


@contextmanager
def parked_records(
    settings: ServiceSettings, service: str | None = None, loop: str | None = None
) -> Iterator[ParkedRecords]:
    """The parked records, as long as the block lasts. Raises `ParkedRefused`, and `Missing` without MongoDB."""
    if service and service not in SERVICES:
        raise ParkedRefused(f"There is no service {service}. There are: {', '.join(SERVICES)}.")
    client: MongoClient[dict[str, Any]] = MongoClient(**settings.mongo_connection())
    names = (service,) if service else SERVICES
    try:
        yield ParkedRecords({name: client[settings.database_prefix + name]["parked"] for name in names}, loop)
    except PyMongoError as error:
        raise no_answer(error) from None
    finally:
        client.close()


def may_be_discarded(row: Row) -> bool:
    """Only what no gate has accepted: dropping an accepted event would make read models differ from the log."""
    return inbox_parts(_parts(row.place)[0]) is not None


def _parts(place: str) -> tuple[str, int, int]:
    parts = place.rsplit("/", 2)
    if len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
        raise ParkedRefused(f"{place} is no place: a place is <topic>/<partition>/<offset>, as the list shows it.")
    return parts[0], int(parts[1]), int(parts[2])


def _row(service: str, entry: Mapping[str, Any], behind: int) -> Row:
    said, asked = entry["record"], entry.get("asked")
    return Row(
        id=entry["_id"],
        service=service,
        loop=entry["loop"],
        place=f"{said['topic']}/{said['partition']}/{said['offset']}",
        key=entry["key"],
        cause=entry["cause"],
        since=entry["at"],
        tried_at=entry.get("tried_at"),
        asked=asked["what"] if asked else None,
        behind=behind,
    )
