"""`footing verify`: work the read models out again from the raw topics, and say what differs."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Final

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition
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
from ops.connection import settings_for
from ops.errors import Missing
from outcomes_service.app import PROJECTOR
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.cells import Counts
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
    stack: Annotated[str, typer.Option(help="Stack to use where KAFKA_URL and MONGO_URL are not set.")] = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare journeys with a fresh fold of the topics, and persons and cells with the journeys, to the unit.

    Works while services run: everything is read as of one moment. Exit 1 if anything differs.

    Example: footing verify --json
    """
    try:
        verdict = asyncio.run(compare(settings_for(stack), sample))
    except (KafkaError, PyMongoError) as away:
        part = "Kafka" if isinstance(away, KafkaError) else "MongoDB"
        raise Missing(f"{part} does not answer as it must ({type(away).__name__}).", "See: footing status") from None
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
        async for record in self._records(places):
            self.verdict.events += 1
            if record.place in parked or (keys is not None and record.key not in keys):
                continue
            event = codec.decode_canonical(record)
            if isinstance(event, Event):
                refold.take(event, record.place)
            else:
                self._differs("topics", record.place, "value", "unreadable", "an event, or parked", record.place)
        return refold

    async def compare_journeys(self, refold: Refold, recount: Recount, wanted: set[str] | None) -> None:
        """Every journey that is stored, and every one that should be."""
        query: dict[str, Any] = {} if wanted is None else {"_id": {"$in": list(wanted)}}
        missing = set(refold.keys)
        async for stored in self.database[self.pointer["journeys"]].find(query, session=self.session):
            self.verdict.journeys += 1
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
        """The next offset of each partition. Every record before it must have had one ending."""
        places: dict[tuple[str, int], int] = {}
        async for position in self.database["positions"].find({}, session=self.session):
            self.verdict.waiting += sum(position.get("waiting", {}).values())
            if position["loop"] != PROJECTOR:
                continue
            places[position["topic"], position["partition"]] = position["next"]
            endings = sum(position.get("endings", {}).values())
            if endings != position["next"]:
                place = f"{position['topic']}/{position['partition']}/{position['next']}"
                self._differs("positions", position["_id"], "endings", str(endings), str(position["next"]), place)
        return places

    async def _parked(self) -> set[str]:
        """Where the records stand that the projector has parked: not in the read models, but accounted for."""
        parked: set[str] = set()
        async for entry in self.database["parked"].find({}, session=self.session):
            self.verdict.parked += 1
            if entry["loop"] == PROJECTOR:
                record = entry["record"]
                parked.add(f"{record['topic']}/{record['partition']}/{record['offset']}")
        return parked

    async def _records(self, places: Mapping[tuple[str, int], int]) -> AsyncIterator[Record]:
        """Every record before these places."""
        left = {TopicPartition(*place): until for place, until in places.items() if until}
        if not left:
            return
        consumer = AIOKafkaConsumer(
            **self.settings.kafka_connection(), group_id=None, auto_offset_reset="earliest", enable_auto_commit=False
        )
        try:
            await consumer.start()
            consumer.assign(list(left))
            while left:
                for partition, messages in (await consumer.getmany(timeout_ms=1000, max_records=5000)).items():
                    for m in messages:
                        if m.offset < left.get(partition, 0):
                            yield Record(m.topic, m.partition, m.offset, m.key, m.value, tuple(m.headers))
                    if messages[-1].offset + 1 >= left.get(partition, 0):
                        left.pop(partition, None)
                        consumer.pause(partition)
        finally:
            await consumer.stop()

    def _differs(self, *said: str) -> None:
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
