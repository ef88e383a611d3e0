"""Are the figures of a restored system those of one that lost nothing, and does nobody who was erased come back?

On real Kafka and MongoDB; the commands are those of docs/operate/backup.md.
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import Result
from support.events import referral_made, session_held
from support.outcomes import programme
from support.real_parts import UniqueNames
from support.world import World, made
from typer.testing import CliRunner

from contracts import codec
from contracts.envelope import Event
from contracts.topics import CANONICAL_TOPICS, inbox, receipts
from ops import reading
from ops.commands.verify import compare
from ops.doctor.indexes import OF_CELLS, wanted
from ops.main import build
from referral_service.store import erase
from servicekit.days import to_milliseconds

PAGE = Path(__file__).parents[1] / "docs/operate/backup.md"
SCHEME = "roll-out-2008"
LEFT_OF_A_REFERRAL = (("referral", "referrals"), ("case", "cases"), ("notify", "referrals"), ("outcomes", "outcomes"),
                      ("outcomes", "journeys_v1"))  # fmt: skip
SERVICES = ("referral", "case", "outcomes", "notify")
COUNTING = ("referral", "case", "outcomes")  # what figures come through: who tells others has nothing to add
ANN, BEN, CARA = "fictional-token-of-ann-01", "fictional-token-of-ben-01", "fictional-token-of-cara-1"


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: UniqueNames, tmp_path: Path) -> AsyncIterator[World]:
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({SCHEME})) as world:
        yield world


@dataclass
class Running:
    """The services of a world until `stop`; where figures are asked."""

    world: World
    stack: AsyncExitStack
    outcomes: str = ""

    async def stop(self) -> None:
        await self.stack.aclose()


async def start(world: World, services: tuple[str, ...] = SERVICES) -> Running:
    stack = AsyncExitStack()
    urls = await asyncio.gather(*[stack.enter_async_context(world.running(service)) for service in services])
    return Running(world, stack, urls[services.index("outcomes")])


async def footing(world: World, *words: str) -> Result:
    """How a command ends, as an operator calls it."""
    environment = {
        "KAFKA_URL": world.settings.kafka_url,
        "MONGO_URL": world.settings.mongo_url,
        "DATABASE_PREFIX": world.settings.database_prefix,
    }
    return await asyncio.to_thread(CliRunner().invoke, build(words[0]), list(words), env=environment)


def of_the_page(section: str, folder: Path) -> list[str]:
    """The words of the first `footing` command of a section, about this folder."""
    text = PAGE.read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    found = re.search(r"^footing ([^#\n]+)", text, re.MULTILINE)
    assert found is not None, section
    return found[1].replace("/backups/2026-03-31", str(folder)).split()


def referral(number: int, token: str) -> Event[Any]:
    about = {"referral_id": str(uuid.uuid4()), "scheme_id": SCHEME, "scheme_area": "location-09", "synthetic": True}
    return referral_made(number, on="2009-03-03T10:00", person_token=token, **about)


def session(number: int, of: Event[Any]) -> Event[Any]:
    return session_held(number, session=800 + number, on="2009-03-10T10:00", referral_id=of.subject, synthetic=True)


async def settled(world: World, of: dict[Event[Any], int], services: tuple[str, ...] = SERVICES) -> None:
    """Until the journey of each referral has so many facts, and nobody has anything left to read or to send."""

    async def holds() -> bool:
        journeys = world.database("outcomes")["journeys"]
        for made_, facts in of.items():
            if await journeys.find_one({"_id": made_.subject, "version": facts}) is None:
                return False
        _, ends = await reading.ends(world.settings, CANONICAL_TOPICS)
        for service in services:
            database = world.database(service)
            if await database["outbox"].find_one({}):
                return False
            async for position in database["positions"].find():
                if position["next"] < ends.get((position["topic"], position["partition"]), 0):
                    return False
        return True

    await world.until(holds)


async def journeys(world: World, of: list[Event[Any]]) -> list[dict[str, Any]]:
    ids = [made_.subject for made_ in of]
    return await world.database("outcomes")["journeys"].find({"_id": {"$in": ids}}).sort("_id", 1).to_list()


async def figures(running: Running) -> list[Any]:
    async with httpx.AsyncClient(timeout=30) as http:
        answer = await http.get(f"{running.outcomes}/api/schemes/{SCHEME}/figures")
    said = ("measure", "area", "definition", "synthetic", "k", "n", "u", "value")
    return [[figure.get(name) for name in said] for figure in answer.json()["figures"]]


async def forget(world: World, of: Event[Any]) -> None:
    """As `footing erase --referral` does."""
    kafka, now = world.settings.kafka_connection(), to_milliseconds(datetime.now(UTC))
    done = await erase(world.database("referral"), kafka, referrals=[of.subject], reason="person_asked", at=now)
    assert (done.persons, done.referrals) == (1, 1)


async def refused_elsewhere(world: World, event: Event[Any]) -> None:
    """It stands in the inbox, and the partner was told that it is refused: it was too early, and is not any more."""
    ours = replace(event, partner=world.partner, source=f"urn:footing:partner:{world.partner}", accepted_at=None)
    record = codec.encode(ours)._replace(topic=inbox(world.partner, "session-held"))
    there = await world.producer.send_and_wait(
        record.topic, record.value, key=record.key, headers=list(record.headers), partition=0
    )
    position = {"topic": record.topic, "partition": 0, "offset": there.offset}
    said = {"event_id": event.id, "type": event.type, "referral_id": event.subject, "fate": "refused",
            "reason": "time_in_future", "at": "2026-03-01T10:00:00Z", "position": position}  # fmt: skip
    await world.producer.send_and_wait(receipts(world.partner), msgspec.json.encode(said), key=event.id.encode())


async def wipe(world: World) -> None:
    for service in (*SERVICES, "registry", "ops"):
        await world.client.drop_database(world.settings.database_prefix + service)


async def everything(world: World) -> str:
    """All that stands in the databases, as one text."""
    found = []
    for service in (*SERVICES, "registry"):
        database = world.database(service)
        for name in await database.list_collection_names():
            found += [repr(document) async for document in database[name].find()]
    return "\n".join(found)


async def every_index_is_listed(world: World) -> bool:
    """Whether what services have made is what `footing doctor` looks for; case makes its last one after its start."""
    for service in SERVICES:
        database = world.database(service)
        cells = {name: OF_CELLS for name in await database.list_collection_names() if name.startswith("cells_")}
        listed = {(name, keys) for name, of in (wanted(service) | cells).items() for keys in of}
        made_ = {
            (name, tuple(one["key"]))
            for name in await database.list_collection_names(filter={"type": "collection"})
            async for one in await database[name].list_indexes()
            if one["name"] != "_id_"
        }
        assert made_ <= listed, f"say it in ops/doctor/indexes.py: {made_ - listed}"
        if made_ != listed:
            return False
    return True


async def test_restored_it_catches_up_to_the_same_figures_and_who_was_erased_stays_so(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    ann, ben, cara, again = referral(1, ANN), referral(2, BEN), referral(3, CARA), referral(4, CARA)
    running = await start(world)
    for event in (ann, ben, session(11, ann), session(12, ben)):
        await world.say(event)
    await settled(world, {ann: 2, ben: 2})

    await world.database("outcomes")["journeys_v0"].insert_one({"_id": ben.subject})  # as a rebuild leaves it
    taken = await footing(world, *of_the_page("Take one", folder))
    assert taken.exit_code == 0, taken.output
    refs = {row["_id"].split("/")[-1]: row["person_ref"] async for row in world.database("referral")["persons"].find()}

    await forget(world, ben)
    completed = replace(programme(on="2009-06-02", number=31), subject=ann.subject)
    completed = replace(
        completed, data=completed.data.model_copy(update={"referral_id": ann.subject, "synthetic": True})
    )
    for event in (cara, session(13, cara), session(14, ann), session(15, ben), completed):
        await world.say(event)
    await settled(world, {ann: 4, cara: 2})
    before = await figures(running), await journeys(world, [ann, ben, cara])
    names = {row["_id"].split("/")[-1]: row["person_ref"] async for row in world.database("referral")["persons"].find()}
    early = await footing(world, *of_the_page("Restore", folder))
    assert early.exit_code == 1
    assert "Services are running" in early.output
    await running.stop()
    await refused_elsewhere(world, session(16, ann))
    await wipe(world)

    restored = await footing(world, *of_the_page("Restore", folder))
    assert restored.exit_code == 0, restored.output
    there = await everything(world)
    assert ann.subject in there
    assert BEN not in there
    assert refs[BEN] not in there
    for service, name in LEFT_OF_A_REFERRAL:
        left = await world.database(service)[name].find_one({"_id": ben.subject}) or {}
        assert left.keys() == {"_id", "version", "erased_at"}, (service, left)

    assert "journeys_v0" not in await world.database("outcomes").list_collection_names()
    running = await start(world, COUNTING)
    await settled(world, {ann: 4, cara: 2}, COUNTING)
    assert (await figures(running), await journeys(world, [ann, ben, cara])) == before
    found = {row["_id"].split("/")[-1]: row["person_ref"] async for row in world.database("referral")["persons"].find()}
    assert found == names == {ANN: refs[ANN], CARA: names[CARA]}
    await world.say(again)
    await world.say(session(17, again))
    await settled(world, {again: 2}, COUNTING)
    [new] = await journeys(world, [again])
    assert new["person_ref"] == names[CARA]
    told = await world.fates(2, of=[session(16, ann).id])
    assert {fate for _, fate in told} == {"time_in_future", "duplicate"}
    await world.until(lambda: every_index_is_listed(world))
    verdict = await compare(world.settings)
    assert verdict.differences == []
    await running.stop()
