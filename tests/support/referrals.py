"""The gate of referrals as tests play it: its reference data, two partners, and people whose names are known."""

from collections.abc import Callable
from functools import cache
from typing import Any

import schemes
from contracts.envelope import Event
from referral_service.domain import Known, Persons, Referral, person_key
from referral_service.handlers import HEARS
from schemes import register
from servicekit.partners import Partner
from support.events import numbered
from support.folding import Play

EVENTS = frozenset(
    {
        "referral-made",
        "session-held",
        "session-not-held",
        "outcome-recorded",
        "permission-given",
        "permission-withdrawn",
    }
)


@cache
def known() -> Known:
    """The shipped schemes and register."""
    return Known(schemes.load(), register.load())


def acme(*, testing: bool = False, more: frozenset[str] = frozenset()) -> Partner:
    """A partner of four schemes."""
    mine = frozenset({"james-wigg", "workwell", "small-business-support", "leicester"})
    return Partner(name="acme", number=1, schemes=mine | more, events=EVENTS, testing=testing)


def other(*schemes: str) -> Partner:
    """Another partner, of the James Wigg scheme alone unless said otherwise."""
    return Partner(name="other", number=2, schemes=frozenset(schemes or ("james-wigg",)), events=EVENTS)


def gate(*partners: Partner, beside: Callable[[Event[Any]], Persons] | None = None) -> Play[Referral, Known]:
    """The gate; every person is called by the same name unless `beside` says otherwise."""
    return Play(HEARS, Referral, known(), partners or (acme(),), beside or _one_person)


def _one_person(event: Event[Any]) -> Persons:
    token = getattr(event.data, "person_token", None)
    return Persons({person_key(event.partner, event.data.scheme_id, token): numbered(7000)} if token else {})
