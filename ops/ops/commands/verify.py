"""`footing verify`: work the read models out again from the raw topics, and say what differs."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Final

import typer
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

import schemes
from contracts import codec
from contracts.envelope import Event, Record
from ops import reading
from ops.commands.options import AsJson, StackName
from ops.connection import no_answer, settings_for
from ops.errors import Missing
from outcomes_service.app import GATE, PROJECTOR
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.cells import Counts
from outcomes_service.projections.rebuilding import TOPICS
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS
from outcomes_service.projections.verifying import (
    Difference,
    Recount,
    Refold,
    add_roll_up,
    journey_differences,
    stored_person,
)
from schemes import register
from servicekit.naming import whose
from servicekit.settings import ServiceSettings

_MOST_SHOWN: Final = 50  # on a terminal; --json has them all


@dataclass
class Verdict:
    """What was compared, and what differs. `events` were read again from the topics."""

    events: int = 0
    journeys: int = 0
    persons: int = 0
    cells: int = 0
    parked: int = 0
    waiting: int = 0
    sample: int | None = None
    differences: list[Difference] = field(default_factory=list)


def verify(
    sample: Annotated[int, typer.Option(min=0, help="Compare only so many journeys, and no persons and cells.")] = 0,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Compare journeys with a fresh fold of the topics, and persons and cells with the journeys, to the unit.

    Works while services run: everything is read as of one moment. Exit 1 if anything differs.

    Example: footing verify --json
    """
    try:
        verdict = asyncio.run(compare(settings_for(stack), sample))
    except (KafkaError, PyMongoError) as away:
        raise no_answer(away) from None
    if as_json:
        print(json.dumps(asdict(verdict), indent=2))
    else:
        _show(verdict)
    if verdict.differences:
        raise typer.Exit(1)


async def compare(settings: ServiceSettings, sample: int = 0) -> Verdict:
    """Compare everything, or so many journeys. Raises `Missing` where there is nothing to compare."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    async with client, client.start_session(snapshot=True) as session:
        database = client[settings.database_prefix + "outcomes"]
        pointer = await database[READ_MODELS].find_one({"_id": POINTER}, session=session)
        if pointer is None:
            raise Missing("There are no read models here.", "Start the outcomes service once, then verify.")
        known = Known(schemes.load(), register.load())
        if pointer["fingerprint"] != known.fingerprint:
            raise Missing(
                "The read models were made for other measures or schemes.", "Start the outcomes service anew."
            )
        moment = _Moment(settings, database, session, pointer, Verdict(sample=sample or None))
        wanted = await moment.sampled(sample) if sample else None
        refold = await moment.refold(wanted)
        await moment.compare_waiting()
        recount = Recount(known)
        await moment.compare_journeys(refold, recount, wanted)
        if wanted is None:
            await moment.compare_roll_ups(recount)
        return moment.verdict


@dataclass
class _Moment:
    """The database as of one moment, the topics as far as the projector had read them then."""

    settings: ServiceSettings
    database: AsyncDatabase[dict[str, Any]]
    session: AsyncClientSession
    pointer: Mapping[str, Any]
    verdict: Verdict

    async def sampled(self, size: int) -> set[str]:
        """So many keys, by chance."""
        stages: list[dict[str, Any]] = [{"$sample": {"size": size}}, {"$project": {"_id": 1}}]
        return {
            entry["_id"]
            async for entry in await self.database[self.pointer["journeys"]].aggregate(stages, session=self.session)
        }

    async def refold(self, wanted: set[str] | None) -> Refold:
        """Fold the topics anew, without what the projector has parked."""
        places, parked = await self._places(), await self._parked()
        keys = None if wanted is None else {key.encode() for key in wanted}
        refold = Refold()
        async for records in reading.records(self.settings, places):
            self.verdict.events += len(records)
            for record in records:
                if record.place not in parked and (keys is None or record.key in keys):
                    self._take(refold, record)
        return refold

    def _take(self, refold: Refold, record: Record) -> None:
        event = codec.decode_canonical(record)
        if isinstance(event, Event):
            refold.take(event, record.place)
        else:
            self._differs("topics", record.place, "value", "unreadable", "an event, or parked", record.place)

    async def compare_journeys(self, refold: Refold, recount: Recount, wanted: set[str] | None) -> None:
        """Every journey that is stored, and every one that should be."""
        query: dict[str, Any] = {} if wanted is None else {"_id": {"$in": list(wanted)}}
        missing = set(refold.keys)
        async for stored in self.database[self.pointer["journeys"]].find(query, session=self.session):
            self.verdict.journeys += stored.get("scheme_id") != schemes.CANARY  # compared, and no referral of anybody
            missing.discard(stored["_id"])
            self.verdict.differences += journey_differences(stored["_id"], refold.keys[stored["_id"]], stored)
            recount.take(stored)
        for key in sorted(missing):
            self.verdict.differences += journey_differences(key, refold.keys[key], None)

    async def compare_roll_ups(self, recount: Recount) -> None:
        """Persons and cells against the journeys."""
        rows = self.database[self.pointer["persons"]].find({}, session=self.session)
        persons = {stored["_id"]: stored_person(stored) async for stored in rows}
        counts: Counts = Counter()
        async for stored in self.database[self.pointer["cells"]].find({}, session=self.session):
            add_roll_up(counts, stored)
        self.verdict.persons = len(persons)
        self.verdict.cells = len({cell for cell, _, _ in counts})
        self.verdict.differences += recount.differences(persons, counts)

    async def _places(self) -> dict[tuple[str, int], int]:
        """The next offset of each partition. Every record before it must be there, and must have had one ending."""
        _, ends = await reading.ends(self.settings, TOPICS)
        places: dict[tuple[str, int], int] = {}
        async for position in self.database["positions"].find({"loop": PROJECTOR}, session=self.session):
            place, following = (position["topic"], position["partition"]), position["next"]
            said = f"{place[0]}/{place[1]}/{following}"
            endings = sum(position.get("endings", {}).values())
            if endings != following:
                self._differs("positions", position["_id"], "endings", str(endings), str(following), said)
            if following > ends[place]:
                self._differs("positions", position["_id"], "next", str(following), f"at most {ends[place]}", said)
            places[place] = min(following, ends[place])
        return places

    async def _parked(self) -> set[str]:
        """Where the records stand that the projector has parked: not in the read models, but accounted for."""
        places: set[str] = set()
        by_key: Counter[str] = Counter()
        async for entry in self.database["parked"].find({"loop": {"$in": [PROJECTOR, GATE]}}, session=self.session):
            self.verdict.parked += 1
            if entry["loop"] == PROJECTOR:
                record = entry["record"]
                places.add(f"{record['topic']}/{record['partition']}/{record['offset']}")
                by_key[entry["key"]] += 1
        query = {"parked": {"$exists": True}}
        journeys = self.database[self.pointer["journeys"]].find(query, {"parked": 1}, session=self.session)
        said = {entry["_id"]: entry["parked"] async for entry in journeys}
        for key in sorted(key for key in said.keys() | by_key.keys() if key is not None):
            if said.get(key, 0) != by_key[key]:
                self._differs("journeys", key, "parked", str(said.get(key, 0)), str(by_key[key]))
        return places

    async def compare_waiting(self) -> None:
        """What waits at the gate, against what its positions say of it: each record has one place."""
        said: Counter[str] = Counter()
        async for position in self.database["positions"].find({"loop": GATE}, session=self.session):
            for name, count in position.get("waiting", {}).items():
                said[whose(name)[0]] += count
        waits: Counter[str] = Counter()
        query = {"waiting": {"$exists": True}}
        async for stored in self.database["outcomes"].find(query, {"waiting.partner": 1}, session=self.session):
            waits.update(entry["partner"] for entry in stored["waiting"])
        self.verdict.waiting = waits.total()
        for partner in sorted(said.keys() | waits.keys()):
            if said[partner] != waits[partner]:
                self._differs("positions", GATE, f"waiting.{partner}", str(said[partner]), str(waits[partner]))

    def _differs(self, *said: str) -> None:
        """What, document, field, stored, expected, place."""
        self.verdict.differences.append(Difference(*said))


def _show(verdict: Verdict) -> None:
    console = Console(markup=False)
    console.print(
        f"Read again: {verdict.events:,} events. Compared: {verdict.journeys:,} journeys and practices", end=""
    )
    if verdict.sample is None:
        console.print(f", {verdict.persons:,} persons, {verdict.cells:,} cells", end="")
    console.print(f". Waiting at the gate: {verdict.waiting:,}. Parked: {verdict.parked:,}.")
    if not verdict.differences:
        console.print("Everything agrees.")
        return
    table = Table("what", "document", "field", "stored", "expected", "place", box=SIMPLE)
    for difference in verdict.differences[:_MOST_SHOWN]:
        table.add_row(*(value or "" for value in asdict(difference).values()))
    console.print(table)
    console.print(f"{len(verdict.differences):,} differences.")
