"""What a measure may look at: a referral's journey in its scheme, under one definition of success."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

from outcomes_service.projections.facts import AnyFact, Held, Recorded, standing
from outcomes_service.projections.journeys import WINDOW_CLOSES, Checkpoint, Journey, checkpoint
from schemes.model import Scheme
from servicekit.days import day_of

IN_WORK: Final = frozenset({"entered_work", "returned_to_work", "stayed_in_work"})
IN_WORK_OR_TRAINING: Final = IN_WORK | {"entered_training"}
NOT_KNOWN: Final = frozenset({"unknown", "not_known_here"})
NOT_FOLLOWED_UP: Final = frozenset({"declined", "ineligible", "withdrew", "died"})


class Case:
    """One referral that was made. Days are Europe/London; a day that nothing is known of is None."""

    # Made for each changed journey: what most measures ask for is worked out once, the rest when it is asked for.
    __slots__ = (
        "_facts",
        "_followed_up",
        "_found",
        "_recorded",
        "_sessions",
        "completed_on",
        "definition",
        "ended_absent",
        "ended_at_work",
        "ended_on",
        "ended_out_of_work",
        "first_session_on",
        "group",
        "journey",
        "left_on",
        "referred_on",
        "scheme",
        "started_on",
        "still_on",
    )  # fmt: skip

    def __init__(self, journey: Journey, scheme: Scheme, definition: str) -> None:
        programme = journey.programme
        self.journey, self.scheme, self.definition = journey, scheme, definition
        self.group = journey.entry.group if journey.entry else "none"
        self.referred_on = _day(journey.referred_at)
        self.first_session_on = _day(journey.first_session_at)
        self.completed_on = programme.completed_at if programme else None
        self.left_on = programme.left_at if programme else None
        self.still_on = programme.still_on_at if programme else None
        # The programme's first session; where sessions do not name their programme, the first session.
        self.started_on = (programme.started_at if programme else None) or self.first_session_on
        self.ended_on = ended = journey.ended_on  # of the programme, else the closure: what checkpoints count from
        self.ended_absent = ended if self.group == "absent" else None
        self.ended_at_work = ended if self.group == "at_work" else None
        self.ended_out_of_work = ended if self.group == "out_of_work" else None
        self._sessions: Sequence[tuple[date, Held]] | None = None
        self._found: dict[int, Checkpoint | None] = {}
        self._recorded: Mapping[int, Sequence[Recorded]] | None = None
        self._followed_up: tuple[int, ...] | None = None
        self._facts: Sequence[AnyFact] | None = None

    @property
    def facts(self) -> Sequence[AnyFact]:
        """The facts that count."""
        if self._facts is None:
            self._facts = standing(self.journey.facts)
        return self._facts

    @property
    def plan_agreed_on(self) -> date | None:
        """The day on which a plan was first agreed."""
        return _day(self.journey.plan_agreed_at)

    @property
    def sessions(self) -> Sequence[tuple[date, Held]]:
        """The sessions held, each with its day, in the order in which they were held."""
        if self._sessions is None:
            held = sorted((fact for fact in self.facts if type(fact) is Held), key=lambda fact: fact.time)
            self._sessions = [(day_of(fact.time), fact) for fact in held]
        return self._sessions

    @property
    def followed_up(self) -> tuple[int, ...]:
        """The checkpoints at which the scheme asks again, in weeks after the end; none of who went away or died."""
        if self._followed_up is None:
            planned = None
            if self.referred_on is not None and self.journey.closed_reason not in NOT_FOLLOWED_UP:
                planned = self.scheme.programme_on(self.journey.area, self.referred_on)
            self._followed_up = planned.checkpoints if planned else ()
        return self._followed_up

    @property
    def planned_weeks(self) -> int | None:
        """How long the programme was to last: as the sessions say, else as the scheme does."""
        last: Held | None = None
        for fact in self.facts:
            if type(fact) is Held and fact.programme and (last is None or fact.time >= last.time):
                last = fact
        if last is not None and last.programme is not None:
            return last.programme[1]
        planned = self.scheme.programme_on(self.journey.area, self.started_on) if self.started_on else None
        return planned.weeks if planned else None

    def window_closed_on(self, weeks: int) -> date | None:
        """The first day on which the window of a checkpoint is over, so that the case counts."""
        return self.ended_on and self.ended_on + _until_closed(weeks)

    @property
    def recorded(self) -> Mapping[int, Sequence[Recorded]]:
        """The work statuses recorded of each checkpoint, under any definition, on any day."""
        if self._recorded is None:
            recorded: defaultdict[int, list[Recorded]] = defaultdict(list)
            for fact in self.facts:
                if type(fact) is Recorded and fact.checkpoint is not None:
                    recorded[fact.checkpoint].append(fact)
            self._recorded = recorded
        return self._recorded

    def found(self, weeks: int) -> Checkpoint | None:
        """What is known of the work status at a checkpoint under this definition, and of which day; None: nothing."""
        if self.ended_on is None:
            return None
        if weeks not in self._found:
            said = self.recorded.get(weeks)
            found = checkpoint(said, self.ended_on, weeks, self.definition) if said else None
            self._found[weeks] = None if found is None or found.status in NOT_KNOWN else found
        return self._found[weeks]

    def status(self, weeks: int) -> str | None:
        """The work status that counts at a checkpoint under this definition; None: not known."""
        found = self.found(weeks)
        return found.status if found else None

    def first_status_on(self, status: str) -> date | None:
        """The first day of which this work status was recorded, at any checkpoint."""
        days = [
            f.on for f in self.facts if type(f) is Recorded and f.status == status and f.definition == self.definition
        ]
        return min(days, default=None)


@cache
def _until_closed(weeks: int) -> timedelta:
    return timedelta(weeks=weeks) + WINDOW_CLOSES + timedelta(days=1)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else day_of(moment)
