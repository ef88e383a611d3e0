"""Who speaks and who is quiet, in words; and which share of what a partner says is refused, and for what."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pymongo.asynchronous.database import AsyncDatabase

from door_service.domain import Fates, fate_of
from door_service.standing import Canary, Standing, Stream, not_come
from door_service.store import FATES
from ops.alarms.lacking import known
from servicekit.days import LONDON
from servicekit.documents import from_stored
from servicekit.working_time import MINUTES_A_DAY

MOST_FATES: Final = 5_000


@dataclass(slots=True)
class Share:
    """Of so many of the latest events so many are refused, for these reasons."""

    events: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def words(self) -> str:
        """As `2 of 40 (5 %): 2 field_missing`."""
        if not self.refused:
            return f"none of {self.events:,}"
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.reasons.most_common())
        return f"{self.refused:,} of {self.events:,} ({100 * self.refused / self.events:.2g} %): {reasons}"


async def refused_shares(door: AsyncDatabase[dict[str, Any]]) -> Mapping[str, Share]:
    """By partner, of the latest events of all of them of which there are receipts."""
    shares: defaultdict[str, Share] = defaultdict(Share)
    async for stored in door[FATES].find().sort("last_at", -1).limit(MOST_FATES):
        fates = from_stored(Fates, stored)
        share, fate = shares[fates.id.partition("/")[0]], fate_of(fates.said)
        share.events += 1
        if fate.fate == "refused":
            share.refused += 1
            share.reasons[fate.reason or "no reason"] += 1
    return shares


def missing(partner: Standing, now: datetime) -> str:
    """What has probably not come of the types that are late or silent, in the words of who reads the figures."""
    streams = [stream for stream in partner.events if stream.state in ("late", "silent")]
    if not partner.watched or not streams:
        return ""
    # Imported here: what is short is asked of few partners, and the measures take half a second to load.
    from ops.impact import WORDS, Lacking, impact

    lacking, usual = [], []
    for stream in streams:
        count = not_come(partner, stream, now)
        if stream.usual_a_week is not None and count is not None:
            lacking.append(Lacking(stream.event, count, "not come", partner.schemes))
            one, many = WORDS[stream.event]
            usual.append(f"{stream.usual_a_week:,} {one if stream.usual_a_week == 1 else many}")
    if not lacking:
        return "How much usually comes in a week is not known yet."
    return " ".join([f"Usually {', '.join(usual)} a week.", *(each.words for each in impact(lacking, known()))])


def flight(canary: Canary) -> str:
    """How the last canary went, in a line."""
    arrived = f"{when(canary.arrived_at)}, in {canary.trip_seconds:.1f} s" if canary.arrived_at else "never"
    if canary.lost is None:
        return f"The canary came through: {arrived}."
    return f"The canary of {when(canary.sent_at)} is lost: {canary.lost}. The last came through: {arrived}."


def since(stream: Stream) -> str:
    """Its state, and since when if it is not as it should be."""
    is_off = stream.state in ("late", "silent") and stream.since
    return f"{stream.state} since {when(stream.since)}" if is_off else stream.state


def gap(stream: Stream) -> str:
    """The expected gap as people say it, and where it comes from."""
    if stream.expected == "nothing":
        return "not known yet"
    if not stream.gap_minutes:
        return "for ever (said)"
    days, hours = stream.gap_minutes / MINUTES_A_DAY, stream.gap_minutes / 60
    amount = f"{days:.3g} working days" if days >= 1 else f"{hours:.2g} working hours"
    return f"{amount} ({stream.expected})"


def when(instant: datetime | None) -> str:
    """An instant on the clocks of London."""
    return instant.astimezone(LONDON).strftime("%Y-%m-%d %H:%M") if instant else ""
