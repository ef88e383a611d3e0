"""SessionHeld: an adviser and a person met. Whoever did not come is never mentioned here."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from contracts import vocabulary as v
from contracts.envelope import Correctable, Instant, OrganisationCode, Payload, SchemeId, Token, Uuid
from contracts.rules import NoRepeats


class Plan(Payload):
    """The plan that was agreed (or not) and what it aims at."""

    agreed: bool
    """Whether the person agreed to it."""
    aim: v.PlanAim
    """What it aims at."""


class ProgrammeWeek(Payload):
    """Which week of which programme the session belongs to."""

    name: SchemeId
    """The programme."""
    week: int = Field(ge=1, le=260)
    """The week of the programme, from 1."""
    weeks: int = Field(ge=1, le=260)
    """How many weeks the programme has."""


class SessionHeld(Correctable):
    """One session that took place. `minutes` is its length; `started_at` equals the envelope's `time`."""

    session_id: Uuid
    """The session: a UUID that you made. A correction of the session keeps it."""
    started_at: Instant
    """When it started. Equals `time`."""
    minutes: int = Field(ge=5, le=480)
    """How long it took, in minutes."""
    mechanism: v.Mechanism
    """How they met."""
    setting: v.Setting
    """Where they met."""
    delivered_by: v.DeliveredBy
    """The profession of the one who held it."""
    adviser_token: Token
    """Your own opaque name of the one who held it. Nothing is ever counted by it."""
    site: OrganisationCode | None = None
    """The organisation code of the place, for instance of the practice."""
    attendance: v.AttendanceHeld
    """How the person came. Who did not come is never said here: see SessionNotHeld."""
    interventions: Annotated[tuple[v.Intervention, ...], NoRepeats()] = Field(min_length=1, max_length=17)
    """What was done; one or more, each once."""
    plan: Plan | None = None
    """The plan, where one was spoken of."""
    programme: ProgrammeWeek | None = None
    """Where in a programme it stands."""
    work_status_now: v.WorkStatusNow | None = None
    """How work stood on the day."""

    def happened_at(self) -> datetime | None:
        """When the session started."""
        return self.started_at
