"""A partner goes silent while the way is open: operators see who is quiet, and of the canary no figure knows."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from click.testing import Result
from prometheus_client.parser import text_string_to_metric_families
from support.real_parts import UniqueNames
from support.world import World, made
from typer.testing import CliRunner

from contracts.envelope import Record
from contracts.receipt import Position, Receipt
from contracts.topics import receipts
from door_service.heard import SPOKEN
from ops.main import build
from ops.partners import Registry
from servicekit.working_time import MINUTES_A_DAY


@dataclass(frozen=True)
class Watched:
    """A partner of Rhyl that was last heard of twenty days ago, and a canary that flies every two seconds."""

    world: World
    door: httpx.AsyncClient
    outcomes: httpx.AsyncClient
    last: datetime

    async def footing(self, *words: str) -> Result:
        """Run `footing partner ...` as an operator does."""
        environment = {
            "KAFKA_URL": self.world.settings.kafka_url,
            "MONGO_URL": self.world.settings.mongo_url,
            "DATABASE_PREFIX": self.world.settings.database_prefix,
            "DOOR_URL": str(self.door.base_url),
        }
        return await asyncio.to_thread(
            lambda: CliRunner().invoke(build("partner"), ["partner", *words], env=environment)
        )

    async def metrics(self) -> dict[str, dict[tuple[str, ...], float]]:
        """What the door's gauges say, by name and values of labels, in the order of the labels' names."""
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for family in text_string_to_metric_families((await self.door.get("/metrics")).text):
            for sample in family.samples:
                found.setdefault(sample.name, {})[tuple(value for _, value in sorted(sample.labels.items()))] = (
                    sample.value
                )
        return found


@pytest.fixture(scope="module")
async def watched(kafka_url: str, mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    names, logs = UniqueNames(f"q{uuid.uuid4().hex[:10]}"), tmp_path_factory.mktemp("quiet")
    last = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
    async with made(kafka_url, mongo_url, names, logs, frozenset({"rhyl"})) as world, AsyncExitStack() as ends:
        registry = Registry(world.settings)
        await world.database("registry")["counters"].insert_one({"_id": "partners", "last": 1})
        sends = ["referral-made", "session-held"]
        await asyncio.to_thread(lambda: registry.add(f"{world.partner}b", schemes=["canary"], events=sends))
        await asyncio.to_thread(lambda: registry.expect(world.partner, "session-held", MINUTES_A_DAY))
        for day in (14, 7, 0):
            record = _receipt(world, "accepted", last - timedelta(days=day))
            await world._send(record)
            await world._send(record)  # a gate may say the same twice
        await world._send(_receipt(world, "refused", last + timedelta(days=1)))
        started = await asyncio.gather(
            *(ends.enter_async_context(world.running(name)) for name in ("referral", "case", "outcomes"))
        )
        outcomes = started[-1]
        door = await ends.enter_async_context(world.running("door", OUTCOMES_URL=outcomes, CANARY_SECONDS="2"))
        clients = [await ends.enter_async_context(httpx.AsyncClient(base_url=url)) for url in (door, outcomes)]
        yield Watched(world, *clients, last)


def _receipt(world: World, fate: Any, at: datetime) -> Record:
    event_id, place = str(uuid.uuid4()), Position(topic=f"inbox.{world.partner}.session-held", partition=0, offset=1)
    kind = "footing.session-held.v1"
    said = Receipt(event_id=event_id, type=kind, referral_id=event_id, fate=fate, at=at, position=place)
    headers = (("content-type", b"application/json"),)
    return Record(receipts(world.partner), 0, -1, event_id.encode(), said.model_dump_json().encode(), headers)


async def test_the_door_says_who_is_silent_and_since_when_and_what_was_said_twice_counts_once(watched: Watched) -> None:
    world, last = watched.world, watched.last
    spoken = world.database("door")[SPOKEN]
    await world.until(lambda: spoken.find_one({"partner": world.partner, "heard_at": last + timedelta(days=1)}))
    assert sum([row["accepted"] async for row in spoken.find({"partner": world.partner})]) == 3

    said = (await watched.door.get("/api/quiet")).json()
    (partner,) = [each for each in said["partners"] if each["partner"] == world.partner]
    (session,) = [stream for stream in partner["events"] if stream["event"] == "session-held"]
    assert (partner["state"], session["state"], session["expected"]) == ("silent", "silent", "said")
    assert datetime.fromisoformat(session["last_accepted_at"]) == last
    assert datetime.fromisoformat(session["last_heard_at"]) == last + timedelta(days=1)
    assert last < datetime.fromisoformat(session["since"]) < datetime.now(UTC)
    gauges, which = await watched.metrics(), ("session-held", world.partner)
    assert gauges["footing_partner_silent"] == {which: 1}, "the canary's own partner is not watched"
    assert gauges["footing_partner_seconds_since_last_event"][which] >= timedelta(days=20).total_seconds()
    assert gauges["footing_partner_missing_events"]["session-held", world.partner, "rhyl"] in (2, 3), "one a week"


async def test_the_command_says_what_figures_lack_of_a_silent_partner(watched: Watched) -> None:
    world = watched.world
    shown = await watched.footing("quiet", world.partner)
    assert shown.exit_code == 1, "one is silent"
    assert "Usually 1 session a week. Case managers in GP practices, Rhyl: " in shown.stdout
    assert "sessions have probably not come. Short by up to " in shown.stdout
    assert "People who used the service; Days from referral to first session." in shown.stdout

    changed = await watched.footing("expect", world.partner, "session-held", "--every", "never", "--why", "closed")
    assert changed.exit_code == 0, changed.output
    shown = await watched.footing("quiet", world.partner, "--json")
    assert shown.exit_code == 0, "it may be as quiet as it likes"
    (partner,) = json.loads(shown.stdout)
    assert (partner["state"], partner["impact"]) == ("quiet as expected", None)
    for words, exit_code in (
        (("expect", world.partner, "session-held", "--every", "soon"), 2),
        (("expect", world.partner, "fits", "--every", "1d"), 1),
        (("expect", "nobody", "session-held", "--every", "1d"), 1),
        (("quiet", "nobody"), 1),
    ):
        assert (await watched.footing(*words)).exit_code == exit_code, words


async def test_the_canary_comes_through_and_no_figure_list_view_or_page_shows_it(watched: Watched) -> None:
    flights = watched.world.database("door")["canary"]
    flight = await watched.world.until(lambda: flights.find_one({"arrived_at": {"$exists": True}}))
    assert flight["lost"] is None
    assert 0 < flight["trip_seconds"] < 30

    async def shown() -> bool:
        return (await watched.metrics()).get("footing_canary_trip_seconds", {}) != {}

    await watched.world.until(shown)
    arrived = (await watched.metrics())["footing_canary_last_success_timestamp_seconds"][()]
    assert arrived >= flight["arrived_at"].timestamp() - 1
    assert (await watched.door.get("/api/quiet")).json()["canary"]["lost"] is None

    database = watched.world.database("outcomes")
    pointer = await database["read_models"].find_one({"_id": "figures"})
    assert pointer is not None
    ours = {"scheme_id": "canary", "partner": f"{watched.world.partner}b"}
    assert await database[pointer["journeys"]].count_documents(ours), "it did arrive"
    for place in ("journeys", "figures", pointer["cells"]):
        assert await database[place].count_documents({"scheme_id": "canary"}) == 0, place
    assert await database[pointer["persons"]].count_documents({"_id": {"$regex": "^canary/"}}) == 0, "it is nobody"
    http = watched.outcomes
    schemes = (await http.get("/api/schemes")).text
    assert "rhyl" in schemes
    assert "canary" not in schemes
    assert (await http.get("/api/schemes/canary/figures")).status_code == 404
    assert (
        await http.get("/api/breakdowns", params={"measures": "contacts", "scheme": "canary", "by": "area"})
    ).status_code == 404
    for path in ("/api/figures/contacts", "/api/breakdowns?measures=contacts&by=scheme", "/"):
        answer = await http.get(path)
        assert answer.status_code == 200, path
        assert "canary" not in answer.text.lower(), path
