"""Which counts of a release add up to which: totals over dimensions, and totals that several tables have in common.

A total that no table shows ties two tables together all the same: what each says of an area adds up to the same people.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import product
from typing import Final, NamedTuple

from outcomes_service.releases.counts import Count, Pair, Population, people_parts, population_of
from outcomes_service.releases.model import Table

Figure = tuple[str, str]
Level = frozenset[str]

WITHIN: Final = {"month": ("quarter", "financial_year"), "quarter": ("financial_year",)}
"""Dimensions of which each category lies within one of these."""
_APRIL, _MONTHS_OF_A_QUARTER = 4, 3


class Sum(NamedTuple):
    """The parts that make up a total, as one table has them."""

    total: Count
    parts: tuple[Count, ...]


def sums(tables: Sequence[Table]) -> list[Sum]:
    """Every sum of the tables of one release, and of measures of which one leaves out who is unknown."""
    shown = {(figure, population) for table in tables for figure, population, _ in _rows(table)}
    found: defaultdict[tuple[Figure, Population], set[frozenset[Population]]] = defaultdict(set)
    for table in tables:
        for figure, total, parts in _of_table(table):
            found[figure, total].add(parts)
    known = [
        Sum(Count(population, of, definition, "n"),
            (Count(population, f"{of}-known", definition, "n"), Count(population, of, definition, "u")))
        for (of, definition), population in sorted(shown)
        if ((f"{of}-known", definition), population) in shown
    ]  # fmt: skip
    return known + [
        Sum(Count(total, *figure, part), tuple(Count(each, *figure, part) for each in sorted(parts)))
        for (figure, total), ways in found.items()
        if (figure, total) in shown or len(ways) > 1
        for parts in ways
        for part in people_parts(figure[0])
    ]


def lying_within(pair: Pair) -> tuple[Pair, ...]:
    """The categories of other dimensions within which a category lies: of a month the quarter and the year."""
    name, said = pair
    if name not in WITHIN:
        return ()
    year = int(said[:4])
    first = int(said[5:]) if name == "month" else int(said[6:]) * _MONTHS_OF_A_QUARTER - 2
    begun = year if date(year, first, 1).month >= _APRIL else year - 1
    quarter = ("quarter", f"{year}-Q{(first + 2) // _MONTHS_OF_A_QUARTER}")
    financial_year = ("financial_year", f"{begun}-{(begun + 1) % 100:02d}")
    return (quarter, financial_year) if name == "month" else (financial_year,)


def _rows(table: Table) -> Iterator[tuple[Figure, Population, Level]]:
    for row in table.rows:
        population = population_of(row)
        figure = (row.at.get("measure") or "", row.at.get("definition") or "")
        yield figure, population, frozenset(name for name, _ in population if name in table.dimensions)


def _of_table(table: Table) -> Iterator[tuple[Figure, Population, frozenset[Population]]]:
    """Each total that follows from the rows of a level, unless a level between them is in the table."""
    levels: defaultdict[Figure, defaultdict[Level, list[Population]]] = defaultdict(lambda: defaultdict(list))
    for figure, population, level in _rows(table):
        levels[figure][level].append(population)
    for figure, by_level in levels.items():
        for level, populations in by_level.items():
            for target in _coarser(level):
                if any(_is_between(other, level, target) for other in by_level):
                    continue
                for total, parts in _grouped(populations, level, target):
                    yield figure, total, parts


def _coarser(level: Level) -> Iterator[Level]:
    """Every level that leaves out a dimension of this one, or has what lies above it. Schemes are not added up."""
    ways = [
        ((name,),) if name == "scheme" else ((name,), (), *((above,) for above in WITHIN.get(name, ())))
        for name in sorted(level)
    ]
    for chosen in product(*ways):
        target = frozenset(name for names in chosen for name in names)
        if target != level:
            yield target


def _is_between(other: Level, fine: Level, coarse: Level) -> bool:
    return other not in (fine, coarse) and _is_coarser(coarse, other) and _is_coarser(other, fine)


def _is_coarser(coarse: Level, fine: Level) -> bool:
    above = {upper for name in fine for upper in WITHIN.get(name, ())}
    return all(name in fine or name in above for name in coarse)


def _grouped(
    populations: Iterable[Population], level: Level, target: Level
) -> Iterator[tuple[Population, frozenset[Population]]]:
    groups: defaultdict[Population, list[Population]] = defaultdict(list)
    for population in populations:
        groups[_as_seen_from(population, level, target)].append(population)
    for total, parts in groups.items():
        yield total, frozenset(parts)


def _as_seen_from(population: Population, level: Level, target: Level) -> Population:
    kept: list[Pair] = []
    for pair in population:
        if pair[0] not in level or pair[0] in target:
            kept.append(pair)
        else:
            kept.extend(above for above in lying_within(pair) if above[0] in target)
    return tuple(sorted(kept))
