"""Parked records of every service: what there is, and what is asked of them. The services' own loops do the work."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Collection as Some
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError

from contracts.envelope import Record
from contracts.topics import inbox_parts
from ops.connection import no_answer
from ops.services import SERVICES
from servicekit.days import to_milliseconds
from servicekit.folded import BEHIND
from servicekit.parked import ORDER, entry_from
from servicekit.settings import ServiceSettings

ASKED: Final = "asked"  # what came of a record of which nothing came yet
_LOOK_EVERY_SECONDS: Final = 0.2
_AT_ONCE: Final = 1_000
_SHOWN: Final = ("loop", "key", "n", "cause", "where", "at", "tried_at", "first", "failures", "asked")
_FIELDS: Final = dict.fromkeys((*_SHOWN, "record.topic", "record.partition", "record.offset"), 1)  # no value, ever
_GROUP: Final = {"_id": {"loop": "$loop", "key": "$key"}, "first": {"$first": "$$ROOT"}, "n": {"$sum": 1}}
_NOTHING_ASKED: Final = {"asked": {"$exists": False}}

Parked = Collection[dict[str, Any]]
Topics = Mapping[tuple[str, str, str], Mapping[str, int]]
"""How many records of each topic, by service, loop and key."""
Also = Callable[[ClientSession, list["Row"]], None]
"""Writes what goes with it, into the same transaction; given of which it is now asked."""


class ParkedRefused(Exception):  # noqa: N818  an answer, not a fault
    """What is asked cannot be done; the message says why in a sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """One parked record, without anything that it says. `behind`: how many of its key stand behind it.

    `cause` and `where` (file and line) are of its last failure, `first_cause` of its first, of `failures` in all.
    """

    id: str
    service: str
    loop: str
    place: str
    key: str | None
    cause: str
    where: str
    since: datetime
    tried_at: datetime | None
    first_cause: str
    failures: int
    asked: str | None
    behind: int

    @property
    def topic(self) -> str:
        """The topic that it stands in."""
        return self.place.rsplit("/", 2)[0]


class ParkedRecords:
    """The parked records of one installation, of all services and loops or of one. Its calls block."""

    def __init__(self, databases: Mapping[str, Database[dict[str, Any]]], loop: str | None) -> None:
        self.client = next(iter(databases.values())).client
        self.services: Mapping[str, Parked] = {name: database["parked"] for name, database in databases.items()}
        self._paused = {name: database["paused"] for name, database in databases.items()}
        self._of_loop: dict[str, Any] = {"loop": loop} if loop else {}

    def heads(self) -> list[Row]:
        """The first parked record of each key, and each that has no key, the oldest first."""
        rows: list[Row] = []
        for service, parked in self.services.items():
            for entry in parked.find({**self._of_loop, "key": None}, _FIELDS):
                rows.append(_row(service, entry, 0))
            keyed = {**self._of_loop, "key": {"$ne": None}}
            stages = [{"$match": keyed}, {"$project": _FIELDS}, {"$sort": ORDER}, {"$group": _GROUP}]
            for group in parked.aggregate(stages, allowDiskUse=True):
                rows.append(_row(service, group["first"], group["n"] - 1))
        return sorted(rows, key=lambda row: (row.since, row.id))

    def topics(self, heads: Iterable[Row]) -> Topics:
        """How many records of each topic stand parked, of the keys of which some stand behind the first."""
        found: dict[tuple[str, str, str], Counter[str]] = {}
        for service in {row.service for row in heads if row.behind}:
            by_topic = {"_id": {"loop": "$loop", "key": "$key", "topic": "$record.topic"}, "n": {"$sum": 1}}
            keyed = {**self._of_loop, "key": {"$ne": None}}
            for group in self.services[service].aggregate([{"$match": keyed}, {"$group": by_topic}]):
                said = group["_id"]
                found.setdefault((service, said["loop"], said["key"]), Counter())[said["topic"]] += group["n"]
        return found

    def of_key(self, key: str) -> list[Row]:
        """Every parked record of the key, in the order in which the loop will take them."""
        rows: list[Row] = []
        for service, parked in self.services.items():
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
        for service, parked in self.services.items():
            for entry in parked.find({**self._of_loop, **where}, _FIELDS):
                of_key = self.of_key(entry["key"]) if entry["key"] else []
                rows.append(next((row for row in of_key if row.id == entry["_id"]), _row(service, entry, 0)))
        if not rows:
            raise ParkedRefused(f"Nothing is parked at {place}. See: footing parked list")
        return rows

    def first_of_each(self, rows: Iterable[Row]) -> list[Row]:
        """The first records of the keys of these rows, a row a loop; a record without a key is its own first."""
        firsts: dict[tuple[str, str, str], Row] = {}
        for row in rows:
            of_key = self.of_key(row.key) if row.key else [row]
            same = (other for other in of_key if (other.service, other.loop) == (row.service, row.loop))
            firsts.setdefault((row.service, row.loop, row.key or row.id), next(same))
        return list(firsts.values())

    def record(self, row: Row) -> Record:
        """The record itself, with all that it says. Raises `ParkedRefused` if it is parked no more."""
        stored = self.services[row.service].find_one({"_id": row.id})
        if stored is None:
            raise ParkedRefused(f"{row.place} is parked no more.")
        return entry_from(stored).record

    def held(self, rows: Iterable[Row]) -> list[str]:
        """Which loops of these rows are paused, and so do nothing that is asked."""
        loops = sorted({(row.service, row.loop) for row in rows})
        return [f"{service} {loop}" for service, loop in loops if self._paused[service].find_one({"_id": loop})]

    def ask(self, rows: Iterable[Row], what: str, why: str | None = None, also: Also | None = None) -> list[Row]:
        """Ask it of each, of all or, interrupted, of none; those of which it is now asked.

        Some may have gone, and what somebody else asked stays asked. `also` is written with it, or neither is.
        """
        asked = {"what": what, "at": to_milliseconds(datetime.now(UTC))} | ({"why": why} if why else {})
        free = {"$or": [_NOTHING_ASKED, {"asked.trial": True}]}
        return self._ask(rows, asked, free, {"asked.what": what, "asked.trial": {"$exists": False}}, also)

    def try_out(
        self, rows: Iterable[Row], what: str, at: datetime | None = None, also: Also | None = None
    ) -> tuple[list[Row], datetime]:
        """Ask what would come of it; not where something is asked already. The rows, and what their answers name."""
        at = at or to_milliseconds(datetime.now(UTC))
        asked = {"what": what, "at": at, "trial": True}
        return self._ask(rows, asked, _NOTHING_ASKED, {"asked.at": at, "asked.trial": True}, also), at

    def _ask(
        self, rows: Iterable[Row], asked: dict[str, Any], free: dict[str, Any], taken: dict[str, Any], also: Also | None
    ) -> list[Row]:
        """Write what is asked where `free`; those for which it then stands as `taken`."""
        wanted = list(rows)
        by_service: defaultdict[str, list[str]] = defaultdict(list)
        for row in wanted:
            by_service[row.service].append(row.id)
        if not wanted:
            return []

        def work(session: ClientSession) -> list[Row]:
            there: set[tuple[str, str]] = set()
            for service, ids in by_service.items():
                parked, these = self.services[service], {"_id": {"$in": ids}}
                parked.update_many({**these, **free}, {"$set": {"asked": asked}}, session=session)
                found = parked.find({**these, **taken}, {"_id": 1}, session=session)
                there |= {(service, entry["_id"]) for entry in found}
            done = [replace(row, asked=asked["what"]) for row in wanted if (row.service, row.id) in there]
            if also:
                also(session, done)
            return done

        with self.client.start_session() as session:
            return session.with_transaction(work)

    def answers(self, rows: Iterable[Row], seconds: float) -> Iterator[tuple[Row, str]]:
        """Each row with what came of it, as it comes: `done`, `parked: <cause>`, or `asked` where nothing came.

        It ends when nothing has come for so many seconds. A record that was retried is done when nothing of its key
        is parked any more.
        """
        waiting, until = {(row.service, row.id): row for row in rows}, time.monotonic() + seconds
        while waiting:
            answered = list(self.answered(waiting.values()))
            for row, answer in answered:
                del waiting[row.service, row.id]
                yield row, answer
            if answered:
                until = time.monotonic() + seconds
            elif time.monotonic() > until:
                yield from ((row, ASKED) for row in waiting.values())
                return
            else:
                time.sleep(_LOOK_EVERY_SECONDS)

    def answered(self, rows: Iterable[Row]) -> Iterator[tuple[Row, str]]:
        """Those of which nothing is asked any more, with what is left of them."""
        by_loop: defaultdict[tuple[str, str, bool], list[Row]] = defaultdict(list)
        for row in rows:
            by_loop[row.service, row.loop, _goes_by_key(row)].append(row)
        for (service, loop, by_key), of_loop in by_loop.items():
            for start in range(0, len(of_loop), _AT_ONCE):
                part = of_loop[start : start + _AT_ONCE]
                names = {row.key if by_key else row.id: row for row in part}
                field = "key" if by_key else "_id"
                these = {"loop": loop, field: {"$in": list(names)}}
                left: dict[str, str] = {}
                asked: set[str] = set()
                for entry in self.services[service].find(these, {"key": 1, "cause": 1, "asked": 1}).sort(ORDER):
                    left.setdefault(entry[field], entry["cause"])
                    if "asked" in entry:
                        asked.add(entry[field])
                for name, row in names.items():
                    if name not in asked:
                        yield row, f"parked: {left[name]}" if name in left else "done"

    def trials(self, rows: Iterable[Row], at: datetime, seconds: float) -> Iterator[tuple[Row, dict[str, Any] | None]]:
        """Each row with what would come of it, as it comes; None where nobody said it for so many seconds."""
        waiting, until = {(row.service, row.id): row for row in rows}, time.monotonic() + seconds
        while waiting:
            answered = list(self.trials_of(waiting.values(), at))
            for row, trial in answered:
                del waiting[row.service, row.id]
                yield row, trial
            if answered:
                until = time.monotonic() + seconds
            elif time.monotonic() > until:
                self.no_longer_try(waiting.values(), at)
                yield from ((row, None) for row in waiting.values())
                return
            else:
                time.sleep(_LOOK_EVERY_SECONDS)

    def trials_of(self, rows: Iterable[Row], at: datetime) -> Iterator[tuple[Row, dict[str, Any]]]:
        """Those of which is known what would come of it, with that."""
        by_service: defaultdict[str, dict[str, Row]] = defaultdict(dict)
        for row in rows:
            by_service[row.service][row.id] = row
        for service, named in by_service.items():
            these = {"_id": {"$in": list(named)}, "trial.asked_at": at}
            for entry in self.services[service].find(these, {"trial": 1}):
                yield named[entry["_id"]], entry["trial"]

    def still_tried(self, rows: Iterable[Row], at: datetime) -> int:
        """Of how many nobody said yet what would come of it."""
        by_service: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            by_service[row.service].append(row.id)
        return sum(
            self.services[service].count_documents({"_id": {"$in": ids}, "asked.at": at, "asked.trial": True})
            for service, ids in by_service.items()
        )

    def no_longer_try(self, rows: Some[Row], at: datetime) -> None:
        """Take back what nobody answered: a service that comes back has no use for it."""
        for row in rows:
            self.services[row.service].update_one({"_id": row.id, "asked.at": at}, {"$unset": {"asked": ""}})


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
        yield ParkedRecords({name: client[settings.database_prefix + name] for name in names}, loop)
    except PyMongoError as error:
        raise no_answer(error) from None
    finally:
        client.close()


def may_be_discarded(row: Row) -> bool:
    """Only what no gate has accepted: dropping an accepted event would make read models differ from the log."""
    return inbox_parts(row.topic) is not None


def _goes_by_key(row: Row) -> bool:
    return row.key is not None and row.asked != "discard"


def _parts(place: str) -> tuple[str, int, int]:
    parts = place.rsplit("/", 2)
    if len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
        raise ParkedRefused(f"{place} is no place: a place is <topic>/<partition>/<offset>, as the list shows it.")
    return parts[0], int(parts[1]), int(parts[2])


def _row(service: str, entry: Mapping[str, Any], behind: int) -> Row:
    said, asked = entry["record"], entry.get("asked")
    first = entry.get("first") or entry
    return Row(
        id=entry["_id"],
        service=service,
        loop=entry["loop"],
        place=f"{said['topic']}/{said['partition']}/{said['offset']}",
        key=entry["key"],
        cause=entry["cause"],
        where=entry.get("where", ""),
        since=entry["at"],
        tried_at=entry.get("tried_at"),
        first_cause=first["cause"],
        failures=entry.get("failures", int(entry["cause"] != BEHIND)),
        asked=asked["what"] if asked else None,
        behind=behind,
    )
