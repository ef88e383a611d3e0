"""A draft: questions that a plan asks, tables that the answers make, and the release around them. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import msgspec

from outcomes_service.breakdowns.question import OF_A_REFERRAL, Question
from outcomes_service.breakdowns.question import Row as Answered
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Values
from outcomes_service.indicators.funds import Cost
from outcomes_service.indicators.measure import Measure
from outcomes_service.releases.counts import Count, counts_in
from outcomes_service.releases.defining import defined
from outcomes_service.releases.hashing import content_hash
from outcomes_service.releases.model import Release, Row, Table
from outcomes_service.releases.plans import Plan, Planned
from outcomes_service.releases.profiles import DEFAULT, PROFILES, Profile

MOST_CELLS: Final = 2000
SAME: Final = ("scheme", "measure", "definition")
"""Dimensions of every table."""
# The register is published every quarter.
_REGISTER_LASTS: Final = timedelta(days=92)


class CannotDraft(Exception):  # noqa: N818  it is an answer, for the person who asked
    """Why a release cannot be drafted as it was asked for."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What release is wanted: figures up to the day `as_of`, as known at `known_on`, real or synthetic throughout."""

    as_of: date
    known_on: datetime
    synthetic: bool
    profile: str = DEFAULT.name
    id: str | None = None
    notes: tuple[str, ...] = ()
    corrects: str | None = None


def checked(wishes: Wishes, today: date) -> Profile:
    """The profile of a release that may be made. Raises `CannotDraft`."""
    profile = PROFILES.get(wishes.profile)
    if profile is None:
        raise CannotDraft(f"There is no profile {wishes.profile}. There are: {', '.join(PROFILES)}.")
    if profile.synthetic_only and not wishes.synthetic:
        raise CannotDraft(f"Profile {profile.name} is for synthetic figures only: real ones are protected.")
    if wishes.as_of > today:
        raise CannotDraft(f"{wishes.as_of} is still to come: a release is as of {today} or a day before.")
    return profile


def question(planned: Planned, known: Known, wishes: Wishes) -> Question:
    """What has to be asked for the table."""
    schemes = planned.shows(known)
    measures = {measure.id: measure for scheme in schemes for measure, _ in known.shown[scheme]}
    wanted = [m.id for m in measures.values() if planned.wants(m, known) and _can_be_told_by(m, planned.by)]
    if not wanted:
        raise CannotDraft(f"Table {planned.id}: none of its schemes shows any of its measures.")
    return Question(
        measures=tuple(name for name in known.measures if name in wanted),
        as_of=wishes.as_of,
        by=("scheme", *planned.by),
        schemes=schemes,
        known_on=wishes.known_on,
        synthetic=wishes.synthetic,
    )


def table(planned: Planned, answers: Sequence[Answered], known: Known, as_of: date) -> Table:
    """The exact table that the answers make; costs are worked out from what stands in them."""
    found = [each for each in answers if each.at["scheme"] is not None]
    rows = {_place(each): _row(each, planned.by, known) for each in found}
    if not planned.by:
        rows |= _costs(planned, found, known, as_of)
    shown = {name: place for place, name in enumerate(known.schemes)}
    measures = {name: place for place, name in enumerate(known.measures)}

    def order(row: Row) -> tuple[object, ...]:
        at = row.at
        categories = [("" if (said := at[name]) is None else said) for name in planned.by]
        return shown[at["scheme"] or ""], measures[at["measure"] or ""], at["definition"], *categories

    marks = dict.fromkeys(mark for each in found for mark in each.marks)
    return Table(
        id=planned.id,
        title=planned.title,
        dimensions=(*SAME, *planned.by),
        rows=tuple(sorted(rows.values(), key=order)),
        notes=(*planned.notes, *marks),
    )


def check_tables(tables: Sequence[Table]) -> None:
    """Raises `CannotDraft`: there is nothing, there is too much, or it does not agree with itself."""
    sizes = {each.id: len(each.rows) for each in tables}
    if not any(value for _, value in counts_in(tables)):
        raise CannotDraft("There is nothing to release: no such event is counted up to that day.")
    if sum(sizes.values()) > MOST_CELLS:
        told = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
        raise CannotDraft(
            f"It would have {sum(sizes.values()):,} cells; a release has at most {MOST_CELLS:,}. By table: {told}."
        )
    seen: dict[Count, int | None] = {}
    for count, value in counts_in(tables):
        if seen.setdefault(count, value) != value:
            raise CannotDraft("Events were counted while the tables were made, so that they do not agree: draft again.")


def release(release_id: str, plan: Plan, wishes: Wishes, known: Known, tables: Sequence[Table]) -> Release:
    """The draft with these (protected) tables, and its hash. Corrections get their `changes` by `correcting`."""
    shown = {row.at["measure"] for each in tables for row in each.rows}
    schemes = dict.fromkeys(row.at["scheme"] or "" for each in tables for row in each.rows)
    draft = Release(
        id=release_id,
        title=f"{plan.title}, to {wishes.as_of.day} {wishes.as_of:%B %Y}",
        status="draft",
        profile=wishes.profile,
        synthetic=wishes.synthetic,
        as_of=wishes.as_of,
        known_on=wishes.known_on,
        register_as_of=known.register.as_of,
        drafted_at=wishes.known_on,
        content_hash="",
        definitions=tuple(defined(measure) for measure in known.measures.values() if measure.id in shown),
        tables=tuple(tables),
        notes=(*_notes(wishes, known, schemes), *plan.notes, *wishes.notes),
        corrects=wishes.corrects,
    )
    return hashed(draft)


def hashed(draft: Release) -> Release:
    """The draft with the hash of what it says; a whole number of days is written as it will be read back, as 7.0."""
    draft = msgspec.convert(msgspec.to_builtins(draft), Release)
    return msgspec.structs.replace(draft, content_hash=content_hash(draft))


def _notes(wishes: Wishes, known: Known, schemes: Iterable[str]) -> Iterator[str]:
    if wishes.synthetic:
        yield "Everything here is made up: it was counted from synthetic events, and is about nobody."
    yield f"Profile {wishes.profile}: {PROFILES[wishes.profile].words}"
    if wishes.as_of - known.register.as_of > _REGISTER_LASTS:
        yield (
            f"The practice register is out of date: it is as of {known.register.as_of}. Practices that opened or "
            "moved since are not known."
        )
    for name in schemes:
        if known.schemes[name].illustration:
            yield f"{known.schemes[name].title} is an illustration. {' '.join(known.schemes[name].caveats)}"


def _can_be_told_by(measure: Measure, by: Sequence[str]) -> bool:
    counted = measure.counting.of
    return counted not in ("fund", "service") and (counted != "practice" or not {*by} & {*OF_A_REFERRAL})


def _place(answered: Answered) -> tuple[str | None, ...]:
    return answered.measure, answered.definition, *answered.at.values()


def _row(answered: Answered, by: Sequence[str], known: Known) -> Row:
    at = {"scheme": answered.at["scheme"], "measure": answered.measure, "definition": answered.definition}
    return _figure(
        {**at, **{name: answered.at[name] for name in by}}, answered.values, known.measures[answered.measure]
    )


def _figure(at: dict[str, str | None], values: Values, measure: Measure) -> Row:
    """An exact row. A measure in which nobody can be unknown says so by none, not by nought."""
    return Row(
        at=at, k=values.k, n=values.n, u=values.u if measure.unknown else None, rate=values.rate, low=values.low,
        high=values.high, value=values.value, p90=values.p90,
    )  # fmt: skip


def _costs(
    planned: Planned, found: Sequence[Answered], known: Known, as_of: date
) -> Mapping[tuple[str | None, ...], Row]:
    reached = {(each.at["scheme"], each.measure): each.values.k or 0 for each in found if each.definition == "seed"}
    costs: dict[tuple[str | None, ...], Row] = {}
    for name in planned.shows(known):
        scheme = known.schemes[name]
        for measure, definition in known.shown[name]:
            if not isinstance(measure.counting, Cost) or not planned.wants(measure, known):
                continue
            values = measure.counting.values(known.schemes, scheme, as_of, partial(_reached, reached, name))
            if values is not None:
                at: dict[str, str | None] = {"scheme": name, "measure": measure.id, "definition": definition}
                costs[measure.id, definition, name] = _figure(at, values, measure)
    return costs


def _reached(reached: Mapping[tuple[str | None, str], int], scheme: str, measure: str) -> int:
    return reached.get((scheme, measure), 0)
