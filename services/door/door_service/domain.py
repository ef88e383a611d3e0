"""What an HTTP request says, as the record that a Kafka client would have written; and what became of an event."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec

from contracts import codec
from contracts.envelope import Event, Payload, Problem, Record, Refusal
from contracts.reasons import REASONS
from contracts.referral_made import ReferralMade
from contracts.topics import EVENT_TYPES, GATES, LARGEST_VALUE_BYTES, inbox
from contracts.wire import Headers, media_type
from servicekit import admission
from servicekit.documents import Document
from servicekit.listening import BUSY, RETRY_AFTER_SECONDS
from servicekit.partners import Partner

JSON: Final = "application/json"
BATCH: Final = "application/cloudevents-batch+json"
MOST_EVENTS: Final = 1_000
LARGEST_BATCH_BYTES: Final = 8 * 1024 * 1024
MOST_BATCH_ENTRIES: Final = 200_000  # 200 an event, twice what the fullest has: each costs a microsecond or five
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
    """The request is not taken; where that passes, after how long it may come again."""

    def __init__(self, status: int, problem: Problem, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(problem.code)
        self.status, self.problem, self.retry_after_seconds = status, problem, retry_after_seconds


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
    said = [
        (name[3:].decode("latin-1"), unquote_to_bytes(value) if b"%" in value else value)
        for name, value in headers
        if name.startswith(b"ce-")
    ]
    given = {name: value.decode(errors="replace") for name, value in said}
    aim = _Aim(given.get("type", ""), given.get("subject", ""), msgspec.Raw(body))
    as_kafka = (*((f"ce_{name}", value) for name, value in said), ("content-type", JSON.encode()))
    return _taken(aim, body, as_kafka, partner, now)


def structured(body: bytes, partner: Partner, now: datetime) -> Taken | Refusal:
    """One event in structured mode: attributes and payload in one JSON object."""
    return _taken(_aimed(body, _aim, _Aim()), body, _AS_STRUCTURED, partner, now)


def batch(body: bytes, partner: Partner, now: datetime) -> list[Taken | Refusal] | Problem:
    """A verdict on each event of a batch."""
    events = events_of(body)
    return events if isinstance(events, Problem) else [structured(event, partner, now) for event in events]


def events_of(body: bytes) -> list[bytes] | Problem:
    """The events of a batch, up to 1,000 in structured mode, as the bytes that were sent.

    Written anew, a name that stands twice in an event would stand once.
    """
    expected = f"a JSON array of 1 to {MOST_EVENTS} CloudEvents"
    if body.count(b",") > MOST_BATCH_ENTRIES:
        return Problem("too_large", "value", f"at most {MOST_BATCH_ENTRIES} names and entries")
    try:
        events = _batch.decode(body)
    except msgspec.ValidationError:
        return Problem("batch_invalid", "value", expected)
    except (msgspec.DecodeError, RecursionError):
        return Problem("not_json", "value", expected)
    if not 1 <= len(events) <= MOST_EVENTS:
        return Problem("batch_invalid", "value", expected)
    return [bytes(event) for event in events]


class _Aim(msgspec.Struct):
    """What of an event says where it goes, whatever stands there: the codec says what is wrong with it."""

    type: Any = ""
    subject: Any = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Voided(msgspec.Struct):
    type: Any = ""


class _Voiding(msgspec.Struct):
    withdraws: _Voided = msgspec.field(default_factory=_Voided)


S = TypeVar("S", bound=msgspec.Struct)
_batch: Final = msgspec.json.Decoder(list[msgspec.Raw])
_aim: Final = msgspec.json.Decoder(_Aim)
_voiding: Final = msgspec.json.Decoder(_Voiding)
_AS_STRUCTURED: Final = (("content-type", codec.STRUCTURED.encode()),)


def _aimed(body: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[S], otherwise: S) -> S:
    """As far as the bytes say it. Nothing else of them is looked at, and no more than the codec bounds."""
    if len(body) > LARGEST_VALUE_BYTES:
        return otherwise
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return otherwise


def _topic(aim: _Aim) -> str:
    """The topic of the event; an EntryWithdrawn goes where the event went that it voids."""
    kind = aim.type
    if kind == ENTRY_WITHDRAWN:
        kind = _aimed(aim.data, _voiding, _Voiding()).withdraws.type
    known = EVENT_TYPES.get(kind) if isinstance(kind, str) else None
    return known.topic if known is not None and known.topic in GATES else "referral-made"


def _taken(aim: _Aim, body: bytes, headers: Headers, partner: Partner, now: datetime) -> Taken | Refusal:
    """Ask the codec, and what a gate asks first; what may go in is written anew, as our own clients write it."""
    topic = inbox(partner.name, _topic(aim))
    key = aim.subject.encode(errors="replace") if isinstance(aim.subject, str) else b""
    event = codec.decode_inbox(Record(topic, -1, -1, key, body, headers))
    if isinstance(event, Refusal):
        return _for_http(event, aim.type)
    problem = admission.objects_to(event, partner, now)
    if problem is None and isinstance(event.data, ReferralMade) and event.data.scheme_id not in partner.schemes:
        problem = Problem("scheme_not_yours", "data.scheme_id", "a scheme of your registration")
    if problem is not None:
        return Refusal(problem, event.id, event.type, event.subject)
    return Taken(event, codec.encode(event)._replace(topic=topic))


def _for_http(refusal: Refusal, kind: Any) -> Refusal:
    """There is one door for all topics: a type is unknown, or not for partners, but never on a wrong topic."""
    if refusal.problem.field != "type" or refusal.problem.code not in ("type_unknown", "wrong_topic"):
        return refusal
    code = "event_not_yours" if kind in EVENT_TYPES else "type_unknown"
    return Refusal(
        Problem(code, "type", f"one of {', '.join(PUBLISHED)}"), refusal.event_id, refusal.type, refusal.referral_id
    )


def unavailable() -> Declined:
    """Kafka or MongoDB is away; whoever comes again loses nothing."""
    return Declined(503, BUSY, retry_after_seconds=RETRY_AFTER_SECONDS)


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
