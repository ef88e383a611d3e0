"""How it stands with each partner, as `GET /api/quiet` says it: from the registry and what was heard. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import msgspec

import schemes
from servicekit import quiet
from servicekit.partners import Partner
from servicekit.quiet import WORST, Heard, State
from servicekit.working_time import COUNTRIES, MINUTES_A_WEEK, Calendar

Named = tuple[str, str]
"""A partner and an event type: `("acme", "session-held")`."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that is kept of one event type of a partner: the last receipt, and what was accepted; None: nothing was."""

    heard_at: datetime
    heard: Heard | None = None


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with one event type of a partner. Gaps are minutes of working time.

    `expected`: said (by an operator), learnt (from what it did), nothing (not known yet).
    """

    event: str
    state: State
    since: datetime | None
    last_accepted_at: datetime | None
    last_heard_at: datetime | None
    expected: str
    gap_minutes: int | None
    silent_at: datetime | None
    usual_a_week: int | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with a partner: as with the worst of its event types. Nobody is woken where `watched` is false."""

    partner: str
    schemes: tuple[str, ...]
    watched: bool
    state: State
    events: tuple[Stream, ...]


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """How the last canary went: `lost` says how far it came. Arrival and trip are of the last that came through."""

    sent_at: datetime
    lost: str | None = None
    arrived_at: datetime | None = None
    trip_seconds: float | None = None


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who is registered, and the canary where one was sent."""

    at: datetime
    partners: tuple[Standing, ...]
    canary: Canary | None = None


def standing(partner: Partner, known: Mapping[Named, Known], now: datetime) -> Standing:
    """How it stands with a partner now. One that is disabled, in testing or our own canary is not watched."""
    calendar = calendar_of(partner.schemes)
    streams = tuple(_stream(partner, event, known, calendar, now) for event in sorted(partner.events))
    states = {stream.state for stream in streams}
    worst: State = next((state for state in WORST if state in states), "not known")
    watched = not partner.disabled and not partner.testing and partner.schemes != {schemes.CANARY}
    return Standing(
        partner=partner.name, schemes=tuple(sorted(partner.schemes)), watched=watched, state=worst, events=streams
    )


def _stream(partner: Partner, event: str, known: Mapping[Named, Known], calendar: Calendar, now: datetime) -> Stream:
    there, said = known.get((partner.name, event)), partner.expects.get(event)
    verdict = quiet.judge(there.heard if there else None, said, calendar, now)
    expected = "said" if said is not None else "learnt" if verdict.learnt else "nothing"
    accepted = there.heard if there else None
    return Stream(
        event=event,
        state=verdict.state,
        since=verdict.since,
        last_accepted_at=accepted.last_at if accepted else None,
        last_heard_at=there.heard_at if there else None,
        expected=expected,
        gap_minutes=verdict.gap_minutes,
        silent_at=verdict.silent_at,
        usual_a_week=quiet.usual_a_week(accepted.days or {}) if accepted else None,
    )


def not_come(partner: Standing, stream: Stream, now: datetime) -> int | None:
    """How many have probably not come since the last one, by what usually comes; None: that is not known."""
    if stream.usual_a_week is None or stream.last_accepted_at is None:
        return None
    calendar = calendar_of(frozenset(partner.schemes))
    passed = calendar.minutes(now) - calendar.minutes(stream.last_accepted_at)
    return round(stream.usual_a_week * passed / MINUTES_A_WEEK)


@lru_cache(maxsize=256)
def calendar_of(names: frozenset[str]) -> Calendar:
    """The working time of all countries in which these schemes are; of nobody's scheme: that of all countries."""
    known = _schemes()
    return Calendar(frozenset(known[name].country for name in names if name in known) or COUNTRIES)


@lru_cache(maxsize=1)
def _schemes() -> schemes.Schemes:
    return schemes.load()
