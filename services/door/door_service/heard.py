"""Remembers, beside the fates, when each partner was heard of: each event type, day by day. No event, no referral.

The receipts are the one place where all gates say what they accepted, and whose it was. What is written here is written
in the transaction that takes a receipt up, so it is counted once.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase

from contracts.topics import EVENT_TYPES
from door_service.domain import Fates
from door_service.standing import Known, Named
from servicekit.companion import Change
from servicekit.quiet import Heard

SPOKEN: Final = "spoken"
KEPT_DAYS: Final = 200  # half a year by which habits are learnt, and some days more
_DAY_SECONDS: Final = 86_400


@dataclass(slots=True)
class Spoken:
    """What was heard of a stream on one day of UTC. `hours` are the clock hours in which something was accepted."""

    heard_at: datetime
    accepted_at: datetime | None = None
    accepted: int = 0
    hours: set[datetime] = field(default_factory=set)


class Listener:
    """The companion of the loop of fates.

    Each process has rows of its own: two doors that add to one would conflict with every batch.
    """

    def __init__(self) -> None:
        self._ours = uuid.uuid4().hex[:8]

    async def load(self, _database: Any, _session: Any, _events: Any) -> None:
        """A receipt is taken up without looking at what was heard before."""

    async def write(self, database: Any, session: Any, changes: Sequence[Change[Fates]], _beside: Any) -> None:
        """Add what is new."""
        added = [
            UpdateOne(
                {"_id": f"{partner}/{event}/{day}/{self._ours}"},
                {
                    "$setOnInsert": {"partner": partner, "event": event, "day": _midnight(day)},
                    "$max": {"heard_at": said.heard_at}
                    | ({"accepted_at": said.accepted_at} if said.accepted_at else {}),
                    "$inc": {"accepted": said.accepted},
                    "$addToSet": {"hours": {"$each": sorted(said.hours)}},
                },
                upsert=True,
            )
            for (partner, event, day), said in spoken(changes).items()
        ]
        if added:
            await database[SPOKEN].bulk_write(added, session=session)


def spoken(changes: Iterable[Change[Fates]]) -> dict[tuple[str, str, date], Spoken]:
    """What these receipts say of each stream, by day. What was sent again was heard, and was accepted once."""
    told = Counter(
        (change.after.id.partition("/")[0], said.type, said.fate, said.at)  # a gate says a whole batch at one instant
        for change in changes
        for said in change.after.said
        if said not in change.before.said
    )
    found: dict[tuple[str, str, date], Spoken] = {}
    for (partner, kind, fate, at), count in told.items():
        if kind not in EVENT_TYPES:
            continue
        there = found.setdefault((partner, EVENT_TYPES[kind].event, at.date()), Spoken(at))
        there.heard_at = max(there.heard_at, at)
        if fate == "accepted":
            there.accepted += count
            there.accepted_at = max(there.accepted_at or at, at)
            there.hours.add(at.replace(minute=0, second=0, microsecond=0))
    return found


async def prepare(database: AsyncDatabase[dict[str, Any]]) -> None:
    """What is older than anybody's habits goes."""
    await database[SPOKEN].create_index("day", expireAfterSeconds=KEPT_DAYS * _DAY_SECONDS)


async def known(database: AsyncDatabase[dict[str, Any]]) -> dict[Named, Known]:
    """All that is kept of every stream."""
    rows: defaultdict[Named, list[dict[str, Any]]] = defaultdict(list)
    async for row in database[SPOKEN].find():
        rows[row["partner"], row["event"]].append(row)
    return {stream: _together(found) for stream, found in rows.items()}


def _together(rows: Sequence[dict[str, Any]]) -> Known:
    days: defaultdict[date, int] = defaultdict(int)
    for row in rows:
        if row["accepted"]:
            days[row["day"].date()] += row["accepted"]
    accepted = [row["accepted_at"] for row in rows if "accepted_at" in row]
    hours = {hour for row in rows for hour in row["hours"]}
    heard = Heard(max(accepted), tuple(sorted(hours)), dict(days)) if accepted else None
    return Known(max(row["heard_at"] for row in rows), heard)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
