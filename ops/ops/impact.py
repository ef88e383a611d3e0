"""What it means in the words of the people who read the figures that something waits, lags, is parked or does not come.

Pure: for commands, pages and alerts alike. What is short is said as a bound: whether an event would have counted in a
measure is known only when it comes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from outcomes_service.indicators.catalogue import Known
from outcomes_service.lacking import measures_of

Why = Literal["waiting", "parked", "behind", "not come"]

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "referral-made": ("referral", "referrals"),
    "session-held": ("session", "sessions"),
    "session-not-held": ("session that was not held", "sessions that were not held"),
    "outcome-recorded": ("outcome", "outcomes"),
    "permission-given": ("permission", "permissions"),
    "permission-withdrawn": ("withdrawn permission", "withdrawn permissions"),
    "entry-withdrawn": ("withdrawn entry", "withdrawn entries"),
    "fit-notes-counted": ("count of fit notes", "counts of fit notes"),
    "permissions": ("permission given or withdrawn", "permissions given or withdrawn"),
    "follow-up-due": ("follow-up that is due", "follow-ups that are due"),
    "erasure-requested": ("erasure", "erasures"),
}
_SAID: Final[Mapping[Why, tuple[str, str]]] = {
    "waiting": ("waits for what it is about", "wait for what they are about"),
    "parked": ("is parked", "are parked"),
    "behind": ("is not taken up yet", "are not taken up yet"),
    "not come": ("has probably not come", "have probably not come"),
}


_MOST_SCHEMES: Final = 3  # more are counted
_MOST_TITLES: Final = 8


@dataclass(frozen=True, slots=True)
class Lacking:
    """So many events of a type that figures lack, and why. `schemes` are those it may be of; None: nobody can say.

    `counted`: figures do not lack it, but something else does, such as a case or a notification.
    """

    event: str
    count: int
    why: Why
    schemes: tuple[str, ...] | None
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Short:
    """A measure of a scheme that may be short by up to so many."""

    measure: str
    title: str
    by: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What figures of these schemes lack. `events` counts by type; each scheme may be short by all of it."""

    schemes: tuple[str, ...]
    events: Mapping[str, int]
    short: tuple[Short, ...]
    words: str

    @property
    def referrals(self) -> int:
        """How many referrals are lacking."""
        return self.events.get("referral-made", 0)


def impact(lacking: Iterable[Lacking], known: Known) -> tuple[Impact, ...]:
    """What is lacking, scheme by scheme where it is known, the most first."""
    counts: Counter[Lacking] = Counter()
    for each in lacking:
        counts[replace(each, count=0)] += each.count
    together: defaultdict[tuple[tuple[str, ...] | None, bool], list[Lacking]] = defaultdict(list)
    for each, count in counts.items():
        if count > 0:
            together[each.schemes, each.counted].append(replace(each, count=count))
    found = [_of_schemes(schemes, rows, known) for (schemes, _), rows in together.items()]
    return tuple(sorted(found, key=lambda each: (-sum(each.events.values()), each.schemes)))


def _of_schemes(schemes: tuple[str, ...] | None, rows: Sequence[Lacking], known: Known) -> Impact:
    events: defaultdict[str, int] = defaultdict(int)
    by: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        events[row.event] += row.count
        for measure in () if row.counted else measures_of(row.event, schemes or (), known):
            by[measure.id] += row.count
    short = tuple(Short(name, known.measures[name].title, by[name]) for name in known.measures if name in by)
    titles = [known.schemes[name].title for name in schemes or () if name in known.schemes]
    return Impact(schemes or (), dict(events), short, " ".join(_sentences(titles, rows, short)))


def _sentences(titles: Sequence[str], rows: Sequence[Lacking], short: Sequence[Short]) -> Iterator[str]:
    yield f"{_whose(titles)}: {', '.join(_said(row) for row in rows)}."
    if all(row.counted for row in rows):
        yield "No figure is short of it: it is accepted, and counted."
    elif not titles:
        yield "Which figures are short nobody can say."
    elif not short:
        yield "No figure is short of it."
    for by in sorted({each.by for each in short}, reverse=True):
        titles = [each.title for each in short if each.by == by]
        more = f"; and {len(titles) - _MOST_TITLES} more" if len(titles) > _MOST_TITLES else ""
        yield f"Short by up to {by:,}: {'; '.join(titles[:_MOST_TITLES])}{more}."


def _whose(titles: Sequence[str]) -> str:
    if len(titles) > _MOST_SCHEMES:
        return f"Any of {len(titles)} schemes"
    return " or ".join(titles) or "Schemes that nobody can name"


def _said(row: Lacking) -> str:
    one, many = WORDS.get(row.event, ("event", "events"))
    is_one = row.count == 1
    return f"{row.count:,} {one if is_one else many} {_SAID[row.why][0 if is_one else 1]}"
