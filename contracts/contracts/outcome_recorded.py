"""OutcomeRecorded: what became of it. Exactly one of programme, work status and closure."""

from pydantic import ConfigDict, Field, model_validator

from contracts import vocabulary as v
from contracts.envelope import Correctable, Day, Payload, Uuid
from contracts.rules import broken


class Programme(Payload):
    """How a programme went. `weeks` is how long the person was on it."""

    result: v.ProgrammeResult
    on: Day
    weeks: int | None = Field(default=None, ge=0, le=260)


class WorkStatus(Payload):
    """The work status at a checkpoint, `checkpoint_weeks` after the programme's end (else after closure)."""

    checkpoint_weeks: v.CheckpointWeeks
    status: v.WorkStatusCode
    status_on: Day
    hours: int | None = Field(default=None, ge=0, le=100)
    same_employer: bool | None = None
    evidence: v.Evidence
    definition: v.Definition


class Closure(Payload):
    """Why and when the case was closed."""

    reason: v.ClosureReason
    on: Day


class OutcomeRecorded(Correctable):
    """One outcome: a programme's result, a work status at a checkpoint, or a closure."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [kind], "properties": {kind: {"type": "object"}}}
                for kind in ("programme", "work_status", "closure")
            ]
        }
    )

    outcome_id: Uuid
    programme: Programme | None = None
    work_status: WorkStatus | None = None
    closure: Closure | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "OutcomeRecorded":
        if sum(kind is not None for kind in (self.programme, self.work_status, self.closure)) != 1:
            raise broken("kinds_not_one", "outcome_id", "exactly one of programme, work_status, closure")
        return self
