"""What is traced, by which variables, as whose child, and what a span never holds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support import toy
from support.events import numbered

from contracts.envelope import Record
from contracts.topics import inbox
from servicekit.endings import Accept, Row
from servicekit.fold import fold
from servicekit.folded import Folded, Surroundings
from servicekit.hears import Hears
from servicekit.outgoing import Outgoing
from servicekit.partners import Partner
from servicekit.reading import Item, read
from servicekit.traced import Handling, Tracing
from servicekit.tracing import TracingUnfit, is_on

NOW: Final = datetime(2025, 3, 2, tzinfo=UTC)
ACME: Final = Partner(name="acme", number=1, schemes=frozenset({"bridgend"}), events=frozenset({"session-held"}))
TRACE, STEP = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
THEIRS: Final = f"00-{TRACE}-{STEP}-01".encode()
OTHER: Final = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
REFERRAL: Final = numbered(1)
OPEN: Final = toy.Toy(id=REFERRAL, version=1, opened=True)


class Registry:
    def by_name(self, name: str) -> Partner | None:
        return ACME if name == "acme" else None


REGISTRY: Any = Registry()


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exported: InMemorySpanExporter) -> Iterator[Tracing]:
    yield Tracing("toy", SimpleSpanProcessor(exported))
    structlog.contextvars.clear_contextvars()


def session(*carried: tuple[str, bytes], offset: int = 7, event_id: str = numbered(101), **changed: Any) -> Item:
    said = (*toy.headers("session-held", REFERRAL, partner="acme", event_id=event_id), *carried)
    record = Record(inbox("acme", "session-held"), 3, offset, REFERRAL.encode(), toy.session(REFERRAL, **changed), said)
    return read(record, REGISTRY, remembers=True)


def referral(offset: int = 1) -> Item:
    said = [*toy.headers("referral-made", REFERRAL, partner="acme"), ("ce_acceptedtime", b"2025-03-01T12:00:00Z")]
    record = Record("referral-made", 3, offset, REFERRAL.encode(), toy.referral_made(REFERRAL), tuple(said))
    return read(record, REGISTRY, remembers=True)


def handled(tracing: Tracing, *items: Item, document: toy.Toy = OPEN, hears: Any = toy.LOOP.hears) -> Folded[toy.Toy]:
    """One batch that commits."""
    handling = tracing.of_loop("footing-toy-gate")(items)
    folded = folded_in(handling, *items, document=document, hears=hears)
    handling.ends(items, folded)
    return folded


def folded_in(
    handling: Handling | None, *items: Item, document: toy.Toy = OPEN, hears: Any = toy.LOOP.hears
) -> Folded[toy.Toy]:
    trace = None if handling is None else handling.trace
    around = Surroundings(hears, toy.Toy, REGISTRY, None, NOW, None, {}, {}, trace)
    return fold(items, {REFERRAL: document}, around)


def of_record(exported: InMemorySpanExporter, event_id: str = numbered(101)) -> ReadableSpan:
    spans = exported.get_finished_spans()
    return next(s for s in spans if (s.attributes or {}).get("cloudevents.event_id") == event_id)


def child_of(span: ReadableSpan) -> tuple[str, str]:
    assert span.parent is not None
    return f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}"


def step(record: Outgoing) -> str:
    return (dict(record.headers)["traceparent"] or b"").decode()


@pytest.mark.parametrize(
    ("said", "on"),
    [
        ({}, False),
        ({"OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_SERVICE_NAME": "a-name"}, False),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
    ],
)
def test_it_is_on_where_an_exporter_or_an_endpoint_is_named_unless_it_is_disabled(
    said: dict[str, str], on: bool
) -> None:
    assert is_on(said) is on


@pytest.mark.parametrize(
    ("said", "because"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is 'zipkin': there are otlp and none"),
        (
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc': there is http/protobuf",
        ),
    ],
)
def test_what_there_is_not_is_refused_at_the_start(said: dict[str, str], because: str) -> None:
    with pytest.raises(TracingUnfit, match=because):
        is_on(said)


def test_where_it_is_off_nothing_of_the_sdk_is_imported() -> None:
    asks = (
        "import sys; from servicekit import service, tracing; print(tracing.begin('toy'));"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    )
    said = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True, env={})
    assert said.stdout.split("\n") == ["None", "[]", ""]


def test_where_it_is_off_records_carry_what_they_always_did() -> None:
    folded = folded_in(None, session(("traceparent", OTHER), ("ce_traceparent", THEIRS)))
    assert [(out.topic, dict(out.headers).get("ce_traceparent")) for out in folded.out] == [
        ("session-held", THEIRS),
        ("receipts.acme", None),
    ]
    assert all("traceparent" not in dict(out.headers) for out in folded.out)
    assert folded.each == []


@pytest.mark.parametrize(
    "carried",
    [
        (("traceparent", THEIRS),),
        (("traceparent", THEIRS), ("ce_traceparent", OTHER)),
        (("ce_traceparent", THEIRS),),
        (("traceparent", b"00-nothing"), ("ce_traceparent", THEIRS)),
        (("Traceparent", THEIRS),),
    ],
    ids=[
        "of the step before",
        "that rather than the event's",
        "the event's",
        "the event's for one not valid",
        "any case",
    ],
)
def test_a_record_continues_the_trace_that_it_came_with(
    tracing: Tracing, exported: InMemorySpanExporter, carried: tuple[tuple[str, bytes], ...]
) -> None:
    handled(tracing, session(*carried))
    assert child_of(of_record(exported)) == (TRACE, STEP)


@pytest.mark.parametrize("said", [b"", b"00-" + b"0" * 32 + b"-00f067aa0ba902b7-01", b"\xff\xfe", b"x" * 5000])
def test_what_is_no_traceparent_begins_the_events_own_trace_the_same_at_every_attempt(
    tracing: Tracing, exported: InMemorySpanExporter, said: bytes
) -> None:
    handled(tracing, session(("traceparent", said)))
    handled(tracing, session(("traceparent", said), offset=8))
    first, again = (s for s in exported.get_finished_spans() if s.name == "process inbox.acme.session-held")
    assert (first.parent, again.parent) == (None, None)
    assert first.context.trace_id == again.context.trace_id
    assert first.context.span_id != again.context.span_id


def test_what_follows_from_a_record_carries_its_step_and_what_the_partner_said_stays_as_it_was(
    tracing: Tracing, exported: InMemorySpanExporter
) -> None:
    folded = handled(tracing, session(("traceparent", OTHER), ("ce_traceparent", THEIRS)))
    handling = of_record(exported).context
    expected = f"00-{handling.trace_id:032x}-{handling.span_id:016x}-{handling.trace_flags:02x}"
    announced, receipt = folded.out
    assert (step(announced), step(receipt)) == (expected, expected)
    assert dict(announced.headers)["ce_traceparent"] == THEIRS


def test_what_waited_goes_out_in_its_own_trace(tracing: Tracing, exported: InMemorySpanExporter) -> None:
    waits = handled(tracing, session(("traceparent", THEIRS)), document=toy.Toy(id=REFERRAL))
    waiting = waits.changes[REFERRAL].after
    assert of_record(exported).attributes["footing.ending"] == "waiting"  # type: ignore[index]
    exported.clear()
    opened = handled(tracing, referral(), document=waiting)
    assert child_of(of_record(exported)) == (TRACE, STEP)
    assert [step(out)[3:35] for out in opened.out if out.topic == "session-held"] == [TRACE]


def test_each_record_of_a_batch_says_how_it_ended_and_links_to_the_batch(
    tracing: Tracing, exported: InMemorySpanExporter
) -> None:
    once, twice = (session(offset=offset, session_id=numbered(900)) for offset in (7, 8))
    bug = session(offset=9, event_id=numbered(102), minutes=toy.UNLUCKY_MINUTES)
    handled(tracing, once, twice, bug)
    *records, batch = exported.get_finished_spans()
    assert [(s.attributes or {})["footing.ending"] for s in records] == ["applied", "duplicate", "parked"]
    assert [[link.context.span_id for link in s.links] for s in records] == [[batch.context.span_id]] * 3
    assert (batch.name, (batch.attributes or {})["messaging.batch.message_count"]) == ("process footing-toy-gate", 3)


def test_a_batch_that_does_not_commit_is_not_told_of(tracing: Tracing, exported: InMemorySpanExporter) -> None:
    folded_in(tracing.of_loop("footing-toy-gate")([session()]), session())
    assert exported.get_finished_spans() == ()


def test_no_span_holds_a_referral_a_key_or_anything_of_a_payload(
    tracing: Tracing, exported: InMemorySpanExporter
) -> None:
    handled(tracing, session(("traceparent", THEIRS), ("baggage", b"person=somebody")), referral())
    handled(tracing, session(offset=8, event_id=numbered(102), minutes=toy.UNLUCKY_MINUTES))
    told = "".join(span.to_json() for span in exported.get_finished_spans())
    payload = json.loads(toy.session(REFERRAL)) | json.loads(toy.referral_made(REFERRAL))
    said = [str(value) for value in payload.values() if isinstance(value, str) and len(value) > 2]
    assert [value for value in (*said, REFERRAL, "somebody", "a bug of the toy") if value in told] == []


def test_only_a_row_that_says_so_carries_the_trace(tracing: Tracing) -> None:
    def takes(known: toy.Toy, _event: Any, _at: Any) -> Accept[toy.Toy]:
        rows = (Row("told", {"_id": "1"}, continues=True), Row("persons", {"_id": "2"}))
        return Accept(known, rows=rows)

    hears = Hears(gate=dict.fromkeys(toy.LOOP.hears.gate, takes))
    told, person = handled(tracing, session(("traceparent", THEIRS)), hears=hears).rows
    assert told.document["traceparent"].startswith(f"00-{TRACE}-")
    assert person == Row("persons", {"_id": "2"})


async def test_a_relay_says_when_each_record_was_sent_and_only_of_those_with_a_context(
    tracing: Tracing, exported: InMemorySpanExporter
) -> None:
    class Sender:
        async def send(self, records: Any) -> None: ...
        async def close(self) -> None: ...

    traced = Outgoing("session-held", 3, REFERRAL.encode(), b"", (("ce_id", b"an-id"), ("traceparent", THEIRS)))
    await tracing.of_relay(Sender()).send([traced, traced._replace(headers=(("ce_id", b"an-id"),))])
    [sent] = exported.get_finished_spans()
    assert (sent.name, child_of(sent)) == ("send session-held", (TRACE, STEP))


def test_events_of_a_request_are_sent_in_the_trace_that_each_names_or_else_in_the_requests(
    tracing: Tracing, exported: InMemorySpanExporter
) -> None:
    item = session()
    own = replace(item.read, traceparent=OTHER.decode())  # type: ignore[type-var]
    with tracing.of_request("POST", "/events", (None, THEIRS.decode())):
        sending = tracing.of_door([(own, item.record), (item.read, item.record)])  # type: ignore[list-item]
        sending.ends([item.record, None])
    elsewhere, with_it, request = exported.get_finished_spans()
    assert f"{elsewhere.context.trace_id:032x}" == OTHER.decode()[3:35]
    assert [link.context.span_id for link in elsewhere.links] == [request.context.span_id]
    assert child_of(with_it) == (TRACE, f"{request.context.span_id:016x}")
    assert child_of(request) == (TRACE, STEP)
    assert (with_it.attributes or {})["error.type"] == "not_acknowledged"


def test_what_goes_wrong_is_told_by_its_kind_and_not_by_its_text(
    tracing: Tracing, exported: InMemorySpanExporter
) -> None:
    with pytest.raises(ValueError, match="a person"), tracing.of_notification(THEIRS.decode(), 1):
        raise ValueError("a person")
    [span] = exported.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "a person" not in span.to_json()


def test_the_log_names_the_event_and_the_trace_of_what_is_parked_or_refused(tracing: Tracing) -> None:
    bug = session(("traceparent", THEIRS), event_id=numbered(102), minutes=toy.UNLUCKY_MINUTES)
    wrong = session(event_id=numbered(103), offset=8, no_such_field=1)
    folded = handled(tracing, bug, wrong)
    parked, refused = (folded.about[item.record.place] for item in (bug, wrong))
    assert (parked["event_id"], parked["trace_id"], "reason" in parked) == (numbered(102), TRACE, False)
    assert (refused["event_id"], refused["reason"]) == (numbered(103), "field_unknown")
    assert refused.keys() == {"event_id", "type", "reason", "trace_id", "span_id"}  # a field's name may be anybody's
    assert folded_in(None, wrong).about[wrong.record.place].keys() == {"event_id", "type", "reason"}
