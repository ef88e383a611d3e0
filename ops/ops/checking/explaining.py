"""The rule that an event broke, and one that keeps it: made up, in the form in which the broken one came."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from contracts import codec, exemplars, schemas
from contracts.envelope import Event, Payload, Record
from contracts.outcome_recorded import Closure, WorkStatus
from contracts.session_held import ProgrammeWeek
from contracts.topics import EVENT_TYPES, GATES, inbox, inbox_parts
from door_service.domain import BATCH, JSON
from ops.checking.inputs import Found, Sent
from ops.checking.verdicts import Verdict

_RULES: Final = {
    "value": "UTF-8 JSON of at most 256 KiB: the payload as an object, or a whole CloudEvent in structured mode",
    "key": "the key is the subject: the referral id, or ods:<practice code> for fit notes",
    "topic": "inbox.<partner>.<topic of the event>",
    "content-type": "application/json, application/cloudevents+json; of a batch application/cloudevents-batch+json",
    "content-encoding": "bodies are sent as they are",
    "specversion": "always 1.0",
    "id": "a UUID in lower case, another for each event; the same again when the same event is sent again",
    "source": "urn:footing:partner:<your name>, and :<system> behind it if you like",
    "type": "footing.<event>.v1",
    "subject": "the referral id, as in key, partitionkey and payload; ods:<practice code> for fit notes",
    "partitionkey": "may be left out; else equal to the subject",
    "time": "when it happened: RFC 3339 with offset, from 2000 on, at most 5 minutes ahead; a session's `started_at`",
    "recordedtime": "when you recorded it: RFC 3339 with offset; may be left out",
    "datacontenttype": "application/json; may be left out",
}
_CARRIED: Final = "carried as it is: 1-512 visible ASCII characters without spaces; may be left out"
_EARLIER: Final = "0190a0b0-0000-7000-8000-0000000000e0"
# One payload of each event, with every field that one can have.
_RIGHT: Final[Mapping[str, Payload]] = {
    "referral-made": exemplars.referral_made(
        scheme_area="kentish-town",
        referrer_organisation={"system": "ods", "code": exemplars.PRACTICE},
        weekly_hours="01",
        absence_started_on=date(2026, 1, 12),
        out_of_work_since=date(2025, 6, 30),
        main_barrier="msk",
        fit_note="not_fit",
        employer_size="small",
        age_band="45-54",
        support_needs=("health", "skills"),
    ),
    "session-held": exemplars.session_held(
        site=exemplars.PRACTICE,
        programme=ProgrammeWeek(name="twelve-weeks", week=3, weeks=12),
        work_status_now="absent",
    ),
    "session-not-held": exemplars.session_not_held(),
    "outcome-recorded": exemplars.outcome_recorded(),
    "permission-given": exemplars.permission_given(),
    "permission-withdrawn": exemplars.permission_withdrawn(),
    "fit-notes-counted": exemplars.fit_notes_counted(),
}
_WORK_STATUS: Final = WorkStatus(
    checkpoint_weeks=52, status="stayed_in_work", status_on=exemplars.DAY, hours=37, same_employer=True,
    evidence="payslip", definition="seed",
)  # fmt: skip
# Where another one is needed: by the part of it that was wrong, or by the reason.
_RIGHT_FOR: Final[Mapping[str, Payload]] = {
    "data.work_status": exemplars.outcome_recorded(programme=None, work_status=_WORK_STATUS),
    "data.closure": exemplars.outcome_recorded(programme=None, closure=Closure(reason="goals_met", on=exemplars.DAY)),
    "person_not_expected": exemplars.referral_made(
        scheme_id="small-business-support", person_token=None, source_code="D1", permissions=()
    ),
}


def rule(verdict: Verdict) -> str:
    """What holds for the field that the verdict names. Empty if nothing is against the event."""
    field = verdict.field or ""
    if not field.startswith("data"):
        return _RULES.get(field, _CARRIED) if field else ""
    steps = field.split(".")[1:]
    node = _node(verdict.type, steps)
    if node is not None:
        return json.dumps(node, ensure_ascii=False)
    parent = _node(verdict.type, steps[:-1]) or {}
    return f"the fields here are {', '.join(parent['properties'])}" if "properties" in parent else ""


def _node(kind: str | None, steps: list[str]) -> Mapping[str, Any] | None:
    """What the schema of a type says at this path; None if it has no such place."""
    if kind is None:
        return None
    whole = schemas.schema("", EVENT_TYPES[kind].payload)
    node: Any = whole
    for step in steps:
        inner = node.get("items") if step.isdecimal() else node.get("properties", {}).get(step)
        if inner is None:
            return None
        node = _resolved(inner, whole)
    return {name: said for name, said in node.items() if not name.startswith("$") and name != "title"}


def _resolved(node: Any, whole: Any) -> Any:
    kept = next((way for way in node.get("anyOf", ()) if way.get("type") != "null"), node)
    return whole["$defs"][kept["$ref"].rsplit("/", 1)[1]] if "$ref" in kept else kept


def example(found: Found, verdict: Verdict) -> str:
    """A right event of the same type, with the field that was wrong, in the form in which this one came."""
    event = _event(found, verdict)
    record = codec.encode(event)
    record = record._replace(topic=inbox(event.partner, record.topic))
    if isinstance(found, Sent):
        return _as_file(record)
    if found.read_as != "HTTP request":
        body = _structured(record)
        return json.dumps([body] if found.read_as.startswith("batch") else body, indent=2)
    kind = dict(found.headers).get(b"content-type", b"").decode("latin-1")
    return _as_request(record, BATCH if BATCH in kind else codec.STRUCTURED if codec.STRUCTURED in kind else JSON)


def _event(found: Found, verdict: Verdict) -> Event[Payload]:
    parts = inbox_parts(found.record.topic) if isinstance(found, Sent) else None
    topic = parts[1] if parts else None
    kind = verdict.type if verdict.type and EVENT_TYPES[verdict.type].topic in (*GATES, None) else None
    if kind is None or (topic and EVENT_TYPES[kind].topic not in (topic, None)):
        kind = next((each.name for each in EVENT_TYPES.values() if each.topic == topic), "footing.session-held.v1")
    data = _payload(kind, topic or "session-held", verdict)
    if verdict.field == "data.supersedes":
        data = data.model_copy(update={"supersedes": _EARLIER})
    return exemplars.event(data)


def _payload(kind: str, topic: str, verdict: Verdict) -> Payload:
    event = EVENT_TYPES[kind].event
    if event == "entry-withdrawn":
        voided = next(each.name for each in EVENT_TYPES.values() if each.topic == topic)
        return exemplars.entry_withdrawn(exemplars.event(_RIGHT[EVENT_TYPES[voided].event], id=_EARLIER))
    part = ".".join((verdict.field or "").split(".")[:2])
    return _RIGHT_FOR.get(verdict.reason or "") or _RIGHT_FOR.get(part) or _RIGHT[event]


def _as_file(record: Record) -> str:
    headers = {name: (value or b"").decode() for name, value in record.headers}
    key = (record.key or b"").decode()
    said = {"topic": record.topic, "key": key, "headers": headers, "value": json.loads(record.value or b"")}
    return json.dumps(said, indent=2, ensure_ascii=False)


def _structured(record: Record) -> dict[str, Any]:
    attributes = {name[3:]: (value or b"").decode() for name, value in record.headers if name.startswith("ce_")}
    return {**attributes, "data": json.loads(record.value or b"")}


def _as_request(record: Record, kind: str) -> str:
    headers = {"content-type": kind, "authorization": "Bearer <your token>"}
    body: Any = _structured(record)
    if kind == JSON:
        headers |= {f"ce-{name}": text for name, text in body.items() if name != "data"}
        body = body["data"]
    said = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return f"POST /events HTTP/1.1\n{said}\n{json.dumps([body] if kind == BATCH else body, indent=2)}"
