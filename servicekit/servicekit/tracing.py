"""Whether anything is traced: said by OpenTelemetry's own variables, and off unless they say so.

Where it is off nothing of OpenTelemetry's SDK is imported, and a loop pays one question a batch.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from servicekit.unfit import Unfit

if TYPE_CHECKING:
    from servicekit.traced import Tracing

_EXPORTERS: Final = ("otlp", "none")
_PROTOCOL: Final = "http/protobuf"


class TracingUnfit(Unfit):
    """A variable asks for what there is not."""


def begin(service: str, environment: Mapping[str, str] = os.environ) -> "Tracing | None":
    """What makes the spans of a service; None where tracing is off. Raises `TracingUnfit`."""
    if not is_on(environment):
        return None
    from servicekit import spans, traced  # noqa: PLC0415  0.3 s that only those pay who trace

    return traced.Tracing(service, spans.to_collector())


def is_on(environment: Mapping[str, str]) -> bool:
    """On where an exporter or an endpoint is named, unless it is disabled. Raises `TracingUnfit`."""
    if _said(environment, "OTEL_SDK_DISABLED").lower() == "true":
        return False
    exporter = _said(environment, "OTEL_TRACES_EXPORTER") or ("otlp" if _endpoint(environment) else "none")
    if exporter not in _EXPORTERS:
        raise TracingUnfit(f"OTEL_TRACES_EXPORTER is {exporter!r}: there are {' and '.join(_EXPORTERS)}")
    if exporter == "none":
        return False
    names = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = next((said for name in names if (said := _said(environment, name))), _PROTOCOL)
    if protocol != _PROTOCOL:
        raise TracingUnfit(f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol!r}: there is {_PROTOCOL}")
    return True


def ids_of(trace: bytes | None) -> dict[str, str]:
    """What a line of the log says of a `traceparent` of ours; nothing where nothing is traced."""
    if trace is None:
        return {}
    _, trace_id, span_id, _ = trace.decode().split("-")
    return {"trace_id": trace_id, "span_id": span_id}


def _endpoint(environment: Mapping[str, str]) -> str:
    names = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    return next((said for name in names if (said := _said(environment, name))), "")


def _said(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name, "").strip()
