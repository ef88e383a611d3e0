"""The last day: once a minute one small point, in memory and in the operators' database. No identity is in it."""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from ops.board.snapshot import ServiceNow, Snapshot
from servicekit.collections import create_index
from servicekit.standing import LoopStanding

HISTORY: Final = "history"
_DAY: Final = timedelta(hours=24)
_KEPT_SECONDS: Final = 25 * 60 * 60
_MOST: Final = 24 * 60
_AT_ONCE: Final = 500
_AT_FIRST: Final = timedelta(seconds=8)  # a process that has just begun does not know all yet


class LoopPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One loop at a minute."""

    behind: int | None
    seconds: float | None
    came: int | None
    handled: int | None
    waiting: int
    parked: int


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """How everything stood at a minute: loops by `service loop`, ages of read models, how many alarms."""

    at: datetime = msgspec.field(name="_id")
    loops: Mapping[str, LoopPoint]
    read_models: Mapping[str, float | None]
    alarms: int


class History:
    """The points of the last day, the oldest first."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]]) -> None:
        self._database = database
        self._points: dict[datetime, Point] = {}
        self._unwritten: deque[Point] = deque(maxlen=_MOST)
        self._read = False
        self._since = datetime.now(UTC) + _AT_FIRST

    @property
    def points(self) -> list[Point]:
        """What is known of the last day."""
        return [self._points[at] for at in sorted(self._points)]

    def note(self, snapshot: Snapshot) -> None:
        """Put down this minute, unless it is already, or nothing is known of it."""
        minute = snapshot.at.replace(second=0, microsecond=0)
        if minute in self._points or snapshot.at < self._since:
            return
        if point := point_of(snapshot, minute):
            self._points[minute] = point
            self._unwritten.append(point)
            self._forget(minute - _DAY)

    async def keep(self) -> None:
        """Read once what was put down before this process began; write what is not written, as soon as it can be."""
        with suppress(PyMongoError):
            await self._keep()

    async def _keep(self) -> None:
        points = self._database[HISTORY]
        if not self._read:
            await create_index(points, "at", expireAfterSeconds=_KEPT_SECONDS)
            since = datetime.now(UTC) - _DAY
            async for stored in points.find({"_id": {"$gte": since}}):
                point = msgspec.convert(stored, Point)
                self._points.setdefault(point.at, point)
            self._read = True
        while self._unwritten:
            some = list(self._unwritten)[:_AT_ONCE]
            await points.bulk_write([_upsert(point) for point in some], ordered=False)  # two boards may say the same
            for point in some:
                self._unwritten.remove(point)

    def _forget(self, before: datetime) -> None:
        for at in [at for at in self._points if at < before]:
            del self._points[at]


def point_of(snapshot: Snapshot, minute: datetime) -> Point | None:
    """The point of this minute: only what is not old; None if there is nothing."""
    fresh = [service for service in snapshot.services if not snapshot.is_old(service.loops_at)]
    if not fresh:
        return None
    return Point(
        at=minute,
        loops={f"{service.name} {loop.loop}": _loop(loop) for service in fresh for loop in service.loops},
        read_models=_models(fresh),
        alarms=len(snapshot.alarms),
    )


def _loop(loop: LoopStanding) -> LoopPoint:
    return LoopPoint(
        behind=loop.behind,
        seconds=None if loop.seconds is None else round(loop.seconds, 1),
        came=loop.came,
        handled=loop.handled,
        waiting=loop.waiting,
        parked=sum(group.count for group in loop.parked),
    )


def _models(services: list[ServiceNow]) -> dict[str, float | None]:
    return {model: seconds for service in services for model, seconds in (service.read_models or {}).items()}


def _upsert(point: Point) -> UpdateOne:
    stored: dict[str, Any] = msgspec.to_builtins(point, builtin_types=(datetime,))
    said = {name: value for name, value in stored.items() if name != "_id"}
    return UpdateOne({"_id": point.at}, {"$setOnInsert": {**said, "at": point.at}}, upsert=True)
