"""One person's referrals in one scheme: what measures need that count persons."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import msgspec

from outcomes_service.projections.journeys import Journey
from servicekit.days import day_of


class Visit(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What one referral says about its person."""

    area: str
    synthetic: bool
    referred_on: date
    first_session_on: date | None = None


class PersonRow(msgspec.Struct, kw_only=True):
    """A person as stored: `_id` is `<scheme>/<partner>/<person_ref>`, `visits` one for each referral."""

    id: str = msgspec.field(name="_id")
    visits: dict[str, Visit] = msgspec.field(default_factory=dict)

    @property
    def scheme_id(self) -> str:
        """The scheme within which this is one person."""
        return self.id.split("/")[0]


class Person(NamedTuple):
    """A person as counted, where and as the first `referral` found them; real and synthetic are never added up."""

    scheme_id: str
    area: str
    synthetic: bool
    referred_on: date
    first_session_on: date | None
    referral: str


def visit_of(journey: Journey) -> tuple[str, Visit] | None:
    """The person of a journey and what it says about them; None if it names nobody."""
    if journey.person_ref is None or journey.scheme_id is None or journey.referred_at is None:
        return None
    seen = journey.first_session_at
    visit = Visit(
        journey.area or "",
        bool(journey.synthetic),
        day_of(journey.referred_at),
        day_of(seen) if seen else None,
    )
    return f"{journey.scheme_id}/{journey.partner}/{journey.person_ref}", visit


def people(row: PersonRow) -> Iterator[Person]:
    """The person as counted, in the area of the first referral."""
    for synthetic in (False, True):
        visits = [(visit.referred_on, key, visit) for key, visit in row.visits.items() if visit.synthetic is synthetic]
        if visits:
            referred_on, referral, first = min(visits, key=lambda visit: visit[:2])
            seen = [visit.first_session_on for _, _, visit in visits if visit.first_session_on]
            yield Person(row.scheme_id, first.area, synthetic, referred_on, min(seen) if seen else None, referral)


def row_from(stored: dict[str, Any]) -> PersonRow:
    """A stored row made into its type."""
    return msgspec.convert(stored, PersonRow, strict=False)
