"""Every measure there is, and which of them each scheme shows. Adding one is a file here and a line in the table."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from outcomes_service.indicators import (
    capacity_used,
    completer_success,
    contacts,
    conversion,
    cost_per_unit,
    entered,
    fit_note_share,
    left_with_plan,
    programme_completion,
    programme_length,
    programme_retention,
    reach_hosts,
    reach_people,
    reach_practices,
    returned,
    start_rate,
    stayed,
    sustained,
    time_to_return,
    training_starts,
    users,
    wait_to_first_session,
    work_at_52_weeks,
)
from outcomes_service.indicators.counting import Part
from outcomes_service.indicators.funds import Cost
from outcomes_service.indicators.measure import Measure, Need
from schemes.loader import Schemes
from schemes.register import Register

MEASURES: Final[tuple[Measure, ...]] = (
    users.MEASURE,
    left_with_plan.MEASURE,
    completer_success.MEASURE,
    *work_at_52_weeks.MEASURES,
    entered.MEASURE,
    returned.MEASURE,
    stayed.MEASURE,
    *sustained.MEASURES,
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
)

Counted = tuple[tuple[str, Callable[[Any], Iterable[Part]], str], ...]
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
                if measure.family in scheme.measures
                for definition in (scheme.definitions if len(measure.definitions) > 1 else measure.definitions)
            )
            for scheme in self.schemes.values()
        }

    @cached_property
    def of_cases(self) -> Mapping[str, tuple[tuple[Need, Counted], ...]]:
        """What each scheme counts in its cases, by the day without which a case counts in none of them."""
        needs = sorted({measure.needs for measure in MEASURES})
        by_need = [(need, self._counted("case", need)) for need in needs]
        return {
            scheme_id: tuple((need, counted[scheme_id]) for need, counted in by_need if scheme_id in counted)
            for scheme_id in self.shown
        }

    @cached_property
    def of_persons(self) -> Mapping[str, Counted]:
        """What each scheme counts in its persons."""
        return self._counted("person")

    @cached_property
    def of_practices(self) -> Mapping[str, Counted]:
        """What each scheme counts in practices' fit notes."""
        return self._counted("practice")

    def _counted(self, subject: str, need: Need = "referred_on") -> Mapping[str, Counted]:
        counted = {
            scheme_id: tuple(
                (measure.id, measure.counting.parts, definition)
                for measure, definition in shown
                if not isinstance(measure.counting, Cost) and measure.counting.of == subject and measure.needs == need
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
