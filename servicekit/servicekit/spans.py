"""Spans of what a service does, made and exported by OpenTelemetry. Imported only where tracing is on.

A span holds ids of events, their types and places in the log, and how it ended; never a referral, a person, a key, a
payload or the text of an exception. Contexts of others are read from `traceparent` alone: what travels as `baggage` or
`tracestate` may be anything.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from time import time_ns
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_BSP_MAX_QUEUE_SIZE
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.contextvars import bound_contextvars

from servicekit.outgoing import TRACEPARENT
from servicekit.tracing import ids_of

Attributes = Mapping[str, str | int]

_QUEUE: Final = 20_000  # spans: some batches of a loop, which come at once; the SDK's own 2,048 would lose most
_CLOSE_SECONDS: Final = 3.0
_w3c: Final = TraceContextTextMapPropagator()


class Spans:
    """Makes the spans of one service, in its event loop's thread; `to` exports them in another."""

    def __init__(self, service: str, to: SpanProcessor) -> None:
        self.service = service
        self._ids = _Ids()
        self._provider = TracerProvider(resource=_resource(service), id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(to)
        self._tracer = self._provider.get_tracer("footing")

    def begun(
        self,
        name: str,
        kind: SpanKind,
        attributes: Attributes,
        *,
        parent: Context | None = None,
        of_event: str | None = None,
        link: Span | None = None,
        at: int | None = None,
    ) -> Span:
        """A span that somebody ends; one that nobody ends is never exported.

        Without a parent it begins a trace: that of the event where one is named, so that whatever happens to an event
        that came without any context is one trace, now or at a later attempt, here or in another service.
        """
        if of_event is not None:
            self._ids.next_trace = trace_of(of_event)
        links = [] if link is None else [Link(link.get_span_context())]
        try:
            return self._tracer.start_span(
                name, parent or Context(), kind, attributes, links, at or time_ns(),
                record_exception=False, set_status_on_exception=False,
            )  # fmt: skip
        finally:
            self._ids.next_trace = None

    @contextmanager
    def span(self, name: str, kind: SpanKind, attributes: Attributes, parent: Context | None) -> Iterator[Span]:
        """The span of what is done inside, and its ids in each line of the log that is written there."""
        span = self.begun(name, kind, attributes, parent=parent)
        with (
            trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False),
            bound_contextvars(**ids_of(written(span))),
        ):
            try:
                yield span
            except BaseException as error:
                failed(span, type(error).__name__)  # never its text
                raise

    def close(self) -> None:
        """Export what is left, for some seconds; a collector that is away must not hold up the end of the service."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(_CLOSE_SECONDS)


def to_collector() -> SpanProcessor:
    """Batches to the collector that OpenTelemetry's variables name."""
    queue = None if os.environ.get(OTEL_BSP_MAX_QUEUE_SIZE) else _QUEUE
    return BatchSpanProcessor(OTLPSpanExporter(), max_queue_size=queue)


def context_of(traceparent: str | bytes | None) -> Context | None:
    """The context that a `traceparent` names; None where it is not valid."""
    if not traceparent:
        return None
    text = traceparent.decode("latin-1") if isinstance(traceparent, bytes) else traceparent
    context = _w3c.extract({TRACEPARENT: text}, Context())
    return context if trace.get_current_span(context).get_span_context().is_valid else None


def written(span: Span) -> bytes:
    """The `traceparent` of a span."""
    said = span.get_span_context()
    return f"00-{said.trace_id:032x}-{said.span_id:016x}-{said.trace_flags:02x}".encode()


def failed(span: Span, kind: str) -> None:
    """It failed, and of which kind the failure is."""
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))


def trace_of(event_id: str) -> int:
    """The trace of an event that came without any. Not the id itself: samplers need ids whose every bit is random."""
    return int.from_bytes(blake2b(event_id.encode(), digest_size=16).digest(), "big")


class _Ids(RandomIdGenerator):
    """Random ids, but for the trace that is chosen for the span that begins next."""

    next_trace: int | None = None

    def generate_trace_id(self) -> int:
        """The trace that was chosen, or any."""
        return self.next_trace or super().generate_trace_id()


def _resource(service: str) -> Resource:
    """What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say; where they do not, the service's own name."""
    said = Resource.create()
    named = {**{"service.namespace": "footing"}, **said.attributes}
    if str(named["service.name"]).startswith("unknown_service"):
        named["service.name"] = f"footing-{service}"
    return Resource(named, said.schema_url)
