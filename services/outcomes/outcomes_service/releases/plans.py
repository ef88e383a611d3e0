"""Plans: which tables a release has. The standard one stands in `plans/standard.yaml`; an analyst may write another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec

from outcomes_service.breakdowns.question import AT_ONCE, DIMENSIONS, PERIODS
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.measure import Measure
from schemes.model import Scheme

MOST_TABLES: Final = 10
STANDARD: Final = Path(__file__).with_name("plans") / "standard.yaml"
EVERY: Final = "all"
# What a scheme file calls what breakdowns call otherwise.
_DECLARED: Final = {"entry": "entry_group", "barrier": "main_barrier", "age": "age_band"}
_BY: Final = tuple(name for name in DIMENSIONS if name != "scheme")

_Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=600)]


class PlanMistakes(Exception):  # noqa: N818  it says what is wrong, all of it
    """A plan that cannot be drafted: each mistake in words, with what there is instead."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Planned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table to be made. `by` names dimensions beside scheme, measure and definition.

    Without `schemes` it shows those that ask for these breakdowns in their files; `all` is every scheme. Without
    `measures` it shows each scheme's own.
    """

    id: _Id
    title: _Text
    by: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    notes: tuple[_Text, ...] = ()

    def shows(self, known: Known) -> tuple[str, ...]:
        """The ids of the schemes that the table shows."""
        if self.schemes == (EVERY,):
            return tuple(known.schemes)
        return self.schemes or tuple(scheme.id for scheme in known.schemes.values() if self._is_asked_for(scheme))

    def wants(self, measure: Measure, known: Known) -> bool:
        """Whether the table shows this measure of a scheme; a name that is a measure's own means it alone."""
        name = measure.id if measure.family in known.measures else measure.family
        return not self.measures or measure.id in self.measures or name in self.measures

    def _is_asked_for(self, scheme: Scheme) -> bool:
        return all(_DECLARED.get(name, name) in scheme.breakdowns for name in self.by if name not in PERIODS)


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release to be drafted."""

    title: _Text
    tables: Annotated[tuple[Planned, ...], msgspec.Meta(min_length=1)]
    notes: tuple[_Text, ...] = ()


def read(path: Path, known: Known) -> Plan:
    """The plan of a YAML file. Raises `PlanMistakes` with everything that is wrong in it."""
    try:
        plan: Plan = msgspec.yaml.decode(path.read_bytes(), type=Plan)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PlanMistakes([f"{path.name}: {error}"]) from None
    if mistakes := [f"{path.name}: {said}" for said in _mistakes(plan, known)]:
        raise PlanMistakes(mistakes)
    return plan


def _mistakes(plan: Plan, known: Known) -> Iterator[str]:
    if len(plan.tables) > MOST_TABLES:
        yield f"it has {len(plan.tables)} tables; a release has at most {MOST_TABLES}."
    ids = [table.id for table in plan.tables]
    yield from (f"two tables are called {name}." for name in sorted({name for name in ids if ids.count(name) > 1}))
    for table in plan.tables:
        yield from (f"table {table.id}: {said}" for said in _mistakes_of(table, known))


def _mistakes_of(table: Planned, known: Known) -> Iterator[str]:
    families = {measure.family for measure in known.measures.values()}
    for what, said, there in (
        ("scheme", table.schemes if table.schemes != (EVERY,) else (), sorted(known.schemes)),
        ("measure", table.measures, sorted({*known.measures, *families})),
        ("dimension", table.by, _BY),
    ):
        for name in said:
            if name not in there:
                yield f"there is no {what} {name}. There are: {', '.join(there)}."
    if len(set(table.by)) < len(table.by):
        yield "a dimension stands twice in `by`."
    if len(table.by) > AT_ONCE:
        yield f"it is by {len(table.by)} dimensions; at most {AT_ONCE}, or the cells are too small to say anything."
