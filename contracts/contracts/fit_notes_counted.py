"""FitNotesCounted: how many fit notes a practice issued in a period. No person, referral or scheme."""

from datetime import timedelta

from pydantic import Field, model_validator

from contracts import vocabulary as v
from contracts.envelope import Day, Payload, PracticeCode, Uuid
from contracts.rules import broken


class Practice(Payload):
    """A GP practice by its ODS code."""

    system: v.PracticeSystem
    code: PracticeCode


class Period(Payload):
    """First and last day, both included; at most a year."""

    from_: Day = Field(alias="from")
    to: Day

    @model_validator(mode="after")
    def _at_most_a_year(self) -> "Period":
        if not timedelta(0) <= self.to - self.from_ <= timedelta(days=365):
            raise broken("period_invalid", "to", "a day from `from` on, at most a year after it")
        return self


class FitNotesCounted(Payload):
    """Counts of one practice and period: `not_fit` for work, `may_be_fit` with support. Unit: notes."""

    practice: Practice
    period: Period
    not_fit: int = Field(ge=0, le=10_000_000)
    may_be_fit: int = Field(ge=0, le=10_000_000)
    synthetic: bool = False
    supersedes: Uuid | None = None

    def subject(self) -> str | None:
        """The practice."""
        return f"ods:{self.practice.code}"

    def target(self) -> str | None:
        """The event that this one corrects."""
        return self.supersedes
