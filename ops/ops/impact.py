"""What it means in the words of the people who read the figures that something waits, lags, is parked or does not come.

Pure: for commands, pages and alerts alike. What is short is said as a bound: whether an event would have counted in a
measure is known only when it comes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from outcomes_service.indicators.backlog import Backlog
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Notes
from outcomes_service.indicators.funds import Cost
from outcomes_service.indicators.measure import DATA_QUALITY, Measure
from outcomes_service.projections.facts import Held, Recorded

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
}
_SAID: Final[Mapping[Why, tuple[str, str]]] = {
    "waiting": ("waits for what it is about", "wait for what they are about"),
    "parked": ("is parked", "are parked"),
    "behind": ("is not taken up yet", "are not taken up yet"),
    "not come": ("has probably not come", "have probably not come"),
}


@dataclass(frozen=True, slots=True)
class Lacking:
    """So many events of a type that figures lack, and why. `schemes` are those it may be of; None: nobody can say."""

    event: str
    count: int
    why: Why
    schemes: tuple[str, ...] | None


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
    together: defaultdict[tuple[str, ...] | None, list[Lacking]] = defaultdict(list)
    for each in lacking:
        if each.count > 0:
            together[each.schemes].append(each)
    found = [_of_schemes(schemes, rows, known) for schemes, rows in together.items()]
    return tuple(sorted(found, key=lambda each: (-sum(each.events.values()), each.schemes)))


def measures_of(event: str, schemes: Iterable[str], known: Known) -> tuple[Measure, ...]:
    """The measures of these schemes in which an event of this type can count, in the order of the catalogue."""
    shown = {measure.id for scheme in schemes for measure, _ in known.shown.get(scheme, ())}
    return tuple(m for m in known.measures.values() if m.id in shown and _looks_at(m, event))


def _looks_at(measure: Measure, event: str) -> bool:
    if measure.family == DATA_QUALITY or isinstance(measure.counting, Cost | Backlog):
        return False  # they tell of data, or follow from other measures
    if isinstance(measure.counting, Notes):
        return event == "fit-notes-counted"
    match event:
        case "referral-made":
            return True
        case "session-held":
            return Held in measure.reads
        case "outcome-recorded":
            return Recorded in measure.reads and measure.counting.of != "person"  # persons are those who were seen
    return False


def _of_schemes(schemes: tuple[str, ...] | None, rows: Sequence[Lacking], known: Known) -> Impact:
    events: defaultdict[str, int] = defaultdict(int)
    by: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        events[row.event] += row.count
        for measure in measures_of(row.event, schemes or (), known):
            by[measure.id] += row.count
    short = tuple(Short(name, known.measures[name].title, by[name]) for name in known.measures if name in by)
    titles = [known.schemes[name].title for name in schemes or () if name in known.schemes]
    return Impact(schemes or (), dict(events), short, " ".join(_sentences(titles, rows, short)))


def _sentences(titles: Sequence[str], rows: Sequence[Lacking], short: Sequence[Short]) -> Iterator[str]:
    of = " or ".join(titles) or "Schemes that nobody can name"
    yield f"{of}: {', '.join(_said(row) for row in rows)}."
    if not titles:
        yield "Which figures are short nobody can say."
    elif not short:
        yield "No figure is short of it."
    for by in sorted({each.by for each in short}, reverse=True):
        yield f"Short by up to {by:,}: {'; '.join(each.title for each in short if each.by == by)}."


def _said(row: Lacking) -> str:
    one, many = WORDS.get(row.event, ("event", "events"))
    is_one = row.count == 1
    return f"{row.count:,} {one if is_one else many} {_SAID[row.why][0 if is_one else 1]}"
