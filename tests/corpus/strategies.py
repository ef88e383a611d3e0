"""Hypothesis strategies of valid payloads, from the payload models: by the schema that each model gives of itself."""

import json
from datetime import date, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from contracts.schemas import schema
from contracts.topics import EVENT_TYPES, GATES
from corpus.good import Data

EVENTS: Final = tuple(kind.event for kind in EVENT_TYPES.values() if kind.topic in GATES or kind.topic is None)
_KINDS: Final = ("programme", "work_status", "closure")
_A_REFERRAL: Final = "0190a0b0-0000-7000-8000-000000000001"
_FIT_NOTES: Final = "footing.fit-notes-counted.v1"
_INSTANTS: Final = st.builds(
    lambda moment, fraction, offset: f"{moment.replace(microsecond=0).isoformat()}{fraction}{offset}",
    st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2025, 12, 30)),  # not before 2000, and not ahead
    st.sampled_from(["", ".5", ".123456", ".000000001", ".999999999"]),
    st.sampled_from(["Z", "+00:00", "-00:00", "+01:00", "-05:30", "+23:59"]),
)


def payloads(event: str) -> st.SearchStrategy[Data]:
    """Valid payloads of an event, as JSON has them, any optional field there, absent or null."""
    model = EVENT_TYPES[f"footing.{event}.v1"].payload
    whole = schema(event, model)
    ways = _one_of_the_kinds(whole) if event == "outcome-recorded" else [whole]
    return st.one_of(*(_node(way, whole) for way in ways)).map(lambda said: _fitting(event, said))


def _one_of_the_kinds(whole: Any) -> list[Any]:
    """The schema of an outcome as one of each kind, the others absent."""
    properties, required = whole["properties"], whole["required"]
    common = {name: inner for name, inner in properties.items() if name not in _KINDS}
    return [
        {**whole, "properties": {**common, kind: properties[kind]["anyOf"][0]}, "required": [*required, kind]}
        for kind in _KINDS
    ]


def _node(node: Any, whole: Any) -> st.SearchStrategy[Any]:
    if "anyOf" in node:
        return st.one_of(*(_node(way, whole) for way in node["anyOf"]))
    if "$ref" in node:
        return _node(whole["$defs"][node["$ref"].rsplit("/", 1)[1]], whole)
    if "const" in node:
        return st.just(node["const"])
    if "enum" in node:
        return st.sampled_from(node["enum"])
    return _BY_TYPE[node["type"]](node, whole)


def _object(node: Any, whole: Any) -> st.SearchStrategy[Data]:
    fields = {name: _node(inner, whole) for name, inner in node["properties"].items()}
    required = {name: fields.pop(name) for name in node.get("required", ())}
    return st.fixed_dictionaries(required, optional=fields)


def _list(node: Any, whole: Any) -> st.SearchStrategy[list[Any]]:
    bounds = {"min_size": node.get("minItems", 0), "max_size": min(node["maxItems"], 5)}
    return st.lists(_node(node["items"], whole), unique_by=_spelt if node.get("uniqueItems") else None, **bounds)


def _spelt(entry: Any) -> str:
    return json.dumps(entry, sort_keys=True)


def _text(node: Any, _whole: Any) -> st.SearchStrategy[str]:
    if node.get("format") == "date":
        return st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)).map(date.isoformat)
    if node.get("format") == "date-time":
        return _INSTANTS
    return st.from_regex(node["pattern"], fullmatch=True)


_BY_TYPE: Final = {
    "object": _object,
    "array": _list,
    "string": _text,
    "null": lambda *_: st.none(),
    "boolean": lambda *_: st.booleans(),
    "integer": lambda node, _: st.integers(node["minimum"], node["maximum"]),
}


def _fitting(event: str, said: Data) -> Data:
    """The same with what no single field's schema says: an order of days, a withdrawal of a partner's own event."""
    if event == "fit-notes-counted":
        first, last = (date.fromisoformat(said["period"][name]) for name in ("from", "to"))
        last = first + (last - first) % timedelta(days=366)
        return {**said, "period": {"from": first.isoformat(), "to": last.isoformat()}}
    return _withdrawal(said) if event == "entry-withdrawn" else said


def _withdrawal(said: Data) -> Data:
    """Not of what is ours alone to say; of a referral, but for fit notes."""
    kind, reason = said["withdraws"]["type"], said["reason"]
    kind = "footing.session-held.v1" if kind == "footing.follow-up-due.v1" else kind
    fitting = {
        **said,
        "withdraws": {**said["withdraws"], "type": kind},
        "reason": "entered_in_error" if reason == "met" else reason,
    }
    if kind == _FIT_NOTES:
        fitting.pop("referral_id", None)
    elif not fitting.get("referral_id"):
        fitting["referral_id"] = _A_REFERRAL
    return fitting
