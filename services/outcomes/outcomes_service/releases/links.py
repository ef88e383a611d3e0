"""Which counts of different measures are of the same people, or of some of them, by what the measures say."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from typing import Final, NamedTuple

from outcomes_service.releases.counts import Count, Population

Of = tuple[str, str]
"""A measure and a part of it."""

SAME: Final[tuple[tuple[Of, Of], ...]] = (
    (("users", "k"), ("reach-people", "k")),
    (("users", "k"), ("cost-per-person-seen", "n")),
    (("contacts", "k"), ("cost-per-contact", "n")),
    (("start-rate", "k"), ("wait-to-first-session", "n")),
    (("start-rate", "k"), ("training-starts", "n")),
    (("wait-to-first-session", "n"), ("training-starts", "n")),
    *(((f"sustained-{weeks}", "k"), (f"sustained-{weeks}-known", "k")) for weeks in (13, 26, 52)),
)
"""Where a breakdown is by time, and each counts by a day of its own, they differ and are not taken for the same."""
_CHECKED_AGAIN: Final = (
    ("sustained-52", "sustained-26", "sustained-13"),
    *((f"{status}-52", f"{status}-26", f"{status}-13", status) for status in ("entered", "returned", "stayed")),
)
ONCE_CLOSED: Final[tuple[tuple[Of, Of], ...]] = (
    (("work-at-52-weeks", "n"), ("completer-success", "k")),
    (("work-at-52-weeks-of-completers", "n"), ("completer-success", "n")),
    (("work-at-52-weeks-of-entered", "n"), ("sustained-52", "n")),
    *(((later, "n"), (earlier, "n")) for checked in _CHECKED_AGAIN for later, earlier in pairwise(checked)),
)
"""Each first is of those of the second whose window has closed: of all of them in time."""
PART_OF: Final[tuple[tuple[Of, Of], ...]] = (
    (("work-at-52-weeks", "n"), ("work-at-52-weeks-of-completers", "n")),
    (("work-at-52-weeks", "k"), ("work-at-52-weeks-of-completers", "k")),
    (("work-at-52-weeks-of-entered", "n"), ("work-at-52-weeks", "n")),
    (("work-at-52-weeks-of-entered", "k"), ("work-at-52-weeks", "k")),
    (("work-at-52-weeks-of-entered", "k"), ("sustained-52", "k")),
)
"""Each first is of people who are all in the second: the difference is a group as well."""


class Within(NamedTuple):
    """Two counts of which the first is of some of the second's people; of all of them perhaps, if it `may_be_all`."""

    some: Count
    all: Count
    may_be_all: bool


class Same(NamedTuple):
    """Two counts that are of the same people."""

    one: Count
    other: Count


def links(counts: Iterable[Count]) -> Iterator[Within | Same]:
    """Every link between these counts of one release."""
    groups: defaultdict[tuple[Population, str], dict[Of, Count]] = defaultdict(dict)
    cohorts: defaultdict[tuple[Population, str], list[Count]] = defaultdict(list)
    for count in counts:
        groups[count.population, count.definition][count.measure, count.part] = count
        if count.part == "n":
            cohorts[count.population, count.measure].append(count)
    for group in groups.values():
        yield from (Same(group[one], group[other]) for one, other in SAME if one in group and other in group)
        for pairs, may_be_all in ((ONCE_CLOSED, True), (PART_OF, False)):
            for some, every in pairs:
                if some in group and every in group:
                    yield Within(group[some], group[every], may_be_all)
    for cohort in cohorts.values():  # who is counted under one definition of success is counted under another
        yield from (Same(one, other) for one, other in combinations(cohort, 2))
