"""Alarms of who is quiet, and of the canary."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from door_service.standing import Quiet, Standing, Stream, not_come
from ops.alarms.alarm import Alarm, raised
from ops.alarms.lacking import BEHIND, InHand, impact_of, known
from ops.alarms.rules import above
from ops.alarms.words import lasting


def of_partners(stack: str, quiet: Quiet, at: datetime, lack: Sequence[InHand]) -> Iterator[Alarm]:
    """Of each event type that a partner is silent about, and of a canary that did not come through."""
    for partner in quiet.partners:
        for stream in partner.events if partner.watched else ():
            if stream.state == "silent":
                yield _silent(stack, partner, stream, quiet.at)
    canary = quiet.canary
    if canary is not None and canary.lost is not None:
        arrived = canary.arrived_at
        late = (at - (arrived or canary.sent_at)).total_seconds()
        if late > above("FootingCanaryLate"):
            what = f"No canary has come through for {lasting(late)}; the last was lost: {canary.lost}."
            yield raised("FootingCanaryLate", what, {"stack": stack}, arrived, impact_of(lack, BEHIND))


def _silent(stack: str, partner: Standing, stream: Stream, at: datetime) -> Alarm:
    last = stream.last_accepted_at
    ago = f"for {lasting((at - last).total_seconds())}" if last else "yet"
    what = f"{partner.partner} has sent no {stream.event} {ago}: twice as long as is expected."
    labels = {"stack": stack, "partner": partner.partner, "event": stream.event}
    count = not_come(partner, stream, at)
    if not count:
        return raised("FootingPartnerSilent", what, labels, stream.since)
    from ops.impact import Lacking, impact  # here: the measures take half a second to load

    lacking = [Lacking(stream.event, count, "not come", partner.schemes)]
    return raised("FootingPartnerSilent", what, labels, stream.since, impact(lacking, known()))
