"""Sums a table up into the rows of a question, with their totals."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Any, Final

from outcomes_service.breakdowns.axes import AS_THEY_OCCUR, Axes, Categories
from outcomes_service.breakdowns.question import Question, Row, margins, may_be_added
from outcomes_service.breakdowns.table import Table, Told
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Sums
from schemes.model import Scheme

_A_PART: Final = "part of the scheme"  # a target is the whole scheme's, and no part of it has one


Found = Mapping[Categories, Sums]


def rows(tables: Iterable[Table], question: Question, known: Known) -> list[Row]:
    """Every row of a question whose schemes are said, from tables that have at least what it asks for."""
    axes = Axes.of(question, known)
    found: dict[tuple[Told, str], Found] = {}
    for table in tables:
        for key, sums in _summed(table, question, axes).items():
            found[key] = _added((found[key], sums)) if key in found else sums
    kinds = sorted({told.synthetic for told, _ in found} or {False})
    kinds = kinds if question.synthetic is None else [question.synthetic]
    told = [Told(measure, definition, kind) for measure, definition in _shown(question, known) for kind in kinds]
    return [row for each in told for row in _Telling(each, question, axes, known).rows(found)]


def _summed(table: Table, question: Question, axes: Axes) -> dict[tuple[Told, str], Found]:
    """What counts up to the day, by what is told and scheme, then by category."""
    places = [(place.scheme, axes.of_place(place)) for place in table.places]
    numbers: dict[tuple[str, Categories | None], int] = {}
    number_of = [-1 if place[1] is None else numbers.setdefault(place, len(numbers)) for place in places]
    period_of = {day: axes.of_day(date.fromordinal(day)) for day in set(table.columns[4])}
    last, sums = question.as_of.toordinal(), dict[tuple[int, int, str, int], int]()
    for place, told, part, day, decides, count in zip(*table.columns, strict=True):
        number, period = number_of[place], period_of[decides]
        if day <= last and number >= 0 and period is not None:
            key = told, number, period, part
            sums[key] = sums.get(key, 0) + count
    told_of, parts, grouped = list(table.told), list(table.parts), list(numbers)
    found: defaultdict[tuple[Told, str], dict[Categories, dict[str, int]]] = defaultdict(dict)
    for (told, number, period, part), count in sums.items():
        scheme, of_place = grouped[number]
        at = axes.together(of_place or (), period)
        found[told_of[told], scheme].setdefault(at, {})[parts[part]] = count
    return dict(found)


def _shown(question: Question, known: Known) -> list[tuple[str, str]]:
    """Measures and definitions as the question names them and its schemes show them, in the catalogue's order."""
    return list(
        dict.fromkeys(
            (measure.id, definition)
            for scheme in question.schemes
            for measure, definition in known.shown[scheme]
            if measure.id in question.measures and definition in (question.definitions or (definition,))
        )
    )


class _Telling:
    """Makes the rows of one measure under one definition, of one kind."""

    def __init__(self, told: Told, question: Question, axes: Axes, known: Known) -> None:
        self._told, self._question, self._axes = told, question, axes
        self._measure = known.measures[told.measure]
        self._counting: Any = self._measure.counting  # what is of a fund or a service is not asked for here
        self._schemes = [
            known.schemes[name]
            for name in question.schemes
            if any((m.id, d) == (told.measure, told.definition) for m, d in known.shown[name])
        ]

    def rows(self, found: Mapping[tuple[Told, str], Found]) -> Iterator[Row]:
        """The total over the schemes first, where they may be added up; then each scheme's, if they are asked for."""
        by_scheme = {scheme.id: found.get((self._told, scheme.id), {}) for scheme in self._schemes}
        apart = "scheme" in self._question.by
        if not apart or (len(self._schemes) > 1 and may_be_added(self._measure)):
            yield from self._of(_added(by_scheme.values()), self._schemes, None)
        for scheme in self._schemes if apart else ():
            yield from self._of(by_scheme[scheme.id], [scheme], scheme.id)

    def _of(self, found: Found, schemes: Sequence[Scheme], name: str | None) -> Iterator[Row]:
        """The rows of these schemes together: totals before what they are totals of."""
        by = self._axes.by
        lists = [self._axes.complete(each, {at[n] for at in found}, schemes) for n, each in enumerate(by)]
        for told in margins(by):
            sums = _over(found, [each in told for each in by])
            for at in self._categories(lists, told, sums):
                row = self._row(at, sums.get(at, {}), schemes[0], name)
                if row is not None:
                    yield row

    def _categories(
        self, lists: Sequence[Sequence[str]], told: frozenset[str], sums: Mapping[tuple[str | None, ...], Sums]
    ) -> Iterable[tuple[str | None, ...]]:
        by = self._axes.by
        every = product(*(each if name in told else (None,) for name, each in zip(by, lists, strict=True)))
        return (at for at in every if at in sums) if told & set(AS_THEY_OCCUR) else every

    def _row(self, at: Sequence[str | None], sums: Sums, scheme: Scheme, name: str | None) -> Row | None:
        """A row; None where the measure has no such figure."""
        question = self._question
        is_whole = not question.where and all(category is None for category in at)
        values = self._counting.values(sums, scheme, None if is_whole else _A_PART, question.as_of)
        if values is None:
            return None
        named = iter(at)
        categories = {each: name if each == "scheme" else next(named) for each in question.by}
        board = categories.get("board") or dict(question.where).get("board")
        return Row(
            at=categories,
            measure=self._told.measure,
            definition=self._told.definition,
            synthetic=self._told.synthetic,
            values=values,
            sums={part: count for part, count in sums.items() if count},
            marks=self._axes.boards.marks(board) if board else (),
        )


def _added(found: Iterable[Found]) -> Found:
    added: dict[Categories, Counter[str]] = {}
    for each in found:
        for at, sums in each.items():
            added.setdefault(at, Counter()).update(sums)
    return added


def _over(found: Found, told: Sequence[bool]) -> dict[tuple[str | None, ...], Sums]:
    """Sums in which each dimension that is not told is summed over."""
    if all(told):
        return dict(found.items())
    over: dict[tuple[str | None, ...], Counter[str]] = {}
    for at, sums in found.items():
        left = tuple(category if keep else None for category, keep in zip(at, told, strict=True))
        over.setdefault(left, Counter()).update(sums)
    return dict(over.items())
