"""FollowUpDue: something is to be done about a referral. Our own; restricted to the provider."""

from contracts import vocabulary as v
from contracts.envelope import AboutReferral, Day


class FollowUpDue(AboutReferral):
    """What is due and by when; `checkpoint_weeks` only where `what` is a checkpoint."""

    what: v.FollowUp
    """What is due."""
    checkpoint_weeks: v.CheckpointWeeks | None = None
    """Which checkpoint, where one is due."""
    due_on: Day
    """By when."""
