"""Releases drawn at random, to be attacked: people, crossings of what is known of them, tables that share margins."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

from outcomes_service.indicators.counting import share
from outcomes_service.releases.counts import PARTS, people_parts
from outcomes_service.releases.model import Row, Table

_AGES: Final = ("16-24", "25-64", "not_known")
_ENTRIES: Final = ("absent", "at_work", "out_of_work")
_BARRIERS: Final = ("mental_health", "msk", "other")
_MONTHS: Final = ("2025-02", "2025-03", "2025-04")
_CROSSINGS: Final = (
    ("area",), ("age",), ("entry",), ("month",), ("quarter",), ("practice",),
    ("area", "age"), ("area", "entry"), ("area", "month"), ("area", "quarter"), ("area", "practice"),
    ("age", "entry"), ("age", "barrier"), ("entry", "month"), ("area", "age", "entry"),
)  # fmt: skip
_FEWEST, _MOST, _COME = 15, 60, 8
_AREAS, _TABLES, _LATER = 3, 2, 2


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody who was referred: `lasted` is whether work did of who `succeeded`, None not known, once it is `over`."""

    area: str
    practice: str
    age: str
    entry: str
    barrier: str
    month: str
    seen: bool
    succeeded: bool
    over: bool
    lasted: bool | None

    @property
    def quarter(self) -> str:
        """The quarter of the month."""
        return f"2025-Q{(int(self.month[5:]) + 2) // 3}"

    @property
    def is_checked(self) -> bool:
        """Whether it is time to know whether work lasted."""
        return self.seen and self.succeeded and self.over


_Asks = Callable[[Someone], bool]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who is counted by a measure, who of them succeeds, and of whom it is not known."""

    n: _Asks
    k: _Asks = lambda _: False
    u: _Asks = lambda _: False


_ASKED: Final[Mapping[str, _Asked]] = {
    "users": _Asked(lambda one: one.seen, lambda one: one.seen),
    "start-rate": _Asked(lambda _: True, lambda one: one.seen),
    "wait-to-first-session": _Asked(lambda one: one.seen),
    "completer-success": _Asked(lambda one: one.seen, lambda one: one.succeeded),
    "work-at-52-weeks": _Asked(
        lambda one: one.is_checked, lambda one: one.lasted is True, lambda one: one.lasted is None
    ),
    "work-at-52-weeks-of-completers": _Asked(
        lambda one: one.seen and one.over, lambda one: one.lasted is True, lambda one: one.lasted is None
    ),
    "sustained-52": _Asked(lambda one: one.is_checked, lambda one: one.lasted is True, lambda one: one.lasted is None),
    "sustained-52-known": _Asked(lambda one: one.is_checked and one.lasted is not None, lambda one: one.lasted is True),
}
_TOGETHER: Final = (
    ("users", "start-rate", "wait-to-first-session"),
    ("completer-success", "work-at-52-weeks", "work-at-52-weeks-of-completers"),
    ("sustained-52", "sustained-52-known"),
)
"""Measures of which one says something of another; releases that show such are the hardest to protect."""


def series(seed: int) -> tuple[tuple[Table, ...], ...]:
    """One to three releases of one service, one after the other: their exact tables. The same for the same seed."""
    chance = Random(seed)  # noqa: S311  it draws examples
    people = [_someone(chance) for _ in range(chance.randint(_FEWEST, _MOST))]
    crossings = [(by, chance.random() > 1 / 4) for by in chance.sample(_CROSSINGS, chance.randint(1, _TABLES))]
    measures = chance.sample(chance.choice(_TOGETHER), chance.choice((1, 1, 1, 2)))
    made = []
    for _ in range(chance.randint(1, 1 + _LATER)):
        made.append(tuple(_table(people, by, measures, with_totals=totals) for by, totals in crossings))
        people = _later(people, chance)
    return tuple(made)


def _someone(chance: Random) -> Someone:
    area = chance.randint(1, _AREAS)
    return Someone(
        area=f"area-{area}",
        practice=f"practice-{area}-{chance.choice('aab')}",
        age=chance.choice(_AGES),
        entry=chance.choice(_ENTRIES),
        barrier=chance.choice(_BARRIERS),
        month=chance.choice(_MONTHS),
        seen=chance.random() < 4 / 5,
        succeeded=chance.random() < 2 / 3,
        over=chance.random() < 3 / 4,
        lasted=chance.choice((True, True, False, None)),
    )


def _later(people: Sequence[Someone], chance: Random) -> list[Someone]:
    """What is known later: in one area some have come, and of some it turned out that they never were there."""
    area = chance.choice(people).area
    kept = [one for one in people if one.area != area or chance.random() > 1 / 20]
    return kept + [one for one in (_someone(chance) for _ in range(_COME)) if one.area == area]


def _table(people: Sequence[Someone], by: tuple[str, ...], measures: Sequence[str], *, with_totals: bool) -> Table:
    sizes = range(len(by) + 1) if with_totals else (len(by),)
    levels = [frozenset(kept) for size in sizes for kept in combinations(by, size)]
    rows = (row for measure in measures for level in levels for row in _rows(people, by, measure, level))
    return Table(id="-".join(by), title="", dimensions=("scheme", "measure", "definition", *by), rows=tuple(rows))


def _rows(people: Sequence[Someone], by: tuple[str, ...], measure: str, level: frozenset[str]) -> list[Row]:
    asked, parts = _ASKED[measure], people_parts(measure)
    found: defaultdict[tuple[str | None, ...], Counter[str]] = defaultdict(Counter)
    for one in people:
        counted, succeeded = asked.n(one), asked.k(one)
        found[tuple(getattr(one, name) if name in level else None for name in by)].update(
            n=int(counted), k=int(counted and succeeded), u=int(counted and not succeeded and asked.u(one))
        )
    rows = []
    for at, tally in sorted(found.items(), key=str):
        place: dict[str, str | None] = {"scheme": "x", "measure": measure, "definition": "seed"}
        k, n, u = (tally[part] if part in parts else None for part in PARTS)
        rate = None if k is None or n is None else share(k, n, u or 0).rate
        rows.append(Row(at=place | dict(zip(by, at, strict=True)), k=k, n=n, u=u, rate=rate))
    return rows
