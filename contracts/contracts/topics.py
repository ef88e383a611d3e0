"""The topics of Footing: which events travel on each, which service keeps its gate, how it is set up."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Payload
from contracts.erasure_requested import ErasureRequested
from contracts.fit_notes_counted import FitNotesCounted
from contracts.follow_up_due import FollowUpDue
from contracts.outcome_recorded import OutcomeRecorded
from contracts.permission import PermissionGiven, PermissionWithdrawn
from contracts.referral_made import AcceptedReferral, ReferralMade
from contracts.session_held import SessionHeld
from contracts.session_not_held import SessionNotHeld

CANONICAL_PARTITIONS: Final = 8  # never changes: more lanes means a new generation of topics and a rebuild
INBOX_PARTITIONS: Final = 2
INBOX_DAYS: Final = 90
RECEIPT_PARTITIONS: Final = 2
RECEIPT_DAYS: Final = 400
LARGEST_VALUE_BYTES: Final = 262_144  # the same bound as at the door
LARGEST_BATCH_BYTES: Final = 1_048_588  # Kafka's own default, which ordinary clients fill; a value is bounded above
PARTNER_PATTERN: Final = "[a-z][a-z0-9-]{1,39}"
OURSELVES: Final = "footing"  # the `partner` of our own events; no partner may be called so


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: its name on the wire, its payload before and behind the gate, its topic."""

    name: str
    payload: type[Payload]
    canonical: type[Payload]
    topic: str | None  # None: on the topic of the event that it voids

    @property
    def event(self) -> str:
        """`referral-made` of `footing.referral-made.v1`."""
        return self.name.split(".")[1]


def _type(event: str, payload: type[Payload], topic: str | None, canonical: type[Payload] | None = None) -> EventType:
    return EventType(f"footing.{event}.v1", payload, canonical or payload, topic)


EVENT_TYPES: Final = {
    kind.name: kind
    for kind in (
        _type("referral-made", ReferralMade, "referral-made", AcceptedReferral),
        _type("session-held", SessionHeld, "session-held"),
        _type("session-not-held", SessionNotHeld, "session-not-held"),
        _type("outcome-recorded", OutcomeRecorded, "outcome-recorded"),
        _type("permission-given", PermissionGiven, "permissions"),
        _type("permission-withdrawn", PermissionWithdrawn, "permissions"),
        _type("entry-withdrawn", EntryWithdrawn, None),
        _type("fit-notes-counted", FitNotesCounted, "fit-notes-counted"),
        _type("follow-up-due", FollowUpDue, "follow-up-due"),
        _type("erasure-requested", ErasureRequested, "erasure-requested"),
    )
}

GATES: Final = {
    "referral-made": "referral",
    "permissions": "referral",
    "session-held": "case",
    "session-not-held": "case",
    "outcome-recorded": "outcomes",
    "fit-notes-counted": "outcomes",
}
OWN_TOPICS: Final = ("follow-up-due", "erasure-requested")
_WITHDRAWABLE: Final = (*GATES, "follow-up-due")  # what is due no longer is once it was done
CANONICAL_TOPICS: Final = (*GATES, *OWN_TOPICS)

_INBOX: Final = re.compile(rf"inbox\.({PARTNER_PATTERN})\.({'|'.join(GATES)})")
# EntryWithdrawn has no topic of its own: it goes where the event went that it voids.
_TYPES_ON: Final = {
    topic: {
        kind.name: kind
        for kind in EVENT_TYPES.values()
        if kind.topic == topic or (kind.topic is None and topic in _WITHDRAWABLE)
    }
    for topic in CANONICAL_TOPICS
}


def inbox(partner: str, topic: str) -> str:
    """The partner's own topic for what shall reach the canonical `topic`."""
    return f"inbox.{partner}.{topic}"


def receipts(partner: str) -> str:
    """The partner's topic of receipts."""
    return f"receipts.{partner}"


@lru_cache(maxsize=4096)
def inbox_parts(name: str) -> tuple[str, str] | None:
    """(partner, canonical topic) of an inbox topic's name; None if it is no inbox."""
    match = _INBOX.fullmatch(name)
    return (match[1], match[2]) if match and match[1] != OURSELVES else None


def types_on(topic: str) -> dict[str, EventType]:
    """The event types, by name, that may travel on a canonical topic (or on the inboxes before it)."""
    return _TYPES_ON.get(topic, {})
