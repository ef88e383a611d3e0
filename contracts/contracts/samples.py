"""Fresh samples of every event of a partner: the exemplars under ids of their own, fit to be sent. All is made up."""

import secrets
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from contracts import codec, exemplars
from contracts.envelope import Event, Record
from contracts.exemplars import event
from contracts.fit_notes_counted import Period
from contracts.ids import new_id
from contracts.topics import inbox

SCHEME: Final = "james-wigg"
_FIRST_MONDAY: Final = date(2001, 1, 1)
_WEEKS: Final = 1_000  # a week is counted once a practice, so that each sample takes one at random
_TOKEN_BYTES: Final = 24


def referral_made(partner: str, *, referral: str = "", scheme: str = SCHEME) -> Event[Any]:
    """A GP refers somebody whom nobody has heard of."""
    data = exemplars.referral_made(
        referral_id=referral or new_id(), scheme_id=scheme, person_token=secrets.token_urlsafe(_TOKEN_BYTES)
    )
    return event(data, id=new_id(), partner=partner)


def about(name: str, referral: Event[Any]) -> Event[Any]:
    """A sample of an event that is about a referral, such as `session-held`. KeyError if `name` is none."""
    makes = _ABOUT[name]
    return event(makes(referral), id=new_id(), partner=referral.partner)


def fit_notes_counted(partner: str) -> Event[Any]:
    """A week of one practice."""
    first = _FIRST_MONDAY + timedelta(weeks=secrets.randbelow(_WEEKS))
    period = Period.model_validate({"from": first, "to": first + timedelta(days=6)})
    return event(exemplars.fit_notes_counted(period=period), id=new_id(), partner=partner)


def record(said: Event[Any]) -> Record:
    """The record that says it to the partner's own inbox, in binary mode."""
    written = codec.encode(said)
    return written._replace(topic=inbox(said.partner, written.topic))


def _id_of(referral: Event[Any]) -> str:
    named: str = referral.data.referral_id
    return named


_ABOUT: Final[dict[str, Callable[[Event[Any]], Any]]] = {
    "session-held": lambda of: exemplars.session_held(referral_id=_id_of(of), session_id=new_id()),
    "session-not-held": lambda of: exemplars.session_not_held(referral_id=_id_of(of), session_id=new_id()),
    "outcome-recorded": lambda of: exemplars.outcome_recorded(referral_id=_id_of(of), outcome_id=new_id()),
    "permission-given": lambda of: exemplars.permission_given(referral_id=_id_of(of)),
    "permission-withdrawn": lambda of: exemplars.permission_withdrawn(referral_id=_id_of(of)),
    "entry-withdrawn": exemplars.entry_withdrawn,
}
EVENTS: Final = ("referral-made", *_ABOUT, "fit-notes-counted")
"""Every event that a partner may publish."""


def sample(name: str, partner: str, *, scheme: str = SCHEME) -> Event[Any]:
    """A sample of any event of `EVENTS`; what it is about, if it is about a referral, nobody has heard of."""
    if name == "fit-notes-counted":
        return fit_notes_counted(partner)
    referral = referral_made(partner, scheme=scheme)
    return referral if name == "referral-made" else about(name, referral)
