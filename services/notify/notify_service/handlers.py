"""What the notify service does with each fact it hears: what of it somebody may be told, who permitted it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import AboutReferral, Correctable, Event
from contracts.erasure_requested import ErasureRequested
from contracts.follow_up_due import FollowUpDue
from contracts.outcome_recorded import OutcomeRecorded
from contracts.permission import PermissionGiven, PermissionWithdrawn
from contracts.referral_made import AcceptedReferral
from contracts.session_held import SessionHeld
from contracts.vocabulary import NOT_KNOWN_HERE
from notify_service.domain import Entry, Fact, Referral, Saying, erased, key_of, owed, row_of, with_entry
from servicekit.days import day_of
from servicekit.endings import Accept, Ending, Ignore, Row
from servicekit.hears import Hears, Moment

NOTIFICATIONS = "notifications"
DECLINED = ("declined", "ineligible")


@dataclass(frozen=True)
class Known:
    """What was older than so many days when it could first be told is told to nobody."""

    oldest_days: int


def on_referral_made(referral: Referral, event: Event[AcceptedReferral], at: Moment[Known]) -> Ending[Referral]:
    """A referral is received; what the person permits at once counts from the day of the referral."""
    said, day = event.data, day_of(event.time)
    organisation = said.referrer_organisation
    details = {
        "scheme_id": said.scheme_id,
        "scheme_area": said.scheme_area,
        "source_code": said.source_code,
        "referrer_system": organisation.system if organisation else None,
        "referrer_code": organisation.code if organisation else None,
        "employment_status": said.employment_status,
        "sickness_absence": said.sickness_absence,
    }
    received = Fact("referral_received", day, {name: value for name, value in details.items() if value is not None})
    given = tuple(Saying(each.recipient, each.purpose, day, given=True) for each in said.permissions)
    return _heard(referral, event, at, facts=(received,), sayings=given)


def on_session_held(referral: Referral, event: Event[SessionHeld], at: Moment[Known]) -> Ending[Referral]:
    """The referral is taken up; a plan may be agreed, adjustments may be advised."""
    said, day = event.data, day_of(event.data.started_at)
    facts = [Fact("taken_up", day)]
    if said.plan is not None and said.plan.agreed:
        facts.append(Fact("plan_agreed", day))
    if "adjustment" in said.interventions:
        facts.append(Fact("adjustments", day))
    return _heard(referral, event, at, facts=facts)


def on_outcome_recorded(referral: Referral, event: Event[OutcomeRecorded], at: Moment[Known]) -> Ending[Referral]:
    """An outcome; a programme completed and a referral declined are told under other purposes too."""
    said = event.data
    facts: list[Fact] = []
    if said.programme is not None:
        facts.append(Fact("outcome", said.programme.on, {"kind": said.programme.result}))
        if said.programme.result == "completed":
            facts.append(Fact("programme_completed", said.programme.on))
    if said.work_status is not None:
        facts.append(Fact("outcome", said.work_status.status_on, {"kind": said.work_status.status}))
    if said.closure is not None:
        facts.append(Fact("outcome", said.closure.on, {"kind": said.closure.reason}))
        if said.closure.reason in DECLINED:
            facts.append(Fact("declined", said.closure.on))
    known = [fact for fact in facts if fact.details.get("kind") != NOT_KNOWN_HERE]
    return _heard(referral, event, at, facts=known)


def on_follow_up_due(referral: Referral, event: Event[FollowUpDue], at: Moment[Known]) -> Ending[Referral]:
    """Something is due; it is overdue for whoever reads it after `due_on`."""
    said = event.data
    details: dict[str, str | int] = {"what": said.what, "due_on": said.due_on.isoformat()}
    if said.checkpoint_weeks is not None:
        details["checkpoint_weeks"] = said.checkpoint_weeks
    return _heard(referral, event, at, facts=(Fact("follow_up_due", said.due_on, details),))


def on_permission_given(referral: Referral, event: Event[PermissionGiven], at: Moment[Known]) -> Ending[Referral]:
    """From its day on, a recipient may be told for a purpose."""
    said = event.data
    return _heard(referral, event, at, sayings=(Saying(said.recipient, said.purpose, said.on, given=True),))


def on_permission_withdrawn(
    referral: Referral, event: Event[PermissionWithdrawn], at: Moment[Known]
) -> Ending[Referral]:
    """The recipient may no longer be told for the purpose."""
    said = event.data
    return _heard(referral, event, at, sayings=(Saying(said.recipient, said.purpose, said.on, given=False),))


def on_entry_withdrawn(referral: Referral, event: Event[EntryWithdrawn], at: Moment[Known]) -> Ending[Referral]:
    """An earlier event is void: what was to be told of it is not told, what it permitted is not permitted."""
    target = event.data.withdraws
    return _heard(referral, event, at, void=(key_of(event.partner, target.type, target.id),))


def on_erasure_requested(referral: Referral, _event: Event[ErasureRequested], at: Moment[Known]) -> Ending[Referral]:
    """Everything known of the referral goes; what was still to be told is cancelled beside this."""
    gone = erased(referral, at.at)
    return Ignore() if gone == referral else Accept(gone)


HANDLERS: dict[type[Any], Callable[[Referral, Any, Moment[Known]], Ending[Referral]]] = {
    AcceptedReferral: on_referral_made,
    SessionHeld: on_session_held,
    OutcomeRecorded: on_outcome_recorded,
    FollowUpDue: on_follow_up_due,
    PermissionGiven: on_permission_given,
    PermissionWithdrawn: on_permission_withdrawn,
    EntryWithdrawn: on_entry_withdrawn,
    ErasureRequested: on_erasure_requested,
}
HEARS: Hears[Referral, Known] = Hears(follow=HANDLERS, erases=frozenset({ErasureRequested}))


def _heard(
    referral: Referral,
    event: Event[AboutReferral] | Event[EntryWithdrawn],
    at: Moment[Known],
    *,
    facts: Iterable[Fact] = (),
    sayings: Iterable[Saying] = (),
    void: Iterable[str] = (),
) -> Ending[Referral]:
    """Keep what is new, and put down a notification for each thing that may be told now and might not before."""
    if referral.erased_at is not None:
        return Ignore()
    entry = Entry(
        key_of(event.partner, event.type, event.id), day_of(at.at), event.sequence or 0, tuple(facts), tuple(sayings)
    )
    if isinstance(event.data, Correctable) and event.data.supersedes:
        void = (*void, key_of(event.partner, event.type, event.data.supersedes))
    after = with_entry(referral, entry, void=void, synthetic=event.data.synthetic)
    if after == referral:
        return Ignore()
    return Accept(after, rows=_rows(referral, after, at))


def _rows(before: Referral, after: Referral, at: Moment[Known]) -> tuple[Row, ...]:
    already = owed(before, at.known.oldest_days)
    return tuple(
        Row(NOTIFICATIONS, row_of(notice, after.id, at.at), continues=True)
        for notice in owed(after, at.known.oldest_days).values()
        if notice.id not in already
    )
