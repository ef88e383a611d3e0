"""OutcomeRecorded: what became of it. Exactly one of programme, work status and closure."""

from pydantic import ConfigDict, Field, model_validator

from contracts import vocabulary as v
from contracts.envelope import Correctable, Day, Payload, Uuid
from contracts.rules import broken


class Programme(Payload):
    """How a programme went. `weeks` is how long the person was on it."""

    result: v.ProgrammeResult
    """How it went."""
    on: Day
    """The day of the result."""
    weeks: int | None = Field(default=None, ge=0, le=260)
    """How many weeks the person was on it."""


class WorkStatus(Payload):
    """The work status at a checkpoint, `checkpoint_weeks` after the programme's end (else after closure)."""

    checkpoint_weeks: v.CheckpointWeeks
    """The checkpoint: weeks after the programme's end, else after closure."""
    status: v.WorkStatusCode
    """The work status."""
    status_on: Day
    """The day on which it was so; within 14 days before and 28 days after the checkpoint it counts."""
    hours: int | None = Field(default=None, ge=0, le=100)
    """Hours of work a week."""
    same_employer: bool | None = None
    """Whether the employer is that at entry."""
    evidence: v.Evidence
    """How it is known."""
    definition: v.Definition
    """By which definition the person is in work."""


class Closure(Payload):
    """Why and when the case was closed."""

    reason: v.ClosureReason
    """Why the case was closed."""
    on: Day
    """The day on which it was closed."""


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
    """The outcome: a UUID that you made. A correction of the outcome keeps it."""
    programme: Programme | None = None
    """How a programme went. Exactly one of programme, work_status and closure is there."""
    work_status: WorkStatus | None = None
    """The work status at a checkpoint."""
    closure: Closure | None = None
    """That the case was closed."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "OutcomeRecorded":
        if sum(kind is not None for kind in (self.programme, self.work_status, self.closure)) != 1:
            raise broken("kinds_not_one", "outcome_id", "exactly one of programme, work_status, closure")
        return self
