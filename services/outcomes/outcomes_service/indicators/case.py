"""What a measure may look at: a referral's journey in its scheme, under one definition of success."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

from outcomes_service.projections.facts import AnyFact, Held, Recorded, standing
from outcomes_service.projections.journeys import WINDOW_CLOSES, Journey, checkpoint
from schemes.model import Scheme
from servicekit.days import day_of

IN_WORK: Final = frozenset({"entered_work", "returned_to_work", "stayed_in_work"})
IN_WORK_OR_TRAINING: Final = IN_WORK | {"entered_training"}


@dataclass(frozen=True)
class Case:
    """One referral that was made. Days are Europe/London; a day that nothing is known of is None."""

    journey: Journey
    scheme: Scheme
    definition: str

    @cached_property
    def facts(self) -> Sequence[AnyFact]:
        """The facts that count."""
        return standing(self.journey.facts)

    @cached_property
    def sessions(self) -> Sequence[tuple[date, Held]]:
        """The sessions held, each with its day, in the order in which they were held."""
        held = sorted((fact for fact in self.facts if type(fact) is Held), key=lambda fact: fact.time)
        return [(day_of(fact.time), fact) for fact in held]

    @property
    def group(self) -> str:
        """How work stood at entry."""
        return self.journey.entry.group if self.journey.entry else "none"

    @cached_property
    def referred_on(self) -> date | None:
        """The day of the referral."""
        return self.journey.referred_at and day_of(self.journey.referred_at)

    @cached_property
    def first_session_on(self) -> date | None:
        """The day of the first session held."""
        return self.journey.first_session_at and day_of(self.journey.first_session_at)

    @cached_property
    def plan_agreed_on(self) -> date | None:
        """The day on which a plan was first agreed."""
        return self.journey.plan_agreed_at and day_of(self.journey.plan_agreed_at)

    @property
    def completed_on(self) -> date | None:
        """The day on which the programme was completed."""
        return self.journey.programme.completed_at if self.journey.programme else None

    @property
    def left_on(self) -> date | None:
        """The day on which the programme was left early."""
        return self.journey.programme.left_at if self.journey.programme else None

    @property
    def still_on(self) -> date | None:
        """The latest day of which it was said that the programme goes on."""
        return self.journey.programme.still_on_at if self.journey.programme else None

    @property
    def started_on(self) -> date | None:
        """The programme's first session; where sessions do not name their programme, the first session."""
        named = self.journey.programme.started_at if self.journey.programme else None
        return named or self.first_session_on

    @property
    def ended_on(self) -> date | None:
        """The end of the programme, else the closure: what checkpoints count from."""
        return self.journey.ended_on

    @cached_property
    def planned_weeks(self) -> int | None:
        """How long the programme was to last: as the sessions say, else as the scheme does."""
        said = [fact.programme[1] for _, fact in self.sessions if fact.programme]
        if said:
            return said[-1]
        day = self.started_on
        planned = self.scheme.programme_on(self.journey.area, day) if day else None
        return planned.weeks if planned else None

    def window_closed_on(self, weeks: int) -> date | None:
        """The day at whose end the window of a checkpoint is over, and the case counts."""
        return self.ended_on and self.ended_on + timedelta(weeks=weeks) + WINDOW_CLOSES

    def status(self, weeks: int) -> str | None:
        """The work status that counts at a checkpoint under this definition; None: not known."""
        if self.ended_on is None:
            return None
        found = checkpoint(self._outcomes, self.ended_on, weeks, self.definition)
        return None if found is None or found.status in ("unknown", "not_known_here") else found.status

    def first_status_on(self, status: str) -> date | None:
        """The first day of which this work status was recorded, at any checkpoint."""
        days = [f.on for f in self._outcomes if f.status == status and f.definition == self.definition]
        return min(days, default=None)

    @cached_property
    def _outcomes(self) -> Sequence[Recorded]:
        return [fact for fact in self.facts if type(fact) is Recorded]
