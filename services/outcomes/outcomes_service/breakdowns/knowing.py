"""What was known at a moment: facts accepted by then, and no others."""

from datetime import datetime

from outcomes_service.projections.journeys import Journey, derived


def as_known(journey: Journey, moment: datetime) -> Journey:
    """The journey as it stood when nothing later had been accepted; an erased one has nothing left to tell."""
    known = tuple(fact for fact in journey.facts if fact.accepted <= moment)
    if len(known) == len(journey.facts):
        return journey
    return Journey(id=journey.id, facts=known, **derived(known))
