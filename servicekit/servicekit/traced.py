"""What is traced of records: their handling in a batch, and their sending. Names are OpenTelemetry's for messaging."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from time import time_ns
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, get_current_span, set_span_in_context
from structlog.contextvars import bind_contextvars

from contracts.envelope import Event, Payload, Record, Refusal
from servicekit.folded import Folded
from servicekit.outgoing import TRACEPARENT, Outgoing
from servicekit.ports import Sender
from servicekit.reading import Item
from servicekit.spans import Attributes, Spans, context_of, failed, written
from servicekit.tracing import ids_of

_CARRIED: Final = "ce_traceparent"  # what the partner said of the event, as every hop carries it on
Place = tuple[str, int, int]


class Handling:
    """One batch: a span for it, and for each record one that continues the record's own trace and links to the batch.

    Made anew for each attempt at the transaction; what does not commit is never exported. Lines of the log that the
    task writes from here on have the ids of the batch.
    """

    def __init__(self, spans: Spans, group: str, items: Sequence[Item]) -> None:
        self._spans, self._group = spans, group
        self._began = time_ns()
        self._of: dict[Place, Span] = {}
        counted = {"messaging.batch.message_count": len(items)}
        self._batch = spans.begun(f"process {group}", SpanKind.CONSUMER, {**_processing(group), **counted})
        bind_contextvars(**ids_of(written(self._batch)))

    def trace(self, item: Item) -> bytes:
        """What a record, or row, that follows from this one carries."""
        return written(self._span(item))

    def ends(self, items: Sequence[Item], folded: Folded[Any]) -> None:
        """The transaction has committed: how each record ended. What waited and goes out now was asked for before."""
        for item, ending in zip(items, folded.each, strict=False):  # of what was parked and is tried again none is told
            self._span(item).set_attribute("footing.ending", ending)
        for span in (*self._of.values(), self._batch):
            span.end()

    def _span(self, item: Item) -> Span:
        record = item.record
        place = (record.topic, record.partition, record.offset)
        if place not in self._of:
            event_id = item.read.event_id if isinstance(item.read, Refusal) else item.read.id
            of_log = {**_in(*place[:2]), "messaging.kafka.offset": record.offset}
            about = {**_processing(self._group), **of_log, **_about(event_id, item.read.type)}
            self._of[place] = self._spans.begun(
                f"process {record.topic}", SpanKind.CONSUMER, about,
                parent=_parent(item), of_event=event_id, link=self._batch, at=self._began,
            )  # fmt: skip
        return self._of[place]


class Sending:
    """Events that the door writes to inboxes: a span each, in the trace that the event names or else the request's."""

    def __init__(self, spans: Spans, taken: Iterable[tuple[Event[Payload], Record]]) -> None:
        self.records: list[Record] = []
        self._of: list[Span] = []
        asked = get_current_span()
        request = set_span_in_context(asked, Context())
        for event, record in taken:
            own = _elsewhere(context_of(event.traceparent), asked)
            span = spans.begun(
                f"send {record.topic}", SpanKind.PRODUCER,
                {**_SENDING, "messaging.destination.name": record.topic, **_about(event.id, event.type)},
                parent=own or request, link=asked if own else None,
            )  # fmt: skip
            self._of.append(span)
            self.records.append(record._replace(headers=(*record.headers, (TRACEPARENT, written(span)))))

    def ends(self, placed: Sequence[Record | None]) -> None:
        """Where each stands; None: it was not taken."""
        for span, record in zip(self._of, placed, strict=True):
            if record is None:
                failed(span, "not_acknowledged")
            else:
                span.set_attributes({**_in(record.topic, record.partition), "messaging.kafka.offset": record.offset})
            span.end()


class TracedSender:
    """A relay's sender that says how long each record with a context took to be acknowledged."""

    def __init__(self, sender: Sender, spans: Spans) -> None:
        self._sender, self._spans = sender, spans

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Send them all. Raises what the sender raises, and then nothing was sent that a span could tell of."""
        began = time_ns()
        await self._sender.send(records)
        for record in records:
            said = dict(record.headers)
            if (context := context_of(said.get(TRACEPARENT))) is not None:
                about = _about(_text(said, "ce_id"), _text(said, "ce_type"))
                attributes = {**_SENDING, **_in(record.topic, record.partition), **about}
                self._spans.begun(
                    f"send {record.topic}", SpanKind.PRODUCER, attributes, parent=context, at=began
                ).end()  # fmt: skip

    async def close(self) -> None:
        """Let go of the connection."""
        await self._sender.close()


class Tracing(Spans):
    """All that a service says of its traces."""

    def of_loop(self, group: str) -> Callable[[Sequence[Item]], Handling]:
        """What makes the spans of each batch of a loop."""
        return partial(Handling, self, group)

    def of_relay(self, sender: Sender) -> TracedSender:
        """The sender, with spans."""
        return TracedSender(sender, self)

    def of_door(self, taken: Iterable[tuple[Event[Payload], Record]]) -> Sending:
        """The spans of events that are about to be written to inboxes."""
        return Sending(self, taken)

    def of_request(self, method: str, route: str, parents: Iterable[str | None]) -> AbstractContextManager[Span]:
        """The span of a request; its parent is the first that is valid. Of the path only the route is told."""
        about: Attributes = {"http.request.method": method, "http.route": route}
        return self.span(f"{method} {route}", SpanKind.SERVER, about, _first_valid(parents))

    def of_notification(self, traceparent: str | None, attempt: int) -> AbstractContextManager[Span]:
        """The span of one attempt to tell somebody, in the trace of what it tells of. Not of whom, nor what."""
        return self.span("notify", SpanKind.CLIENT, {"footing.attempt": attempt}, context_of(traceparent))

    def told(self, channel: str, result: str, reason: str | None) -> None:
        """How the attempt ended that is being made."""
        span = get_current_span()
        span.set_attributes({"footing.channel": channel, "footing.result": result})
        if reason is not None:
            failed(span, reason)


_SENDING: Final = {
    "messaging.system": "kafka", "messaging.operation.name": "send", "messaging.operation.type": "send",
}  # fmt: skip


def _processing(group: str) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka", "messaging.operation.name": "process", "messaging.operation.type": "process",
        "messaging.consumer.group.name": group,
    }  # fmt: skip


def _in(topic: str, partition: int) -> dict[str, str | int]:
    return {"messaging.destination.name": topic, "messaging.destination.partition.id": str(partition)}


def _about(event_id: str | None, kind: str | None) -> dict[str, str | int]:
    """Which event, and of which type. Its subject is the referral, and so is the key: neither is told."""
    said = {"cloudevents.event_id": event_id, "cloudevents.event_type": kind}
    return {name: value for name, value in said.items() if value is not None}


def _text(headers: Mapping[str, bytes | None], name: str) -> str:
    return (headers.get(name) or b"").decode(errors="replace")


def _parent(item: Item) -> Context | None:
    """The step that wrote the record; else what the partner said of the event."""
    headers = {name.lower(): value for name, value in item.record.headers}
    said = (headers.get(TRACEPARENT), headers.get(_CARRIED), getattr(item.read, "traceparent", None))
    return _first_valid(said)


def _first_valid(said: Iterable[str | bytes | None]) -> Context | None:
    return next((context for text in said if (context := context_of(text)) is not None), None)


def _elsewhere(own: Context | None, span: Span) -> Context | None:
    """The context, if it is of another trace than the span, which is nearer."""
    trace_id = get_current_span(own).get_span_context().trace_id if own is not None else None
    return None if trace_id == span.get_span_context().trace_id else own
