"""The pure rule of the gates: what a scheme objects to in a referral, and where the referral belongs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from schemes.model import Scheme
from schemes.register import Register
from schemes.vocabulary import ROUTES, EntryGroup

PRACTICE_SHAPE = re.compile(r"[A-Z][0-9]{5}")
BOARD_SHAPE = re.compile(r"Q[A-Z0-9]{2}|[A-Z][0-9][A-Z][0-9][A-Z]")  # to March 2026, and the newer form


class Organisation(Protocol):
    """Who referred, as the contract says it."""

    @property
    def system(self) -> str: ...  # noqa: D102
    @property
    def code(self) -> str: ...  # noqa: D102


class Referral(Protocol):
    """What this rule needs of a referral; `contracts.referral_made.ReferralMade` has it."""

    @property
    def scheme_id(self) -> str: ...  # noqa: D102
    @property
    def scheme_area(self) -> str | None: ...  # noqa: D102
    @property
    def source_code(self) -> str: ...  # noqa: D102
    @property
    def referrer_organisation(self) -> Organisation | None: ...  # noqa: D102
    @property
    def person_token(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True)
class Objection:
    """Why a referral is refused: reason code, path of the field, and what was expected there; never the value."""

    code: str
    field: str
    expected: str


def objects_to(event: Referral, scheme: Scheme | None, day: date, register: Register) -> Objection | None:
    """What the scheme objects to in a referral made on this day; `None`: it takes it.

    Eligibility is no objection: a referral was made, and whether the person fits is for the provider to say.
    """
    if scheme is None:
        return Objection("scheme_unknown", "data.scheme_id", "the id of a scheme")
    if not scheme.is_open(day):
        return Objection("scheme_closed", "data.scheme_id", f"one open on that day; it is {_opening(scheme)}")
    if not scheme.takes(event.source_code, day):
        expected = ", ".join(scheme.sources_on(day)) or "no referral at all"
        return Objection("route_not_taken", "data.source_code", f"what the scheme takes on that day: {expected}")
    if scheme.about == "people" and event.person_token is None:
        return Objection("person_missing", "data.person_token", "the partner's own name of the person in this scheme")
    if scheme.about != "people" and event.person_token is not None:
        return Objection("person_not_expected", "data.person_token", "absent: the scheme is about employers")
    area = area_of_referral(event, scheme, day, register)
    return area if isinstance(area, Objection) else None


def area_of_referral(event: Referral, scheme: Scheme, day: date, register: Register) -> str | Objection:
    """The scheme area that a referral belongs to; a code of another system than ODS names no area."""
    organisation = event.referrer_organisation
    code = organisation.code if organisation is not None and organisation.system == "ods" else None
    practice = code if code is not None and PRACTICE_SHAPE.fullmatch(code) else None
    board = code if practice is None else None
    area = event.scheme_area
    return area_of(
        scheme, scheme_area=area, practice_code=practice, organisation_code=board, day=day, register=register
    )


def area_of(
    scheme: Scheme,
    *,
    scheme_area: str | None,
    practice_code: str | None,
    organisation_code: str | None,
    day: date,
    register: Register,
) -> str | Objection:
    """The id of the scheme area, by what says it most plainly: the area itself, the practice, the board's code.

    A practice lies where the register says, in the codes of the register's own day; a board's code is read as
    of `day`. A practice that the register lacks is refused whatever else is said, except for Scotland's, which
    it does not list.
    """
    if practice_code is not None and scheme.country != "scotland" and register.practice(practice_code) is None:
        return Objection("practice_unknown", "data.referrer_organisation.code", "a practice of the register")
    if scheme_area is not None:
        unknown = Objection("area_unknown", "data.scheme_area", f"one of {', '.join(_ids(scheme))}")
        return unknown if scheme.area(scheme_area) is None else scheme_area
    if len(scheme.areas) == 1:
        return scheme.areas[0].id
    return _area_by_code(scheme, practice_code, organisation_code, day, register)


def _area_by_code(
    scheme: Scheme, practice_code: str | None, organisation_code: str | None, day: date, register: Register
) -> str | Objection:
    practice = register.practice(practice_code) if practice_code is not None else None
    if practice is not None:
        return _only(_with_code(scheme, practice.area_code, register.as_of), scheme, day, named=_has_codes(scheme))
    if organisation_code is not None:
        named = _has_codes(scheme) and BOARD_SHAPE.fullmatch(organisation_code) is not None
        return _only(_with_code(scheme, organisation_code, day), scheme, day, named=named)
    return _ambiguous(_ids(scheme))


def route_of(source_code: str) -> str:
    """The route by which a source comes; `gp` for A3, which may also be an assessor's; `other` if none names it."""
    return next((route for route, codes in ROUTES.items() if route != "any" and source_code in codes), "other")


def entry_group(employment_status: str, sickness_absence: str) -> EntryGroup:
    """How work stood at entry. In work with absence not known is counted neither as absent nor as at work."""
    if employment_status == "01":
        return {"Y": "absent", "N": "at_work"}.get(sickness_absence, "employed_other")  # type: ignore[return-value]
    return "out_of_work" if employment_status in ("02", "03", "04", "05", "06") else "none"


def _opening(scheme: Scheme) -> str:
    return f"open from {scheme.opens}" + (f" to {scheme.closes}" if scheme.closes else "")


def _ids(scheme: Scheme) -> list[str]:
    return [area.id for area in scheme.areas]


def _has_codes(scheme: Scheme) -> bool:
    return any(area.codes for area in scheme.areas)


def _with_code(scheme: Scheme, code: str, day: date) -> list[str]:
    return [area.id for area in scheme.areas if code in area.codes_on(day)]


def _only(found: Sequence[str], scheme: Scheme, day: date, *, named: bool) -> str | Objection:
    """The one area found. `named`: the code is of the kind that areas go by, so that finding none is an answer."""
    if len(found) == 1:
        return found[0]
    if found or not named:
        return _ambiguous(found or _ids(scheme))
    codes = sorted({code for area in scheme.areas for code in area.codes_on(day)})
    expected = f"a code of the scheme's areas on that day: {', '.join(codes)}"
    return Objection("area_unknown", "data.referrer_organisation.code", expected)


def _ambiguous(ids: Sequence[str]) -> Objection:
    return Objection("area_ambiguous", "data.scheme_area", f"which of {', '.join(ids)}")
