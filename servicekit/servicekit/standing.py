"""How a service stands: whether it is ready, how far each of its loops is, what it has in hand. Numbers and no names.

What stands in MongoDB and Kafka is looked at here, and the service itself not asked: so the same can be said of one
that does not answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from pymongo.asynchronous.database import AsyncDatabase

from servicekit import inhand
from servicekit.backlog import oldest_unsent
from servicekit.behind import Behind, Lag, NotKnown
from servicekit.inhand import Row
from servicekit.partners import Partners
from servicekit.pausing import pause_of
from servicekit.positions import Position


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One partition of a topic that a loop reads; those of all partners together, as `inbox.*.session-held`.

    `behind`: records not handled yet; `seconds`: the age of the oldest of them, 0 if there is none; None: not known.
    `moved_at`: when a position moved last; where some are behind, that of them which stands still longest.
    """

    topic: str
    lane: int
    behind: int | None
    seconds: float | None
    moved_at: datetime | None


class ParkedFor(msgspec.Struct, frozen=True, kw_only=True):
    """So many records that are parked for one cause, the first of them since then."""

    cause: str
    count: int
    since: datetime


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """That operators hold a loop, and since when; `intake`: only what partners say is held. Why is operators' own."""

    since: datetime
    intake: bool


class LoopStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One loop, all its workers together. `behind` and `seconds` as of its lanes, `oldest_at` the same as a moment.

    `came` and `handled`: records of the last minute; None: nobody has watched that long. `waiting`: records that wait
    for another. `outbox`: batches that Kafka may not have yet; `unsent_seconds`: the age of the oldest event in them.
    `in_hand`: what waits, is parked and is behind, by type of event and by the schemes whose it may be.
    """

    loop: str
    behind: int | None
    seconds: float | None
    oldest_at: datetime | None
    moved_at: datetime | None
    lanes: tuple[Lane, ...]
    waiting: int
    parked: tuple[ParkedFor, ...]
    outbox: int
    unsent_seconds: float
    paused: Paused | None = None
    came: int | None = None
    handled: int | None = None
    in_hand: tuple[Row, ...] = ()


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One service, as its process answers. `why` it is not ready: each part of it that makes no progress, and why.

    `at`: when MongoDB answered last, and how things stood then; None: it has not yet. `read_models`: of each the age of
    the oldest accepted event that is not counted in it, 0 if all are; None: not known.
    """

    service: str
    version: str
    since: datetime
    ready: bool
    why: Mapping[str, str]
    at: datetime | None
    loops: tuple[LoopStanding, ...]
    read_models: Mapping[str, float | None]


class Marks(NamedTuple):
    """How far one partition is handled, and where its log ends."""

    next: int
    end: int


async def positions_of(database: AsyncDatabase[dict[str, Any]]) -> dict[str, dict[Position, dict[str, Any]]]:
    """What stands in MongoDB about each partition of each loop of a service."""
    found: dict[str, dict[Position, dict[str, Any]]] = defaultdict(dict)
    async for entry in database["positions"].find({}, {"endings": 0, "session": 0}):
        found[entry["loop"]][entry["topic"], entry["partition"]] = entry
    return found


async def look(
    database: AsyncDatabase[dict[str, Any]], behind: Behind, partners: Partners, loops: Sequence[str] | None = None
) -> tuple[LoopStanding, ...]:
    """How these loops of a service stand now, or all that ever ran. Raises errors of MongoDB's driver, not of Kafka."""
    at = datetime.now(UTC)
    await partners.refresh()
    stored = await positions_of(database)
    names = sorted(stored) if loops is None else loops
    places = {name: {place: entry["next"] for place, entry in stored.get(name, {}).items()} for name in names}
    lags = {name: await _lags(behind, places[name]) for name in names}
    found: list[LoopStanding] = []
    for name in names:
        of_loop = stored.get(name, {})
        rows = await _in_hand(database, name, of_loop, lags[name], partners)
        found.append(msgspec.structs.replace(await _loop(database, name, of_loop, lags[name], at), in_hand=rows))
    return tuple(found)


async def _lags(behind: Behind, positions: Mapping[Position, int]) -> dict[Position, Lag] | None:
    try:
        return await behind.after(positions) if positions else {}
    except NotKnown:
        return None


async def _loop(
    database: AsyncDatabase[dict[str, Any]],
    name: str,
    stored: Mapping[Position, Mapping[str, Any]],
    lags: Mapping[Position, Lag] | None,
    at: datetime,
) -> LoopStanding:
    lanes = lanes_of(stored, lags, at)
    oldest = [lag.oldest_at for lag in (lags or {}).values() if lag.oldest_at]
    unsent = await oldest_unsent(database["outbox"], name)
    pause = await pause_of(database, name)
    return LoopStanding(
        loop=name,
        behind=None if lags is None else sum(lag.records for lag in lags.values()),
        seconds=_longest(lane.seconds for lane in lanes),
        oldest_at=min(oldest, default=None),
        moved_at=_moved_at(stored, stored, lags),
        lanes=lanes,
        waiting=sum(sum(entry.get("waiting", {}).values()) for entry in stored.values()),
        parked=await _parked(database, name),
        outbox=await database["outbox"].count_documents({"loop": name}),
        unsent_seconds=max((age(when, at) for when in unsent), default=0.0),
        paused=Paused(since=pause.since, intake=pause.intake) if pause else None,
    )


def lanes_of(
    stored: Mapping[Position, Mapping[str, Any]], lags: Mapping[Position, Lag] | None, at: datetime
) -> tuple[Lane, ...]:
    """The partitions of a loop, those of all partners added up; of topics that are gone there is nothing to say."""
    together: dict[Position, list[Position]] = defaultdict(list)
    for topic, number in stored:
        if lags is None or (topic, number) in lags:
            together[_without_partner(topic), number].append((topic, number))
    return tuple(_lane(lane, places, stored, lags, at) for lane, places in sorted(together.items()))


def _without_partner(topic: str) -> str:
    kind, *rest = topic.split(".")
    return ".".join([kind, "*", *rest[1:]]) if rest else topic


def _lane(
    lane: Position,
    places: Sequence[Position],
    stored: Mapping[Position, Mapping[str, Any]],
    lags: Mapping[Position, Lag] | None,
    at: datetime,
) -> Lane:
    oldest = [lags[place].oldest_at for place in places if lags[place].records] if lags is not None else [None]
    return Lane(
        topic=lane[0],
        lane=lane[1],
        behind=None if lags is None else sum(lags[place].records for place in places),
        seconds=_longest(age(when, at) if when else None for when in oldest),
        moved_at=_moved_at(places, stored, lags),
    )


def _moved_at(
    places: Iterable[Position],
    stored: Mapping[Position, Mapping[str, Any]],
    lags: Mapping[Position, Lag] | None,
) -> datetime | None:
    """When a position moved last; where some are behind, that of them which stands still longest."""
    moves = {place: moved for place in places if (moved := stored[place].get("moved_at")) is not None}
    held_up = [moved for place, moved in moves.items() if lags and place in lags and lags[place].records]
    return min(held_up) if held_up else max(moves.values(), default=None)


def _longest(ages: Iterable[float | None]) -> float | None:
    """The longest of these; 0 of none; not known where one of them is not."""
    known = list(ages)
    return None if None in known else max((one for one in known if one is not None), default=0.0)


async def _in_hand(
    database: AsyncDatabase[dict[str, Any]],
    name: str,
    stored: Mapping[Position, Mapping[str, Any]],
    lags: Mapping[Position, Lag] | None,
    partners: Partners,
) -> tuple[Row, ...]:
    parked = await database["parked"].aggregate([{"$match": {"loop": name}}, {"$group": inhand.BY_ORIGIN}])
    waits: Counter[str] = Counter()
    for entry in stored.values():
        waits.update(entry.get("waiting", {}))
    late = {place: lag.records for place, lag in (lags or {}).items() if lag.records}
    return (
        *inhand.waiting(name, waits, partners),
        *inhand.parked_of(name, [group async for group in parked], partners),
        *inhand.behind(name, late, partners),
    )


async def _parked(database: AsyncDatabase[dict[str, Any]], loop: str) -> tuple[ParkedFor, ...]:
    by_cause = {"$group": {"_id": "$cause", "count": {"$sum": 1}, "since": {"$min": "$at"}}}
    groups = await database["parked"].aggregate(
        [{"$match": {"loop": loop}}, by_cause, {"$sort": {"since": 1, "_id": 1}}]
    )
    return tuple([ParkedFor(cause=group["_id"], count=group["count"], since=group["since"]) async for group in groups])


def age(when: datetime, at: datetime) -> float:
    """How many seconds ago it was; 0 of what bears the stamp of a clock that is ahead."""
    return max(0.0, (at - when).total_seconds())
