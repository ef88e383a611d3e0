"""Each bound of a request, tried on a running door as bytes on a connection: one answer, nothing echoed, nothing
written, and the next request is answered as ever.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from support.at_the_door import BATCH, JSON, STRUCTURED, TOKEN, asking, body, headers, register, session, structured
from support.raw_http import Answer, Line, line
from support.real_parts import UniqueNames
from support.world import World, made

from servicekit.tending import end

SECRET = "Jane-Fictional-0000000000"
NOBODYS = "7d6ebb52-9037-4c98-bdca-9c013202bb95"
OTHER, SLOW, AWAY = "ftg_fictional-other", "ftg_fictional-slow", "ftg_fictional-away"
EVENT_BYTES, BATCH_BYTES = 262_144, 8_388_608
PROBLEM = {"type", "title", "status", "detail", "code", "field", "expected", "remedy"}


@pytest.fixture(scope="module")
async def world(kafka_url: str, mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A partner without limit, another, one of an event a second, and one that is disabled."""
    names, logs = UniqueNames(f"t{uuid.uuid4().hex[:10]}"), tmp_path_factory.mktemp("door")
    async with made(kafka_url, mongo_url, names, logs, frozenset({"james-wigg"})) as world:
        await register(world, world.partner, TOKEN, events_a_second=1_000_000)
        await register(world, f"{world.partner}-b", OTHER, number=2)
        await register(world, f"{world.partner}-c", SLOW, number=3, events_a_second=1)
        await register(world, f"{world.partner}-d", AWAY, number=4, disabled=True)
        yield world


@pytest.fixture(scope="module")
async def door(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(world) as http:
        yield http


@pytest.fixture(scope="module")
def url(door: httpx.AsyncClient) -> str:
    return str(door.base_url)


@pytest.fixture(scope="module", autouse=True)
async def slow_ones(url: str) -> AsyncIterator[dict[str, Any]]:
    """Connections that begin and do not go on: opened first and looked at last, as each takes the ten seconds."""
    begun = {
        "length": head(JSON, "content-length: 100") + b"{",
        "chunks": head(BATCH, "transfer-encoding: chunked") + b"1\r\n[\r\n",
        "head": b"POST /events HTTP/1.1\r\nhost: d",
        "nothing": b"",
    }
    async with AsyncExitStack() as lines:
        opened = {name: await lines.enter_async_context(line(url)) for name in begun}
        for name, sent in begun.items():
            await opened[name].send(sent)
        yield opened


def head(kind: str = JSON, *more: str, token: str = TOKEN) -> bytes:
    """The head of a request to publish. Whatever is wrong with it, a name stands beside it."""
    said = (f"authorization: Bearer {token}", f"content-type: {kind}", f"x-name: {SECRET}", *more)
    return "\r\n".join(["POST /events HTTP/1.1", "host: door", *said, "", ""]).encode()


def sized(kind: str, sent: bytes, *more: str, token: str = TOKEN) -> bytes:
    """A request that says how long it is."""
    return head(kind, f"content-length: {len(sent)}", *more, token=token) + sent


def chunk(sent: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(sent), sent)


def an_event(world: World, **changed: Any) -> bytes:
    return json.dumps({**structured(session(world)), **changed}).encode()


async def asked(url: str, *sent: bytes) -> Answer:
    """The first answer on a new connection."""
    async with line(url) as opened:
        await opened.send(*sent)
        return await opened.answer()


def refused(answer: Answer, status: int, code: str) -> None:
    """It says this, in the form of RFC 9457, and no value that was sent."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer
    told = answer.json()
    assert (told["status"], told["code"]) == (status, code)
    assert set(told) == PROBLEM
    assert told["type"] == f"urn:footing:reason:{code}"
    assert SECRET.encode() not in answer.body + repr(answer.headers).encode()


async def is_taken(url: str, world: World) -> None:
    """The next event is taken as ever."""
    assert (await asked(url, sized(STRUCTURED, an_event(world)))).status == 202


@pytest.mark.parametrize(
    ("kind", "most"),
    [(JSON, EVENT_BYTES), (STRUCTURED, EVENT_BYTES), (BATCH, BATCH_BYTES)],
    ids=["binary", "structured", "batch"],
)
async def test_a_body_is_as_large_as_is_allowed_and_no_larger(url: str, kind: str, most: int) -> None:
    assert (await asked(url, sized(kind, b" " * most))).status != 413
    refused(await asked(url, sized(kind, b" " * (most + 1))), 413, "too_large")
    in_chunks = (head(kind, "transfer-encoding: chunked"), *(chunk(b" " * 65_536) for _ in range(most // 65_536)))
    assert (await asked(url, *in_chunks, b"0\r\n\r\n")).status != 413
    refused(await asked(url, *in_chunks, chunk(b" ") + b"0\r\n\r\n"), 413, "too_large")


async def test_a_length_that_is_too_large_is_refused_before_anything_of_the_body_is_asked_for(url: str) -> None:
    waits = head(BATCH, f"content-length: {BATCH_BYTES + 1}", "expect: 100-continue")
    async with line(url) as opened:
        await opened.send(waits)
        refused(await opened.answer(), 413, "too_large")
        assert await opened.is_hung_up()


async def test_a_body_that_waits_to_be_asked_for_is_asked_for_only_from_those_who_may_send_it(
    url: str, world: World
) -> None:
    event = an_event(world)
    async with line(url) as opened:
        await opened.send(head(STRUCTURED, f"content-length: {len(event)}", "expect: 100-continue"))
        assert (await opened.answer()).status == 100
        await opened.send(event)
        assert (await opened.answer()).status == 202
    stranger = head(STRUCTURED, f"content-length: {len(event)}", "expect: 100-continue", token="x")
    refused(await asked(url, stranger), 401, "unauthorised")


async def test_an_endless_body_is_cut_off(url: str, world: World) -> None:
    async with line(url) as opened:
        await opened.send(head(JSON, "transfer-encoding: chunked"))

        async def goes_on() -> None:
            while True:
                await opened.send(chunk(b" " * 65_536))
                await asyncio.sleep(0)

        going = asyncio.create_task(goes_on())
        try:
            refused(await opened.answer(), 413, "too_large")
            assert await opened.is_hung_up()
        finally:
            await end(going)
    await is_taken(url, world)


async def test_a_chunk_that_says_it_is_enormous_is_read_as_far_as_is_allowed(url: str) -> None:
    enormous = head(JSON, "transfer-encoding: chunked") + b"ffffffffffffffff\r\n"
    refused(await asked(url, enormous, b" " * (EVENT_BYTES + 1)), 413, "too_large")


@pytest.mark.parametrize(
    "chunks",
    [b"nonsense\r\n", b"-1\r\n", b"3\r\n{}\r\n0\r\n\r\n", b"2\r\n{}XX0\r\n\r\n", b"1;" + b"x" * 70_000],
    ids=["no number", "negative", "short", "no end", "endless extension"],
)
async def test_chunks_that_are_none_are_no_request(url: str, world: World, chunks: bytes) -> None:
    async with line(url) as opened:
        await opened.send(head(JSON, "transfer-encoding: chunked") + chunks)
        answer = await opened.answer()
        assert answer.status in (400, 431)
        refused(answer, answer.status, "request_invalid" if answer.status == 400 else "head_too_large")
        assert await opened.is_hung_up()
    await is_taken(url, world)


@pytest.mark.parametrize(
    "lengths",
    [
        ("content-length: 2", "content-length: 3"),
        ("content-length: 2, 3",),
        ("content-length: -2",),
        ("content-length: two",),
        (f"content-length: 2{'0' * 40}",),
        ("content-length: 2", "transfer-encoding: chunked"),
        ("transfer-encoding: chunked", "transfer-encoding: chunked"),
        ("transfer-encoding: gzip, chunked",),
    ],
    ids=["two", "two in one", "negative", "no number", "endless", "length and chunks", "chunks twice", "compressed"],
)
async def test_a_length_that_can_be_understood_in_two_ways_is_no_request(url: str, lengths: tuple[str, ...]) -> None:
    refused(await asked(url, head(JSON, *lengths) + b"2\r\n{}\r\n0\r\n\r\n"), 400, "request_invalid")


async def test_of_a_body_that_is_longer_than_it_says_the_rest_is_no_event(url: str, world: World) -> None:
    event = an_event(world)
    async with line(url) as opened:
        await opened.send(head(STRUCTURED, f"content-length: {len(event)}") + event + b'{"name":"' + SECRET.encode())
        await opened.send(b"\r\n\r\n")
        assert (await opened.answer()).status == 202
        refused(await opened.answer(), 400, "request_invalid")
        assert await opened.is_hung_up()
    cut_short = head(STRUCTURED, f"content-length: {len(event) - 1}") + event
    refused(await asked(url, cut_short), 400, "not_json")


async def test_of_a_body_that_ends_before_it_says_so_nothing_is_written(
    url: str, world: World, door: httpx.AsyncClient
) -> None:
    event = structured(session(world))
    sent = json.dumps(event).encode()
    async with line(url) as opened:
        await opened.send(head(STRUCTURED, f"content-length: {len(sent) + 1}") + sent)
        opened.say_no_more()
        assert await opened.is_hung_up()
    assert (await door.get(f"/events/{event['id']}")).status_code == 404
    await is_taken(url, world)


async def test_requests_that_come_at_once_are_answered_one_after_the_other(url: str, world: World) -> None:
    first, second = structured(session(world)), structured(session(world))
    sent = [sized(STRUCTURED, json.dumps(event).encode()) for event in (first, second)]
    bad = sized(STRUCTURED, b"{")
    async with line(url) as opened:
        await opened.send(sent[0] + bad + sent[1])
        answers = [await opened.answer() for _ in range(3)]
    assert [answer.status for answer in answers] == [202, 400, 202]
    assert [answers[n].json()["event_id"] for n in (0, 2)] == [first["id"], second["id"]]


@pytest.mark.parametrize("in_pieces", [False, True], ids=["at once", "in pieces"])
async def test_a_head_is_bounded_however_it_comes(url: str, in_pieces: bool) -> None:
    long = sized(JSON, b"{}", *(f"x-{n}: {'x' * 1000}" for n in range(17)))
    parts = [long[n : n + 1024] for n in range(0, len(long), 1024)] if in_pieces else [long]
    async with line(url) as opened:
        for part in parts:
            await opened.send(part)
        refused(await opened.answer(), 431, "head_too_large")


@pytest.mark.parametrize(
    "twice",
    [
        (f"authorization: Bearer {TOKEN}",),
        (f"content-type: {STRUCTURED}",),
        ("content-encoding: identity", "content-encoding: gzip"),
    ],
    ids=["authorization", "content-type", "content-encoding"],
)
async def test_a_header_that_decides_stands_once(url: str, twice: tuple[str, ...]) -> None:
    answer = await asked(url, sized(JSON, b"{}", *twice))
    refused(answer, 400, "header_repeated")
    assert answer.json()["field"] == twice[0].split(":")[0]


async def test_an_attribute_may_stand_twice_if_it_says_the_same(url: str, world: World) -> None:
    event = session(world)
    said = [f"{name}: {value}" for name, value in headers(event).items() if name.startswith("ce-")]
    sent = body(event).encode()
    assert (await asked(url, sized(JSON, sent, *said, f"ce-id: {event.id}"))).status == 202
    refused(await asked(url, sized(JSON, sent, *said, f"ce-id: {uuid.uuid4()}")), 422, "attribute_invalid")


@pytest.mark.parametrize(
    "request_line",
    [b"nonsense", f"GET /events/{SECRET}".encode(), b"GET /events/\xff HTTP/1.1", b"\x16\x03\x01\x02\x00\x01"],
    ids=["nonsense", "no version", "not ASCII", "TLS"],
)
async def test_what_is_no_http_is_no_request(url: str, request_line: bytes) -> None:
    refused(await asked(url, request_line + b"\r\nhost: door\r\n\r\n"), 400, "request_invalid")


@pytest.mark.parametrize(
    ("kind", "is_ours"),
    [
        (STRUCTURED, True),
        (f"{STRUCTURED}; charset=utf-8", True),
        (f'{STRUCTURED};charset="UTF-8"', True),
        ("Application/CloudEvents+JSON", True),
        (f"{STRUCTURED}; charset=latin-1", False),
        (f"{STRUCTURED}+x", False),
        (f"{STRUCTURED}, {JSON}", False),
        ("application/*", False),
        ("application/cloudevents+xml", False),
        ("text/json", False),
        ("", False),
    ],
)
async def test_content_types_are_exact(url: str, world: World, kind: str, is_ours: bool) -> None:
    answer = await asked(url, sized(kind, an_event(world)))
    if is_ours:
        assert answer.status == 202
    else:
        refused(answer, 415, "content_type_unknown")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "identity, gzip", "zstd", SECRET])
async def test_a_compressed_body_is_not_opened(url: str, encoding: str) -> None:
    refused(await asked(url, sized(JSON, b"{}", f"content-encoding: {encoding}")), 415, "compressed")


async def test_identity_is_no_compression(url: str, world: World) -> None:
    assert (await asked(url, sized(STRUCTURED, an_event(world), "content-encoding: identity"))).status == 202


@pytest.mark.parametrize("wrap", [b"%b", b"[%b]"], ids=["one", "many"])
@pytest.mark.parametrize("deep", [b"[", b'{"a":'], ids=["lists", "objects"])
async def test_depth_is_bounded_while_it_is_read(url: str, wrap: bytes, deep: bytes) -> None:
    kind = BATCH if wrap != b"%b" else STRUCTURED
    nested = wrap % (b'{"data":' + deep * 30_000)
    refused(await asked(url, sized(kind, nested)), 400, "not_json")


async def test_depth_is_counted_to_two_hundred(url: str, world: World) -> None:
    event = an_event(world)

    def with_extension(levels: int) -> bytes:
        return event[:-1] + b',"extension":' + b"[" * levels + b"]" * levels + b"}"

    assert (await asked(url, sized(STRUCTURED, with_extension(199)))).status == 202  # and 1 that holds them
    refused(await asked(url, sized(STRUCTURED, with_extension(202))), 400, "not_json")


async def test_names_and_entries_are_counted_before_they_are_read(url: str, world: World) -> None:
    many = an_event(world)[:-1] + b',"more":[' + b",".join([b'"ssssssss"'] * 2_001) + b"]}"
    refused(await asked(url, sized(STRUCTURED, many)), 413, "too_large")
    entries = b"[" + b",".join([b"[" + b",".join([b"1"] * 250) + b"]"] * 801) + b"]"
    refused(await asked(url, sized(BATCH, entries)), 413, "too_large")


async def test_a_batch_is_of_one_to_a_thousand(url: str) -> None:
    for events in (0, 1_001):
        refused(await asked(url, sized(BATCH, b"[" + b",".join([b"{}"] * events) + b"]")), 400, "batch_invalid")
    whole = await asked(url, sized(BATCH, b"[" + b",".join([b"{}"] * 1_000) + b"]"))
    assert (whole.status, len(whole.json())) == (200, 1_000)


async def test_one_event_of_a_batch_that_is_too_large_is_refused_alone(url: str, world: World) -> None:
    large = an_event(world)[:-1] + b',"more":"' + b"x" * EVENT_BYTES + b'"}'
    answer = await asked(url, sized(BATCH, b"[" + large + b"," + an_event(world) + b"]"))
    verdicts = answer.json()
    assert [verdict["status"] for verdict in verdicts] == [413, 202]
    assert verdicts[0]["code"] == "too_large"


@pytest.mark.parametrize(
    "credential",
    [None, "", TOKEN, f"Basic {TOKEN}", "Bearer", f"Bearer {SECRET}"],
    ids=["none", "empty", "no scheme", "another scheme", "no token", "nobody's"],
)
async def test_nobody_comes_in_without_a_credential(url: str, credential: str | None) -> None:
    said = [] if credential is None else [f"authorization: {credential}"]
    sent = "\r\n".join(["POST /events HTTP/1.1", "host: door", *said, "content-length: 2", "", "{}"])
    answer = await asked(url, sent.encode())
    refused(answer, 401, "unauthorised")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_disabled_partner_is_told_so_before_its_body_is_read(url: str) -> None:
    waits = head(BATCH, "content-length: 1000", "expect: 100-continue", token=AWAY)
    refused(await asked(url, waits), 403, "partner_disabled")


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"source": f"urn:footing:partner:{SECRET.lower()}"}, 403, "source_not_yours"),
        ({"type": f"footing.{SECRET}.v1"}, 422, "type_unknown"),
        ({"type": "footing.follow-up-due.v1"}, 403, "event_not_yours"),
        ({"subject": SECRET}, 422, "attribute_invalid"),
        ({"id": [SECRET]}, 422, "attribute_invalid"),
        ({"data": {"name": SECRET}}, 422, "field_missing"),
        ({"data": [SECRET]}, 422, "field_invalid"),
    ],
)
async def test_what_the_contract_refuses_has_its_status(
    url: str, world: World, changed: dict[str, Any], status: int, code: str
) -> None:
    refused(await asked(url, sized(STRUCTURED, an_event(world, **changed))), status, code)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"/{SECRET}", 404, "path_unknown"),
        ("GET", f"/events/?{SECRET}", 404, "path_unknown"),
        ("POST", f"/events/{SECRET}/more", 404, "path_unknown"),
        ("PUT", "/events", 405, "method_unknown"),
        ("DELETE", f"/events/{NOBODYS}", 405, "method_unknown"),
        ("OPTIONS", "/events", 405, "method_unknown"),
        ("GET", f"/events/{SECRET}", 404, "unknown"),
        ("GET", f"/events/{NOBODYS}?type={SECRET}", 404, "unknown"),
    ],
)
async def test_what_is_not_there_is_a_problem_like_any_other(
    url: str, method: str, path: str, status: int, code: str
) -> None:
    sent = f"{method} {path} HTTP/1.1\r\nhost: door\r\nauthorization: Bearer {TOKEN}\r\n\r\n"
    answer = await asked(url, sent.encode())
    refused(answer, status, code)
    if status == 405:
        assert answer.headers["allow"] in ("GET", "POST")


async def test_a_partner_that_says_too_much_is_told_when_to_come_again_and_no_other_hears_of_it(
    url: str, world: World
) -> None:
    full = b"[" + b",".join([b"1"] * 1_000) + b"]"
    assert (await asked(url, sized(BATCH, full, token=SLOW))).status == 200
    too_many = await asked(url, sized(BATCH, full, token=SLOW))
    refused(too_many, 429, "too_many_requests")
    assert 990 <= int(too_many.headers["retry-after"]) <= 1_000
    assert (await asked(url, sized(BATCH, full, token=OTHER))).status == 200
    await is_taken(url, world)


async def test_one_partner_makes_the_door_hold_only_so_much(url: str, world: World) -> None:
    async with AsyncExitStack() as lines:
        for _ in range(4):
            held = await lines.enter_async_context(line(url))
            await held.send(head(BATCH, "transfer-encoding: chunked", "expect: 100-continue", token=OTHER))
            assert (await held.answer()).status == 100
        too_many = await asked(url, sized(JSON, b"{}", token=OTHER))
        refused(too_many, 429, "too_many_requests")
        assert too_many.headers["retry-after"] == "1"
        await is_taken(url, world)

    async def is_let_go() -> bool:
        return (await asked(url, sized(JSON, b"{}", token=OTHER))).status == 422

    await world.until(is_let_go)


async def test_connections_are_bounded_in_number(url: str, world: World) -> None:
    async with AsyncExitStack() as lines:
        opened: list[Line] = [await lines.enter_async_context(line(url)) for _ in range(500)]
        answer = await opened[-1].answer()
        refused(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "5"
        assert await opened[-1].is_hung_up()

    async def is_taken_again() -> bool:
        return (await asked(url, sized(STRUCTURED, an_event(world)))).status == 202

    await world.until(is_taken_again)


async def test_who_is_too_slow_is_not_waited_for(slow_ones: dict[str, Line], url: str, world: World) -> None:
    for name in ("length", "chunks"):
        refused(await slow_ones[name].answer(), 408, "too_slow")
    for slow in slow_ones.values():
        assert await slow.is_hung_up()
    await is_taken(url, world)
