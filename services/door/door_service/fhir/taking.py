"""From a message to what may go into the inbox: mapped, then asked what every event is asked."""

from datetime import datetime

import msgspec

from contracts.envelope import Event, Payload, Problem, Refusal
from contracts.referral_made import ReferralMade
from door_service import domain
from door_service.domain import Taken
from door_service.fhir.bundle import Message
from door_service.fhir.known import Known
from door_service.fhir.mapping import mapped
from schemes import objects_to
from servicekit.days import day_of
from servicekit.partners import Partner


def taken(message: Message, partner: Partner, known: Known, now: datetime) -> Taken:
    """The event that a message is. Raises `Unmapped`.

    Beside the codec, the scheme is asked here already: its sender waits for this answer and may never ask for the fate.
    """
    said = mapped(message, partner, known)
    one = domain.structured(msgspec.json.encode(said.event), partner, now)
    if isinstance(one, Refusal):
        raise said.refused(one.problem)
    problem = _objection(one.event, known)
    if problem is not None:
        raise said.refused(problem)
    return one


def _objection(event: Event[Payload], known: Known) -> Problem | None:
    made = event.data
    if not isinstance(made, ReferralMade):
        return None
    found = objects_to(made, known.schemes.get(made.scheme_id), day_of(event.time), known.register)
    return None if found is None else Problem(found.code, found.field, found.expected)
