"""Every measure there is, and which of them each scheme shows. Adding one is a file here and a line in the table."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from outcomes_service.indicators import (
    capacity_used,
    completer_success,
    contacts,
    conversion,
    cost_per_unit,
    entered,
    fit_note_share,
    follow_ups,
    lateness,
    left_with_plan,
    parked,
    programme_completion,
    programme_length,
    programme_retention,
    reach_hosts,
    reach_people,
    reach_practices,
    referrals_not_eligible,
    returned,
    start_rate,
    statuses_not_fitting,
    stayed,
    sustained,
    sustained_work,
    time_to_return,
    training_starts,
    users,
    wait_to_first_session,
    waiting,
    work_at_52_weeks,
)
from outcomes_service.indicators.backlog import Backlog
from outcomes_service.indicators.counting import Part
from outcomes_service.indicators.funds import Cost
from outcomes_service.indicators.measure import DATA_QUALITY, Measure, Need, Reads
from schemes.loader import Schemes
from schemes.model import Scheme
from schemes.register import Register

MEASURES: Final[tuple[Measure, ...]] = (
    users.MEASURE,
    left_with_plan.MEASURE,
    completer_success.MEASURE,
    *work_at_52_weeks.MEASURES,
    *entered.MEASURES,
    *returned.MEASURES,
    *stayed.MEASURES,
    *sustained.MEASURES,
    sustained_work.MEASURE,
    time_to_return.MEASURE,
    programme_completion.MEASURE,
    programme_retention.MEASURE,
    programme_length.MEASURE,
    start_rate.MEASURE,
    wait_to_first_session.MEASURE,
    *reach_practices.MEASURES,
    reach_people.MEASURE,
    reach_hosts.MEASURE,
    conversion.MEASURE,
    contacts.MEASURE,
    training_starts.MEASURE,
    capacity_used.MEASURE,
    fit_note_share.MEASURE,
    *cost_per_unit.MEASURES,
    follow_ups.MEASURE,
    statuses_not_fitting.MEASURE,
    referrals_not_eligible.MEASURE,
    lateness.MEASURE,
    waiting.MEASURE,
    parked.MEASURE,
)

Counted = tuple[tuple[str, Callable[..., Iterable[Part]], str], ...]
"""Measures: each with how it is counted, and its definition."""


@dataclass(frozen=True)
class Known:
    """The reference data of the service: schemes, practice register, and which measures each scheme shows."""

    schemes: Schemes
    register: Register

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """Every measure by its id."""
        return {measure.id: measure for measure in MEASURES}

    @cached_property
    def shown(self) -> Mapping[str, tuple[tuple[Measure, str], ...]]:
        """For each scheme the measures that its file asks for, under each definition that it shows."""
        return {
            scheme.id: tuple(
                (measure, definition)
                for measure in MEASURES
                if shows(scheme, measure)
                for definition in (scheme.definitions if len(measure.definitions) > 1 else measure.definitions)
            )
            for scheme in self.schemes.values()
        }

    @cached_property
    def of_cases(self) -> Mapping[str, tuple[tuple[Reads, Need, Counted], ...]]:
        """What each scheme counts in its cases, by what it looks at and the day without which it counts nothing."""
        kinds = list(dict.fromkeys((measure.reads, measure.needs) for measure in MEASURES))
        by_kind = [(*kind, self._counted("case", kind)) for kind in kinds]
        return {
            scheme_id: tuple((reads, need, found[scheme_id]) for reads, need, found in by_kind if scheme_id in found)
            for scheme_id in self.shown
        }

    @cached_property
    def of_persons(self) -> Mapping[str, Counted]:
        """What each scheme counts in its persons."""
        return self._counted("person")

    @cached_property
    def of_facts(self) -> Mapping[str, Counted]:
        """What each scheme counts in each fact by itself."""
        return self._counted("fact")

    @cached_property
    def of_practices(self) -> Mapping[str, Counted]:
        """What each scheme counts in practices' fit notes."""
        return self._counted("practice")

    def _counted(self, subject: str, kind: tuple[Reads, Need] | None = None) -> Mapping[str, Counted]:
        counted = {
            scheme_id: tuple(
                (measure.id, measure.counting.parts, definition)
                for measure, definition in shown
                if not isinstance(measure.counting, Cost | Backlog) and measure.counting.of == subject
                if kind in (None, (measure.reads, measure.needs))
            )
            for scheme_id, shown in self.shown.items()
        }
        return {scheme_id: parts for scheme_id, parts in counted.items() if parts}

    @cached_property
    def fingerprint(self) -> str:
        """What roll-ups depend on beside the journeys: the code that counts, scheme files, practice register."""
        here = Path(__file__).parent
        code = sorted([*here.glob("*.py"), *(here.parent / "projections").glob("*.py")])
        content = b"".join(file.read_bytes() for file in code)
        said = f"{self.schemes.fingerprint}/{self.register.as_of}/{len(self.register.practices)}"
        return hashlib.sha256(content + said.encode()).hexdigest()


def shows(scheme: Scheme, measure: Measure) -> bool:
    """Whether the scheme shows a measure: its file asks for it, and the scheme asks people at its checkpoint.

    How good the data are is shown by every scheme to which people or employers are referred.
    """
    if measure.family == DATA_QUALITY:
        return scheme.about != "aggregate"
    asked = measure.checkpoint is None or any(measure.checkpoint in planned.checkpoints for planned in scheme.programme)
    return measure.family in scheme.measures and asked
