"""Says a made-up referral and a session of it every quarter of an hour, and sees that both arrive in the read models.

It takes the way of every partner: inbox, gate, canonical topic, projector. It is on where a partner of the scheme
`canary` is registered; of several doors one sends each. It is in no figure: see `schemes/canary.yaml`.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from contracts import codec
from contracts.envelope import Event, Payload, Record
from contracts.referral_made import ReferralMade
from contracts.session_held import SessionHeld
from contracts.topics import inbox
from door_service.connectivity import claims, next_slot
from door_service.counted import Outcomes
from door_service.domain import Fates, told
from door_service.standing import Canary
from door_service.store import FATES
from schemes import CANARY
from servicekit.clock import seconds_now
from servicekit.days import to_milliseconds
from servicekit.documents import from_stored
from servicekit.partners import Partner
from servicekit.publisher import Publisher
from servicekit.running import Running

FLIGHTS: Final = "canary"
_LAST: Final = "last"
_ADVISER: Final = "canary-of-footing-itself"
_LOOK_EVERY_SECONDS: Final = 0.1  # the trip is measured to so much


@dataclass(frozen=True, slots=True)
class Pair:
    """A referral and its session, and the records that take them into the inbox of the canary's partner."""

    session_id: str
    records: tuple[Record, ...]


def pair(partner: str, now: datetime) -> Pair:
    """A made-up referral of nobody and a session of it, under ids that nobody had before."""
    referral, session = str(uuid.uuid4()), str(uuid.uuid4())
    about: dict[str, Any] = {"referral_id": referral, "synthetic": True}
    made = ReferralMade(
        **about, scheme_id=CANARY, source_code="B1", employment_status="ZZ", sickness_absence="Z", voluntary=True,
        permissions=(),
    )  # fmt: skip
    held = SessionHeld(
        **about, session_id=session, started_at=now, minutes=5, mechanism="98", setting="remote",
        delivered_by="employment_adviser", adviser_token=_ADVISER, attendance=5,
        interventions=("advice_call",),
    )  # fmt: skip
    said: dict[str, Any] = {
        "source": f"urn:footing:partner:{partner}",
        "partner": partner,
        "subject": referral,
        "time": now,
    }
    events: tuple[Event[Payload], ...] = (
        Event(id=str(uuid.uuid4()), type="footing.referral-made.v1", data=made, **said),
        Event(id=session, type="footing.session-held.v1", data=held, **said),
    )
    records = (codec.encode(event) for event in events)
    return Pair(session, tuple(record._replace(topic=inbox(partner, record.topic)) for record in records))


def every(seconds: float, outcomes: Outcomes) -> Callable[[Running], Awaitable[None]]:
    """The background task of a door: every so many seconds, by the clock. Every door's gauges say how the last went."""
    length = timedelta(seconds=seconds)

    async def canary(running: Running) -> None:
        while True:
            await _measure(running)
            if not await running.sleep((next_slot(now := datetime.now(UTC), length) - now).total_seconds()):
                return
            slot = next_slot(datetime.now(UTC), length) - length
            partner = partner_of(running)
            if partner is not None and await claims(running.database, slot, by=FLIGHTS):
                await _flies(running, outcomes, partner, seconds)

    return canary


def partner_of(running: Running) -> Partner | None:
    """Who speaks for the canary, if anybody is registered for it."""
    partners = (running.partners.by_name(name) for name in sorted(running.partners.names))
    return next((p for p in partners if p is not None and p.schemes == {CANARY} and not p.disabled), None)


async def last(running: Running) -> Canary | None:
    """How the last one went."""
    stored = await running.database[FLIGHTS].find_one({"_id": _LAST})
    if stored is None:
        return None
    del stored["_id"]
    return Canary(**stored)


async def _flies(running: Running, outcomes: Outcomes, partner: Partner, most_seconds: float) -> None:
    """Send a pair, wait until the read models have the session, and put down how it went."""
    now = to_milliseconds(datetime.now(UTC))
    sent, began, publisher = pair(partner.name, now), seconds_now(), Publisher(running.kafka)
    try:
        placed = await publisher.publish(sent.records)
    finally:
        await publisher.close()
    if not all(placed):
        await _put_down(running, Canary(sent_at=now, lost="not written to the inbox"))
        return
    lost = "not accepted"
    while seconds_now() - began < most_seconds:
        stored = await running.database[FATES].find_one({"_id": f"{partner.name}/{sent.session_id}"})
        answer = told(from_stored(Fates, stored), None) if stored else None
        if answer is not None and answer["fate"] == "accepted":
            lost = "not in the read models"
            if (await outcomes.added_to(answer, partner.name))["projected"]:
                arrived_at = to_milliseconds(datetime.now(UTC))
                trip_seconds = round(seconds_now() - began, 3)
                await _put_down(running, Canary(sent_at=now, arrived_at=arrived_at, trip_seconds=trip_seconds))
                return
        elif answer is not None:
            lost = f"not accepted: {answer['fate']}"
        if not await running.sleep(_LOOK_EVERY_SECONDS):
            return
    await _put_down(running, Canary(sent_at=now, lost=lost))


async def _put_down(running: Running, flight: Canary) -> None:
    """Keep how it went, and when one last came through."""
    said: dict[str, Any] = {"sent_at": flight.sent_at, "lost": flight.lost}
    if flight.lost is None:
        said |= {"arrived_at": flight.arrived_at, "trip_seconds": flight.trip_seconds}
        running.log.info("canary_arrived", ms=round((flight.trip_seconds or 0) * 1000))
    else:
        running.log.error("canary_lost", where=flight.lost)
    await running.database[FLIGHTS].update_one({"_id": _LAST}, {"$set": said}, upsert=True)


async def _measure(running: Running) -> None:
    """What the last one that came through says. Where none is sent any more, nothing is shown, nor kept: whoever sends
    some again is not late with the first.
    """
    flight = await last(running)
    if partner_of(running) is None:
        running.metrics.hide("canary_trip", "canary_success")
        if flight is not None:
            await running.database[FLIGHTS].delete_one({"_id": _LAST})
        return
    if flight is None or flight.arrived_at is None:
        return
    running.metrics.canary_trip.set(flight.trip_seconds or 0)
    running.metrics.canary_success.set(flight.arrived_at.timestamp())
