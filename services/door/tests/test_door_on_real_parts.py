"""The door as a process on real Kafka and MongoDB, asked as a partner asks."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.events import session_held
from support.real_parts import UniqueNames
from support.world import World, made

from contracts.envelope import Event
from contracts.receipt import is_receipt
from contracts.topics import inbox, receipts
from ops.localstack import ports
from servicekit.partners import token_hash

TOKEN = "ftg_fictional-token-of-a-test"


@pytest.fixture(scope="module")
async def shared(kafka_url: str, mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A partner and a folder for logs that the tests of this file share."""
    names, logs = UniqueNames(f"t{uuid.uuid4().hex[:10]}"), tmp_path_factory.mktemp("door")
    async with made(kafka_url, mongo_url, names, logs, frozenset({"james-wigg"})) as world:
        await _register(world, world.partner, TOKEN)
        yield world


@pytest.fixture(scope="module")
async def door(shared: World) -> AsyncIterator[httpx.AsyncClient]:
    """The door they ask."""
    async with _asking(shared) as http:
        yield http


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: Any, tmp_path: Path) -> AsyncIterator[World]:
    """A partner for a test that runs the door itself."""
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"james-wigg"})) as world:
        await _register(world, world.partner, TOKEN)
        yield world


@asynccontextmanager
async def _asking(world: World, token: str = TOKEN) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        world.running("door") as url,
        httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=30) as http,
    ):
        yield http


async def _register(world: World, name: str, token: str, **fields: Any) -> None:
    known = {"number": 2, "schemes": [], "events": ["session-held"]} if name != world.partner else {}
    await world.database("registry")["partners"].update_one(
        {"_id": name}, {"$set": {**known, **fields, "token_hash": token_hash(token)}}, upsert=True
    )


def _session(world: World, **said: Any) -> Event[Any]:
    referral = str(uuid.uuid4())
    event = session_held(1, partner=world.partner, referral_id=referral, synthetic=True, **said)
    return replace(event, id=str(uuid.uuid4()), subject=referral)


def _headers(event: Event[Any]) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": event.id,
        "ce-source": event.source,
        "ce-type": event.type,
        "ce-subject": event.subject,
        "ce-time": event.time.isoformat(),
    }


def _body(event: Event[Any]) -> str:
    return event.data.model_dump_json(exclude_none=True)


def _structured(event: Event[Any]) -> dict[str, Any]:
    attributes = {name[3:]: value for name, value in _headers(event).items() if name.startswith("ce-")}
    return {**attributes, "data": json.loads(_body(event))}


async def test_an_event_that_was_answered_202_is_in_the_inbox_and_its_fate_can_be_asked(
    shared: World, door: httpx.AsyncClient
) -> None:
    event = _session(shared)
    answer = await door.post("/events", content=_body(event), headers=_headers(event))
    assert answer.status_code == 202, answer.text
    asked = await door.get(answer.headers["location"])  # at once: its receipt may still be on its way
    assert (asked.status_code, asked.json()["fate"]) == (200, "received")

    async for record in shared._records(inbox(shared.partner, "session-held")):
        if dict(record.headers)["ce_id"] == event.id.encode():
            assert record.key == event.subject.encode()
            break
    assert await _receipted(shared, {event.id}) == [(event.id, "received")]
    fates = shared.database("door")["fates"]
    await shared.until(lambda: fates.find_one({"_id": f"{shared.partner}/{event.id}"}))


async def _receipted(world: World, ids: set[str]) -> list[tuple[str, str]]:
    """One (event id, fate) for each of these events, as the partner was told."""
    told: list[tuple[str, str]] = []
    async for record in world._records(receipts(world.partner)):
        if not is_receipt(record.headers):
            continue
        receipt = json.loads(record.value or b"")
        if receipt["event_id"] in ids:
            told.append((receipt["event_id"], receipt["fate"]))
        if len(told) == len(ids):
            break
    return told


async def test_the_same_event_through_the_door_and_by_kafka_at_once_is_one_event(
    shared: World, door: httpx.AsyncClient
) -> None:
    event = _session(shared)
    async with shared.running("case"):
        answer, _ = await asyncio.gather(
            door.post("/events", content=_body(event), headers=_headers(event)), shared.say(event)
        )
        assert answer.status_code == 202

        async def duplicated() -> Any:
            known = (await door.get(f"/events/{event.id}")).json()
            return known if "duplicate" in [step["fate"] for step in known["history"]] else None

        known = await shared.until(duplicated)
    assert known["fate"] == "waiting"
    assert sorted(step["fate"] for step in known["history"]) == ["duplicate", "received", "waiting"]


async def test_a_partner_sees_only_its_own(shared: World, door: httpx.AsyncClient) -> None:
    event, other = _session(shared), f"{shared.partner}-b"
    await _register(shared, other, "ftg_other", number=2)
    await door.post("/events", content=_body(event), headers=_headers(event))

    async def code(token: str, event_id: str = event.id) -> int:
        return (await door.get(f"/events/{event_id}", headers={"authorization": token})).status_code

    async def may_come_in(token: str) -> bool:
        return await code(f"Bearer {token}") == 404

    await shared.until(lambda: may_come_in("ftg_other"))
    ours = f"Bearer {TOKEN}"
    assert await code(ours) == 200
    assert await code(ours, str(uuid.uuid4())) == 404
    assert await code(ours, "nonsense") == 404
    assert await code("Bearer x") == 401
    assert await code(TOKEN) == 401
    await _register(shared, f"{shared.partner}-c", "ftg_new", number=3)  # a moment ago
    await shared.until(lambda: may_come_in("ftg_new"))


async def test_a_batch_has_a_verdict_for_each_event(shared: World, door: httpx.AsyncClient) -> None:
    events = [_session(shared) for _ in range(300)]
    said = [_structured(event) for event in events]
    said[7]["data"]["minutes"] = 1
    said[9]["type"] = "footing.session-held.v2"
    batch = {"content-type": "application/cloudevents-batch+json"}
    answer = await door.post("/events", content=json.dumps(said), headers=batch)
    verdicts = answer.json()
    assert answer.status_code == 200
    assert [verdict["status"] for verdict in verdicts[6:11]] == [202, 422, 202, 422, 202]
    assert (verdicts[7]["code"], verdicts[7]["field"]) == ("field_invalid", "data.minutes")
    taken = {event.id for event in events} - {events[7].id, events[9].id}
    assert sorted(await _receipted(shared, taken)) == sorted((event_id, "received") for event_id in taken)


async def test_a_body_is_bounded_before_it_is_held(door: httpx.AsyncClient) -> None:
    one, structured = "application/json", "application/cloudevents+json"
    many = "application/cloudevents-batch+json"
    for kind, size, status in (
        ("text/plain", 10, 415),
        (one, 300_000, 413),
        (structured, 300_000, 413),
        (many, 8 * 1024 * 1024 + 1, 413),
        (many, 300_000, 400),
    ):
        answer = await door.post("/events", content=b"[" + b" " * size, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"
    zipped = await door.post("/events", content=b"", headers={"content-type": one, "content-encoding": "gzip"})
    assert (zipped.status_code, zipped.json()["code"]) == (415, "compressed")
    strange = {"authorization": "Bearer x", "content-type": many}
    assert (await door.post("/events", content=b" " * 1_000_000, headers=strange)).status_code == 401
    await _is_bounded_without_a_length(door)
    api = (await door.get("/openapi.json")).json()
    assert api["openapi"].startswith("3.1")
    assert set(api["paths"]) == {"/events", "/events/{event_id}"}
    assert set(api["paths"]["/events"]["post"]["responses"]) >= {"202", "400", "401", "403", "413", "415", "503"}


async def _is_bounded_without_a_length(door: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65536
            yield b" " * 65536

    try:
        async with asyncio.timeout(10):
            answer = await door.post("/events", content=endless(), headers={"content-type": "application/json"})
        assert answer.status_code == 413
    except httpx.TransportError:  # the door hung up while we went on talking
        assert sent > 8 * 1024 * 1024


class Bridge:
    """The way to a broker, which can be taken away and put back."""

    def __init__(self, target: str) -> None:
        self._host, _, port = target.partition(":")
        self._target_port = int(port)
        self.port = ports.take(None, None, "bridge")
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._target_port)
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        finally:
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def test_while_kafka_is_away_nothing_is_promised_and_when_it_is_back_all_goes_on(world: World) -> None:
    bridge = Bridge(world.settings.kafka_url)
    world.settings = world.settings.model_copy(update={"kafka_url": f"127.0.0.1:{bridge.port}"})
    await bridge.open()
    event = _session(world)
    async with _asking(world) as http:
        await bridge.close()
        batch = {"content-type": "application/cloudevents-batch+json"}
        away, away_too = await asyncio.gather(
            http.post("/events", content=_body(event), headers=_headers(event)),
            http.post("/events", content=json.dumps([_structured(event)]), headers=batch),
        )
        assert (away.status_code, away.headers["retry-after"], away.json()["code"]) == (503, "5", "unavailable")
        assert away_too.status_code == 503
        await bridge.open()
        back = await http.post("/events", content=_body(event), headers=_headers(event))
        assert back.status_code == 202
        await bridge.close()
