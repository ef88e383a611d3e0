"""One referral, from a partner's request to what somebody is told of it: one trace, or none where nobody asked."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from support.at_the_door import TOKEN, body, headers, register
from support.collector import Collector, Seen, collecting
from support.events import referral_made
from support.real_parts import UniqueNames
from support.world import World, made

from contracts.envelope import Event

TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
ASKED, MADE = "00f067aa0ba902b7", "b7ad6b7169203331"  # the partner's steps: it sent the request, it made the event
SERVICES: Final = ("referral", "outcomes", "notify", "door")
PERSON: Final = "fictional-person-of-a-traced-referral"


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: UniqueNames, tmp_path: Path) -> AsyncIterator[World]:
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"james-wigg"})) as world:
        await register(world, world.partner, TOKEN)
        yield world


@asynccontextmanager
async def running(world: World, *services: str, **settings: str) -> AsyncIterator[httpx.AsyncClient]:
    """The services, the last of them the door, and its client."""
    async with AsyncExitStack() as ends:
        begun = (ends.enter_async_context(world.running(service, **settings)) for service in services)
        *_, url = await asyncio.gather(*begun)
        auth = {"authorization": f"Bearer {TOKEN}"}
        yield await ends.enter_async_context(httpx.AsyncClient(base_url=url, headers=auth, timeout=30))


def a_referral(world: World) -> Event[Any]:
    said = referral_made(
        referral_id=str(uuid.uuid4()), on=datetime.now(UTC).isoformat()[:19], partner=world.partner,
        person_token=PERSON, synthetic=True,
    )  # fmt: skip
    return replace(said, id=str(uuid.uuid4()))


async def publish(door: httpx.AsyncClient, event: Event[Any]) -> None:
    trace = {"traceparent": f"00-{TRACE}-{ASKED}-01", "ce-traceparent": f"00-{TRACE}-{MADE}-01", "baggage": PERSON}
    assert (await door.post("/events", content=body(event), headers=headers(event) | trace)).status_code == 202


async def test_a_referral_is_one_trace_from_the_partners_request_to_what_is_told_of_it(world: World) -> None:
    event, inbox, receipts = a_referral(world), f"inbox.{world.partner}.referral-made", f"receipts.{world.partner}"
    with collecting() as collector:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_TRACES_SAMPLER": "parentbased_always_off",  # what other tests say here is not this test's
            "OTEL_BSP_SCHEDULE_DELAY": "50",
            "FASTAPI_OTEL_AUTO_CONFIGURE": "true",  # which must bring nothing: it would tell paths
        }
        told = {"NOTIFY_FOLDER": str(world.logs / "told"), "NOTIFY_POLL_SECONDS": "0.05", "LOG_FORMAT": "json"}
        async with running(world, *SERVICES, **variables, **told) as door:
            await publish(door, event)
            [accepted] = await world.accepted("referral-made", event.subject, 1)
            steps = await world.until(lambda: to_the_end(collector))

    at_the_gate = f"footing-referral: process {inbox}"
    assert steps == {
        ("footing-door: POST /events", ASKED),
        (f"footing-door: send {inbox}", "footing-door: POST /events"),
        (at_the_gate, f"footing-door: send {inbox}"),
        ("footing-referral: send referral-made", at_the_gate),
        ("footing-outcomes: process referral-made as gate", at_the_gate),
        ("footing-outcomes: process referral-made as projector", at_the_gate),
        ("footing-notify: process referral-made as telling", at_the_gate),
        ("footing-notify: notify", "footing-notify: process referral-made as telling"),
        (f"footing-referral: send {receipts}", at_the_gate),
        (f"footing-door: process {receipts}", at_the_gate),  # accepted
        (f"footing-door: process {receipts}", f"footing-door: send {inbox}"),  # received
    }
    gate = next(span for span in collector.of(TRACE) if span.told == at_the_gate)
    assert gate.attributes == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.consumer.group.name": "footing-referral-gate",
        "messaging.destination.name": inbox,
        "messaging.destination.partition.id": gate.attributes["messaging.destination.partition.id"],
        "messaging.kafka.offset": 0,
        "cloudevents.event_id": event.id,
        "cloudevents.event_type": "footing.referral-made.v1",
        "footing.ending": "applied",
    }
    assert (gate.kind, len(gate.links), gate.failed) == ("consumer", 1, False)
    assert accepted.traceparent == f"00-{TRACE}-{MADE}-01"  # what the partner said of its event is carried as it was
    assert set(collector.paths) == {"/v1/traces"}
    for identity in (event.subject, PERSON, TOKEN, accepted.data.person_ref):
        assert identity.encode() not in b"".join(collector.bodies)
    assert any(line["event"] == "told" and line["trace_id"] == TRACE for line in lines(world, "notify"))
    batches = [line for line in lines(world, "referral") if line["event"] == "batch"]
    assert batches and all(len(line["trace_id"]) == 32 for line in batches)


async def test_nothing_is_traced_where_it_is_disabled_and_what_a_partner_says_is_still_carried(world: World) -> None:
    event = a_referral(world)
    with collecting() as collector:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SDK_DISABLED": "true"}
        async with running(world, "referral", "door", **variables) as door:
            await publish(door, event)
            [accepted] = await world.accepted("referral-made", event.subject, 1)
    assert accepted.traceparent == f"00-{TRACE}-{MADE}-01"
    assert collector.paths == []
    assert not any("trace_id" in line for line in lines(world, "referral"))


async def to_the_end(collector: Collector) -> set[tuple[str, str]]:
    """Each step of the trace and what it follows from, once all have come that nothing follows from."""
    seen = list(collector.of(TRACE))
    name_of = {span.id: named(span) for span in seen}
    last = ("notify: notify", "made as projector", "made as gate", "POST /events", "send referral-made")
    come = all(any(name.endswith(end) for name in name_of.values()) for end in last)
    receipts = [span for span in seen if " receipts." in span.name]
    steps = {(named(span), name_of.get(span.parent, span.parent)) for span in seen}
    return steps if come and len(receipts) == 3 else set()


def named(span: Seen) -> str:
    """A step; where several loops of a service hear the same, which of them."""
    group = span.attributes.get("messaging.consumer.group.name", "")
    topic = span.attributes.get("messaging.destination.name", "")
    return f"{span.told} as {group.split('-')[-1]}" if group and "." not in topic else span.told


def lines(world: World, service: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (world.logs / f"{service}.log").read_text().splitlines()]
