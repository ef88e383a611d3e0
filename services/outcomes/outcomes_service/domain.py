"""What the gate of outcomes and fit-note counts keeps of a referral or practice, and what it objects to."""

from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from contracts.envelope import Event, Problem
from contracts.fit_notes_counted import FitNotesCounted
from contracts.referral_made import AcceptedReferral
from servicekit.documents import Document
from servicekit.entries import Entries


class Made(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A referral as it was made, or corrected: what decides who may speak about it."""

    partner: str
    event_id: str
    accepted_at: datetime
    scheme_id: str
    synthetic: bool = False
    supersedes: str | None = None


class Period(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The days that a count of fit notes covers, both included, and the event that said so."""

    partner: str
    event_id: str
    first_day: date
    last_day: date
    synthetic: bool = False


class Outcomes(Document):
    """One referral: how it was `made`, which of that was `withdrawn` (partner and id), and the outcomes' entries.

    A practice is kept alike, with the `periods` of its fit notes.
    """

    made: tuple[Made, ...] = ()
    withdrawn: frozenset[tuple[str, str]] = frozenset()
    entries: Entries = Entries()
    periods: tuple[Period, ...] = ()
    erased_at: datetime | None = None

    @property
    def referral(self) -> Made | None:
        """The referral as it stands; None if it is not known or was withdrawn."""
        void = {(made.partner, made.supersedes) for made in self.made} | self.withdrawn
        stands = [made for made in self.made if (made.partner, made.event_id) not in void]
        return max(stands, key=lambda made: made.accepted_at, default=None)


def with_referral(known: Outcomes, event: Event[AcceptedReferral], at: datetime) -> Outcomes:
    """The referral was made, or corrected."""
    made = Made(
        partner=event.partner,
        event_id=event.id,
        accepted_at=at,
        scheme_id=event.data.scheme_id,
        synthetic=event.data.synthetic,
        supersedes=event.data.supersedes,
    )
    return replace(known, made=(*known.made, made))


def is_of(known: Outcomes, schemes: frozenset[str]) -> bool:
    """Whether the referral belongs to one of these schemes: to whom it does not, it is as unknown as none."""
    last = known.referral or max(known.made, key=lambda made: made.accepted_at, default=None)
    return last is not None and last.scheme_id in schemes


def objection(known: Outcomes, *, synthetic: bool) -> Problem | None:
    """Why nothing more is taken about a referral that is known, or None."""
    referral = known.referral
    if referral is None:
        return Problem("referral_withdrawn", "data.referral_id", "a referral that stands")
    if synthetic is not referral.synthetic:
        return Problem("synthetic_differs", "data.synthetic", str(referral.synthetic).lower())
    return None


def with_period(known: Outcomes, event: Event[FitNotesCounted], entries: Entries) -> Outcomes | Problem:
    """One more period, unless a day of it is counted already by an entry that stands among `entries`."""
    counted, days = event.data, event.data.period
    for period in known.periods:
        corrected = (period.partner, period.event_id) == (event.partner, counted.supersedes)
        if corrected and period.synthetic is not counted.synthetic:  # else a made-up count would take away a real one
            return Problem("synthetic_differs", "data.synthetic", str(period.synthetic).lower())
        entry = entries.seen(period.partner, event.type, period.event_id)
        meets = period.first_day <= days.to and days.from_ <= period.last_day
        if meets and entry is not None and entry.stands and period.synthetic is counted.synthetic:
            return Problem("already_recorded", "data.period", "days not counted yet, or a correction with `supersedes`")
    period = Period(
        partner=event.partner, event_id=event.id, first_day=days.from_, last_day=days.to, synthetic=counted.synthetic
    )
    return replace(known, entries=entries, periods=(*known.periods, period))
