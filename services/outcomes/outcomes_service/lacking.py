"""Which measures an event can count in: by so many they may be short where it is lacking. Pure."""

from collections import Counter
from collections.abc import Iterable

from outcomes_service.indicators.backlog import Backlog
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Notes
from outcomes_service.indicators.funds import Cost
from outcomes_service.indicators.measure import DATA_QUALITY, Measure
from outcomes_service.projections.facts import Held, Recorded


def measures_of(event: str, schemes: Iterable[str], known: Known) -> tuple[Measure, ...]:
    """The measures of these schemes in which an event of this type can count, in the order of the catalogue."""
    shown = {measure.id for scheme in schemes for measure, _ in known.shown.get(scheme, ())}
    return tuple(m for m in known.measures.values() if m.id in shown and _looks_at(m, event))


def short_by(lacking: Iterable[tuple[str, str, str, int]], known: Known) -> Counter[tuple[str, str, str]]:
    """Of (scheme, event, why, how many): by how many each measure of each scheme may be short, and why."""
    short = Counter[tuple[str, str, str]]()
    for scheme, event, why, count in lacking:
        for measure in measures_of(event, [scheme], known):
            short[scheme, measure.id, why] += count
    return short


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
