"""The dimensions and conditions of a question: which category a contribution falls into, and which there are."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, get_args

from contracts.vocabulary import AGE_BANDS, MAIN_BARRIERS
from outcomes_service.breakdowns.boards import Boards
from outcomes_service.breakdowns.places import Place, period_of, periods_from
from outcomes_service.breakdowns.question import PERIODS, Question
from outcomes_service.indicators.catalogue import Known
from schemes.model import Scheme
from schemes.vocabulary import ROUTES, EntryGroup

AS_THEY_OCCUR: Final = ("practice", "board")  # categories of which a zero is not told

Categories = tuple[str, ...]


@dataclass(frozen=True)
class Axes:
    """`by` are the question's dimensions without the scheme; `where` its conditions, by dimension."""

    by: tuple[str, ...]
    where: Mapping[str, str]
    boards: Boards

    @classmethod
    def of(cls, question: Question, known: Known) -> "Axes":
        """As a question has them whose schemes are said."""
        schemes = tuple(known.schemes[name] for name in question.schemes)
        by = tuple(name for name in question.by if name != "scheme")
        return cls(by, dict(question.where), Boards(known, schemes, question.as_of))

    def of_place(self, place: Place) -> Categories | None:
        """The place's category in each dimension, empty for a period; None: it does not meet the conditions."""
        if any(self._category(place, name) != wanted for name, wanted in self._conditions):
            return None
        return tuple("" if name in PERIODS else self._category(place, name) for name in self.by)

    def of_day(self, day: date) -> str | None:
        """The period of a day that decides, empty if none is asked for; None: it does not meet the conditions."""
        if any(period_of(day, name) != self.where[name] for name in PERIODS if name in self.where):
            return None
        return "" if self._period is None else period_of(day, self.by[self._period])

    def together(self, of_place: Categories, of_day: str) -> Categories:
        """The categories of a contribution."""
        if self._period is None:
            return of_place
        return (*of_place[: self._period], of_day, *of_place[self._period + 1 :])

    def complete(self, name: str, found: Iterable[str], schemes: Iterable[Scheme]) -> list[str]:
        """Every category of a dimension, in order: its list, whether or not it occurs, then what else does."""
        occurring = sorted(found)
        if name in PERIODS:
            return periods_from(occurring[0], occurring[-1], name) if occurring else []
        listed = () if name in AS_THEY_OCCUR else categories(name, schemes)
        return list(dict.fromkeys([*listed, *occurring]))

    @cached_property
    def _period(self) -> int | None:
        """Which of the dimensions is a period."""
        return next((number for number, name in enumerate(self.by) if name in PERIODS), None)

    @cached_property
    def _conditions(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, wanted) for name, wanted in self.where.items() if name not in PERIODS)

    def _category(self, place: Place, name: str) -> str:
        return self.boards.of(place) if name == "board" else str(getattr(place, name))


def categories(name: str, schemes: Iterable[Scheme]) -> list[str]:
    """The list of a dimension's categories in these schemes; empty where they are as they occur."""
    lists: Mapping[str, Callable[[], Iterable[str]]] = {
        "scheme": lambda: (scheme.id for scheme in schemes),
        "area": lambda: (area.id for scheme in schemes for area in scheme.areas),
        "route": lambda: _routes(schemes),
        "entry": lambda: get_args(EntryGroup),
        "barrier": lambda: MAIN_BARRIERS,
        "age": lambda: AGE_BANDS,
    }
    return list(dict.fromkeys(lists[name]())) if name in lists else []


def _routes(schemes: Iterable[Scheme]) -> list[str]:
    """What the schemes take; `any` are all by which a source comes of itself."""
    taken = {route.route for scheme in schemes for route in scheme.routes}
    if "any" in taken:
        taken |= set(ROUTES) - {"assessor"}
    return [route for route in ROUTES if route in taken and route != "any"]
