"""What the first page shows of a snapshot: the rows of its tables, the flow, the last day. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ops.alarms.alarm import Alarm
from ops.board.drawing import Chart, chart, drawn
from ops.board.flow import COLUMNS, flow_of
from ops.board.history import Point
from ops.board.snapshot import ServiceNow, Snapshot
from ops.standing import judging
from servicekit.standing import LoopStanding

_BUCKET: Final = timedelta(minutes=5)
_HOUR: Final = timedelta(hours=1)
Pick = Callable[[Point], float | None]


@dataclass(frozen=True, slots=True)
class LoopRow:
    """A loop in the table."""

    service: ServiceNow
    loop: LoopStanding
    words: tuple[str, ...]
    parked: int
    old: bool


@dataclass(frozen=True, slots=True)
class Hour:
    """What an hour of the last day was like: the most of each, and what came and was handled altogether."""

    at: datetime
    behind: int | None
    seconds: float | None
    handled: int | None
    waiting: int | None
    parked: int | None
    age: float | None


def values(snapshot: Snapshot, points: Sequence[Point], hidden: Iterable[str]) -> dict[str, Any]:
    """What the templates of the fragments are given."""
    flow = flow_of(snapshot, hidden)
    return {
        "now": snapshot,
        "alarms": [alarm_row(alarm) for alarm in snapshot.alarms],
        "columns": COLUMNS,
        "flow": flow,
        "picture": drawn(flow),
        "loops": list(loop_rows(snapshot)),
        "word_of": judging.service_word,
        "lanes": list(lane_rows(snapshot)),
        "models": [
            (service, model, seconds, judging.age_word(seconds))
            for service in snapshot.services
            for model, seconds in (service.read_models or {}).items()
        ],
        "disk_is_low": judging.disk_is_low,
        "charts": charts(points, snapshot.at),
        "hours": hours(points),
    }


def alarm_row(alarm: Alarm) -> tuple[Alarm, list[str], str]:
    """An alarm, what it does to the numbers of each scheme, and what its rule says of it at any time."""
    words = [each.words for each in alarm.short]
    return alarm, words, alarm.impact.removeprefix(" ".join(words)).strip()


def loop_rows(snapshot: Snapshot) -> Iterator[LoopRow]:
    """Every loop of which anything is known."""
    for service in snapshot.services:
        for loop in service.loops:
            parked = sum(group.count for group in loop.parked)
            yield LoopRow(service, loop, judging.loop_words(loop), parked, snapshot.is_old(service.loops_at))


def lane_rows(snapshot: Snapshot) -> Iterator[tuple[ServiceNow, LoopStanding, judging.LaneRow]]:
    """Every lane of every loop."""
    for service in snapshot.services:
        for loop in service.loops:
            yield from ((service, loop, lane) for lane in judging.lanes_of(loop))


def charts(points: Sequence[Point], now: datetime) -> list[Chart]:
    """The last day as lines, the most of each five minutes."""
    told = [
        ("Not taken up yet", "records, all loops", _sum("behind")),
        ("Oldest not taken up", "seconds", _max("seconds")),
        ("Handled", "records a minute, all loops", _sum("handled")),
        ("Waiting for another event", "records", _sum("waiting")),
        ("Parked", "records", _sum("parked")),
        ("Oldest event that figures lack", "seconds", _age),
    ]
    buckets = _by(points, _BUCKET)
    return [
        chart(title, unit, [(at, _most(of(point) for point in some)) for at, some in buckets.items()], now)
        for title, unit, of in told
    ]


def hours(points: Sequence[Point]) -> list[Hour]:
    """The same by the hour, the latest first."""
    return [
        Hour(
            at,
            behind=_whole(_most(_sum("behind")(point) for point in some)),
            seconds=_most(_max("seconds")(point) for point in some),
            handled=_whole(sum(_sum("handled")(point) or 0 for point in some)),
            waiting=_whole(_most(_sum("waiting")(point) for point in some)),
            parked=_whole(_most(_sum("parked")(point) for point in some)),
            age=_most(_age(point) for point in some),
        )
        for at, some in sorted(_by(points, _HOUR).items(), reverse=True)
    ]


def _by(points: Sequence[Point], size: timedelta) -> Mapping[datetime, list[Point]]:
    """Points by the stretch of time they fall into; a stretch without any is there, empty, so that a line breaks."""
    if not points:
        return {}
    seconds = size.total_seconds()
    found: dict[datetime, list[Point]] = {}
    first, last = (datetime.fromtimestamp(at.timestamp() // seconds * seconds, at.tzinfo) for at in _ends(points))
    while first <= last:
        found[first] = []
        first += size
    for point in points:
        found[datetime.fromtimestamp(point.at.timestamp() // seconds * seconds, point.at.tzinfo)].append(point)
    return found


def _ends(points: Sequence[Point]) -> tuple[datetime, datetime]:
    return points[0].at, points[-1].at


def _sum(name: str) -> Pick:
    def of(point: Point) -> float | None:
        known = [value for loop in point.loops.values() if (value := getattr(loop, name)) is not None]
        return sum(known) if known else None

    return of


def _max(name: str) -> Pick:
    def of(point: Point) -> float | None:
        return _most(getattr(loop, name) for loop in point.loops.values())

    return of


def _age(point: Point) -> float | None:
    return _most(point.read_models.values())


def _most(found: Iterable[float | None]) -> float | None:
    return max((one for one in found if one is not None), default=None)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
