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
    aim: v.PlanAim


class ProgrammeWeek(Payload):
    """Which week of which programme the session belongs to."""

    name: SchemeId
    week: int = Field(ge=1, le=260)
    weeks: int = Field(ge=1, le=260)


class SessionHeld(Correctable):
    """One session that took place. `minutes` is its length; `started_at` equals the envelope's `time`."""

    session_id: Uuid
    started_at: Instant
    minutes: int = Field(ge=5, le=480)
    mechanism: v.Mechanism
    setting: v.Setting
    delivered_by: v.DeliveredBy
    adviser_token: Token
    site: OrganisationCode | None = None
    attendance: v.AttendanceHeld
    interventions: Annotated[tuple[v.Intervention, ...], NoRepeats()] = Field(min_length=1, max_length=17)
    plan: Plan | None = None
    programme: ProgrammeWeek | None = None
    work_status_now: v.WorkStatusNow | None = None

    def happened_at(self) -> datetime | None:
        """When the session started."""
        return self.started_at
