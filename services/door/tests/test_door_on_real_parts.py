"""The door as a process on real Kafka and MongoDB, asked as a partner asks."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from support import fhir
from support.at_the_door import BATCH, STRUCTURED, TOKEN, asking, body, headers, register, session, structured
from support.raw_http import line
from support.real_parts import UniqueNames
from support.world import World, made

from contracts.receipt import is_receipt
from contracts.topics import inbox, receipts
from ops.localstack import ports


@pytest.fixture(scope="module")
async def shared(kafka_url: str, mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A partner and a folder for logs that the tests of this file share."""
    names, logs = UniqueNames(f"t{uuid.uuid4().hex[:10]}"), tmp_path_factory.mktemp("door")
    async with made(kafka_url, mongo_url, names, logs, frozenset({"james-wigg"})) as world:
        await register(world, world.partner, TOKEN)
        yield world


@pytest.fixture(scope="module")
async def door(shared: World) -> AsyncIterator[httpx.AsyncClient]:
    """The door they ask."""
    async with asking(shared) as http:
        yield http


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: Any, tmp_path: Path) -> AsyncIterator[World]:
    """A partner for a test that runs the door itself."""
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"james-wigg"})) as world:
        await register(world, world.partner, TOKEN)
        yield world


async def test_an_event_that_was_answered_202_is_in_the_inbox_and_its_fate_can_be_asked(
    shared: World, door: httpx.AsyncClient
) -> None:
    event = session(shared)
    answer = await door.post("/events", content=body(event), headers=headers(event))
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
    event = session(shared)
    async with shared.running("case"):
        answer, _ = await asyncio.gather(
            door.post("/events", content=body(event), headers=headers(event)), shared.say(event)
        )
        assert answer.status_code == 202

        async def duplicated() -> Any:
            known = (await door.get(f"/events/{event.id}")).json()
            return known if "duplicate" in [step["fate"] for step in known["history"]] else None

        known = await shared.until(duplicated)
    assert known["fate"] == "waiting"
    assert sorted(step["fate"] for step in known["history"]) == ["duplicate", "received", "waiting"]


async def test_a_partner_sees_only_its_own(shared: World, door: httpx.AsyncClient) -> None:
    event, other = session(shared), f"{shared.partner}-b"
    await register(shared, other, "ftg_other", number=2)
    await door.post("/events", content=body(event), headers=headers(event))

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
    await register(shared, f"{shared.partner}-c", "ftg_new", number=3)  # a moment ago
    await shared.until(lambda: may_come_in("ftg_new"))


async def test_a_batch_has_a_verdict_for_each_event(shared: World, door: httpx.AsyncClient) -> None:
    events = [session(shared) for _ in range(300)]
    said = [structured(event) for event in events]
    said[7]["data"]["minutes"] = 1
    said[9]["type"] = "footing.session-held.v2"
    batch = {"content-type": BATCH}
    answer = await door.post("/events", content=json.dumps(said), headers=batch)
    verdicts = answer.json()
    assert answer.status_code == 200
    assert [verdict["status"] for verdict in verdicts[6:11]] == [202, 422, 202, 422, 202]
    assert (verdicts[7]["code"], verdicts[7]["field"]) == ("field_invalid", "data.minutes")
    taken = {event.id for event in events} - {events[7].id, events[9].id}
    assert sorted(await _receipted(shared, taken)) == sorted((event_id, "received") for event_id in taken)


async def test_what_is_being_answered_when_the_door_stops_is_still_answered(shared: World) -> None:
    sent = json.dumps(structured(session(shared))).encode()
    head = [
        "POST /events HTTP/1.1",
        "host: door",
        f"authorization: Bearer {TOKEN}",
        f"content-type: {STRUCTURED}",
        f"content-length: {len(sent)}",
        "expect: 100-continue",
    ]
    async with AsyncExitStack() as running:
        url = await running.enter_async_context(shared.running("door"))
        async with line(url) as opened:
            await opened.send("\r\n".join([*head, "", ""]).encode())
            assert (await opened.answer()).status == 100  # it waits for the body

            async def is_closed() -> bool:
                try:
                    async with line(url):
                        return False
                except ConnectionRefusedError:
                    return True

            stopping = asyncio.create_task(running.aclose())
            await shared.until(is_closed)
            await opened.send(sent)
            assert (await opened.answer()).status == 202
            assert await opened.is_hung_up()
        await stopping


class Bridge:
    """The way to a part, which can be taken away, with who is on it, and put back."""

    def __init__(self, url: str) -> None:
        self._far = urlsplit(url)
        self.port = ports.take(None, None, "bridge")
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._far.hostname, self._far.port)
        ends = {writer, far_writer}
        self._ends |= ends
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._ends -= ends


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def test_while_a_part_is_away_nothing_is_promised_and_when_it_is_back_all_goes_on(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FHIR_KEY_FILE", str(fhir.key_file(tmp_path)))
    to_kafka, to_mongo = Bridge(f"kafka://{world.settings.kafka_url}"), Bridge(world.settings.mongo_url)
    through = {
        "kafka_url": f"127.0.0.1:{to_kafka.port}",
        "mongo_url": f"mongodb://127.0.0.1:{to_mongo.port}/?directConnection=true",
    }
    world.settings = world.settings.model_copy(update=through)
    await to_kafka.open()
    await to_mongo.open()
    first, second = session(world), session(world)
    async with asking(world) as http:
        await to_kafka.close()
        away, away_too, away_as_well = await asyncio.gather(
            http.post("/events", content=body(first), headers=headers(first)),
            http.post("/events", content=json.dumps([structured(first)]), headers={"content-type": BATCH}),
            http.post("/fhir/$process-message", json=fhir.message()),
        )
        assert (away.status_code, away.headers["retry-after"], away.json()["code"]) == (503, "5", "unavailable")
        assert away_too.status_code == 503
        assert (away_as_well.status_code, away_as_well.headers["retry-after"]) == (503, "5")
        assert away_as_well.json()["issue"][0]["code"] == "transient"
        await to_kafka.open()
        back = await http.post("/events", content=body(first), headers=headers(first))
        assert back.status_code == 202

        await to_mongo.close()
        known, asked, unknown = await asyncio.gather(
            http.post("/events", content=body(second), headers=headers(second)),
            http.get(f"/events/{first.id}"),
            http.post("/events", content=body(second), headers={**headers(second), "authorization": "Bearer x"}),
        )
        assert known.status_code == 202  # the registry as it was last seen
        assert (asked.status_code, asked.headers["retry-after"], asked.json()["code"]) == (503, "5", "unavailable")
        assert unknown.status_code == 503
        await to_mongo.open()
        assert (await http.get(f"/events/{second.id}")).status_code == 200
    await to_kafka.close()
    await to_mongo.close()


@pytest.mark.parametrize("path", ["/contract", "/openapi.json", "/asyncapi.yaml"])
async def test_the_contract_is_shown_to_whoever_asks(door: httpx.AsyncClient, path: str) -> None:
    answer = await door.get(path, headers={"authorization": "Bearer nobody"})
    assert answer.status_code == 200
