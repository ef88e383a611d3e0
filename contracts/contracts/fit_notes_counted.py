"""FitNotesCounted: how many fit notes a practice issued in a period. No person, referral or scheme."""

from datetime import timedelta

from pydantic import Field, model_validator

from contracts import vocabulary as v
from contracts.envelope import Day, Payload, PracticeCode, Uuid
from contracts.rules import broken


class Practice(Payload):
    """A GP practice by its ODS code."""

    system: v.PracticeSystem
    """Whose codes these are."""
    code: PracticeCode
    """The practice's ODS code."""


class Period(Payload):
    """First and last day, both included; at most a year."""

    from_: Day = Field(alias="from")
    """The first day."""
    to: Day
    """The last day, itself included; at most a year after the first."""

    @model_validator(mode="after")
    def _at_most_a_year(self) -> "Period":
        if not timedelta(0) <= self.to - self.from_ <= timedelta(days=365):
            raise broken("period_invalid", "to", "a day from `from` on, at most a year after it")
        return self


class FitNotesCounted(Payload):
    """How many fit notes one practice issued in a period: `not_fit` for work, `may_be_fit` with support."""

    practice: Practice
    """The practice that issued them."""
    period: Period
    """When they were issued."""
    not_fit: int = Field(ge=0, le=10_000_000)
    """How many say that somebody is not fit for work."""
    may_be_fit: int = Field(ge=0, le=10_000_000)
    """How many say that somebody may be fit for work, with support."""
    synthetic: bool = False
    """Whether it is made up. Made-up events are counted apart from real ones, always."""
    supersedes: Uuid | None = None
    """The id of an earlier event of yours, which this one corrects."""

    def subject(self) -> str | None:
        """The practice."""
        return f"ods:{self.practice.code}"

    def target(self) -> str | None:
        """The event that this one corrects."""
        return self.supersedes
