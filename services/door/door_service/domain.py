"""What an HTTP request says, as the record that a Kafka client would have written; and what became of an event."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec
from pydantic_core import from_json

from contracts import codec
from contracts.envelope import Event, Payload, Problem, Record, Refusal
from contracts.reasons import REASONS
from contracts.referral_made import ReferralMade
from contracts.topics import EVENT_TYPES, GATES, LARGEST_VALUE_BYTES, inbox
from contracts.wire import media_type
from servicekit import admission
from servicekit.documents import Document
from servicekit.partners import Partner

JSON: Final = "application/json"
BATCH: Final = "application/cloudevents-batch+json"
MOST_EVENTS: Final = 1_000
RETRY_AFTER_SECONDS: Final = 5
LARGEST_BATCH_BYTES: Final = 8 * 1024 * 1024
LARGEST_BODY_BYTES: Final = {
    JSON: LARGEST_VALUE_BYTES,
    codec.STRUCTURED: LARGEST_VALUE_BYTES,
    BATCH: LARGEST_BATCH_BYTES,
}

ENTRY_WITHDRAWN: Final = "footing.entry-withdrawn.v1"
PUBLISHED: Final = tuple(kind.name for kind in EVENT_TYPES.values() if kind.topic in GATES or kind.topic is None)


@dataclass(frozen=True, slots=True)
class Taken:
    """An event that may go in, and the record that takes it in."""

    event: Event[Payload]
    record: Record


class Declined(Exception):  # noqa: N818  an answer to the client
    """The request is not taken."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.code)
        self.status, self.problem = status, problem


def status_of(problem: Problem) -> int:
    """The HTTP status that says so."""
    return REASONS[problem.code].status


def kind_of(content_type: str, content_encoding: str = "") -> str | Problem:
    """The content type of a request; the problem if it is none of ours, not UTF-8, or the body is compressed."""
    if content_encoding.strip().lower() not in ("", "identity"):
        return Problem("compressed", "content-encoding", "none")
    kind = media_type(content_type)
    if kind not in LARGEST_BODY_BYTES:
        return Problem("content_type_unknown", "content-type", f"{', '.join(LARGEST_BODY_BYTES)}, in UTF-8")
    return kind


def too_large(kind: str) -> Problem:
    """The body of a request of this content type is larger than it may be."""
    return Problem("too_large", "value", f"at most {LARGEST_BODY_BYTES[kind]} bytes")


def binary(headers: Iterable[tuple[bytes, bytes]], body: bytes, partner: Partner, now: datetime) -> Taken | Refusal:
    """One event in binary mode: `ce-*` headers (percent-encoded UTF-8), the payload as the body."""
    said = [(name.decode("latin-1"), unquote_to_bytes(value)) for name, value in headers if name.startswith(b"ce-")]
    attributes = {name[3:]: value.decode(errors="replace") for name, value in said}
    record = _record(attributes, _parsed(body), body, partner)
    as_kafka = (*((f"ce_{name[3:]}", value) for name, value in said), ("content-type", JSON.encode()))
    return _taken(record._replace(headers=as_kafka), attributes, partner, now)


def structured(body: bytes, partner: Partner, now: datetime) -> Taken | Refusal:
    """One event in structured mode: attributes and payload in one JSON object."""
    parsed = _parsed(body)
    attributes = {name: value for name, value in parsed.items() if isinstance(value, str)}
    record = _record(attributes, parsed.get("data"), body, partner)
    return _taken(record._replace(headers=(("content-type", codec.STRUCTURED.encode()),)), attributes, partner, now)


def batch(body: bytes, partner: Partner, now: datetime) -> list[Taken | Refusal] | Problem:
    """Up to 1,000 events in structured mode, each with a verdict of its own, on the bytes that were sent.

    Written anew, a name that stands twice in an event would stand once.
    """
    expected = f"a JSON array of 1 to {MOST_EVENTS} CloudEvents"
    try:
        events = msgspec.json.decode(body, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        return Problem("batch_invalid", "value", expected)
    except (msgspec.DecodeError, RecursionError):
        return Problem("not_json", "value", expected)
    if not 1 <= len(events) <= MOST_EVENTS:
        return Problem("batch_invalid", "value", expected)
    return [structured(bytes(event), partner, now) for event in events]


def _parsed(body: bytes) -> dict[str, Any]:
    """The body as an object, as far as it is one: the codec says what is wrong with it."""
    try:
        parsed = from_json(body, allow_inf_nan=False)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _record(attributes: Mapping[str, str], data: Any, body: bytes, partner: Partner) -> Record:
    topic = inbox(partner.name, _topic(attributes.get("type", ""), data))
    return Record(topic, -1, -1, attributes.get("subject", "").encode(errors="replace"), body, ())


def _topic(kind: str, data: Any) -> str:
    """The topic of the event; an EntryWithdrawn goes where the event went that it voids."""
    if kind == ENTRY_WITHDRAWN and isinstance(data, dict) and isinstance(data.get("withdraws"), dict):
        kind = str(data["withdraws"].get("type"))
    known = EVENT_TYPES.get(kind)
    return known.topic if known is not None and known.topic in GATES else "referral-made"


def _taken(record: Record, attributes: Mapping[str, str], partner: Partner, now: datetime) -> Taken | Refusal:
    """Ask the codec, and what a gate asks first; what may go in is written anew, as our own clients write it."""
    event = codec.decode_inbox(record)
    if isinstance(event, Refusal):
        return _for_http(event, attributes)
    problem = admission.objects_to(event, partner, now)
    if problem is None and isinstance(event.data, ReferralMade) and event.data.scheme_id not in partner.schemes:
        problem = Problem("scheme_not_yours", "data.scheme_id", "a scheme of your registration")
    if problem is not None:
        return Refusal(problem, event.id, event.type, event.subject)
    return Taken(event, codec.encode(event)._replace(topic=record.topic))


def _for_http(refusal: Refusal, attributes: Mapping[str, str]) -> Refusal:
    """There is one door for all topics: a type is unknown, or not for partners, but never on a wrong topic."""
    if refusal.problem.field != "type" or refusal.problem.code not in ("type_unknown", "wrong_topic"):
        return refusal
    code = "event_not_yours" if attributes.get("type") in EVENT_TYPES else "type_unknown"
    return Refusal(
        Problem(code, "type", f"one of {', '.join(PUBLISHED)}"), refusal.event_id, refusal.type, refusal.referral_id
    )


def problem_json(status: int, problem: Problem) -> dict[str, Any]:
    """A problem as RFC 9457 has it, with the reason code, the field and what was expected."""
    reason = REASONS[problem.code]
    return {
        "type": f"urn:footing:reason:{problem.code}",
        "title": reason.meaning,
        "status": status,
        "code": problem.code,
        "field": problem.field,
        "expected": problem.expected,
        "remedy": reason.remedy,
    }


def unavailable() -> Declined:
    """Kafka or MongoDB is away; whoever comes again loses nothing."""
    return Declined(503, Problem("unavailable", "request", f"the same again in {RETRY_AFTER_SECONDS} seconds"))


# -- what became of an event -------------------------------------------------------------------------------------

OF_THE_RECORD: Final = frozenset({"duplicate", "id_reused"})  # these never replace the fate of the event
_RANK: Final = {"received": 1, "waiting": 2, "parked": 2, "refused": 3, "accepted": 4}
MOST_KEPT: Final = 100  # of one event id: a partner that resends for ever makes no document grow for ever


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """One receipt, as it is kept."""

    type: str
    fate: str
    at: datetime
    place: str
    referral_id: str | None = None
    reason: str | None = None
    field: str | None = None
    expected: str | None = None


class Fates(Document, kw_only=True, omit_defaults=True):
    """All receipts of one partner's event id (`_id` is `<partner>/<event id>`), in the order of their times."""

    said: tuple[Said, ...] = ()
    last_at: datetime | None = None


def with_receipt(fates: Fates, said: Said) -> Fates:
    """The same fates with one more receipt; the same again if it was there, or if no more are kept."""
    if said in fates.said or (len(fates.said) >= MOST_KEPT and said.fate in OF_THE_RECORD):
        return fates
    together = tuple(sorted((*fates.said, said), key=lambda each: (each.at, _RANK.get(each.fate, 0))))
    return msgspec.structs.replace(fates, said=together, last_at=together[-1].at)


def fate_of(said: Sequence[Said]) -> Said:
    """The receipt that says what became of the event: accepted once is accepted for ever, then the latest word."""
    about_it = [each for each in said if each.fate not in OF_THE_RECORD]
    if not about_it:  # its own receipt is on its way; that something repeats it says that we have it
        return msgspec.structs.replace(said[0], fate="received", reason=None, field=None, expected=None)
    return max(about_it, key=lambda each: (_RANK[each.fate], each.at))


def told(fates: Fates, kind: str | None) -> dict[str, Any] | None:
    """What the partner is answered. `kind` chooses where events of several types share the id; None: the first."""
    kinds = list(dict.fromkeys(each.type for each in fates.said))
    if not kinds or (kind is not None and kind not in kinds):
        return None
    chosen = kind or kinds[0]
    said = [each for each in fates.said if each.type == chosen]
    event_id = fates.id.partition("/")[2]
    answer = {"event_id": event_id, **_shown(fate_of(said)), "history": [_shown(each) for each in said]}
    others = [other for other in kinds if other != chosen]
    return {**answer, "same_id": others} if others else answer


def _shown(said: Said) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(said)
    return shown
