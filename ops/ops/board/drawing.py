"""Pictures made on the server: where each box and line of the flow stands, and the lines of a chart. Pure.

Templates make SVG of it, whose colours are in the style sheet; each picture has a table that says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ops.board.flow import COLUMNS, MODELS, Flow, Node
from ops.standing.judging import FINE
from ops.standing.showing import lasting

WIDE: Final = 156
_GAP: Final = 28  # six boxes and what lies between them fit into a page of 1,100
_TOP: Final = 34
_HEIGHT: Final = 58
_BELOW: Final = 10
_LONGEST_TITLE: Final = 19


@dataclass(frozen=True, slots=True)
class Box:
    """A node where it stands."""

    node: Node
    x: int
    y: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A way as the data of an SVG path."""

    path: str
    flows: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """The whole picture."""

    width: int
    height: int
    box_width: int
    box_height: int
    heads: tuple[tuple[int, str], ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def drawn(flow: Flow) -> Drawn:
    """Columns side by side, each in the middle of the height of the longest."""
    columns = [flow.column(number) for number in range(len(COLUMNS))]
    longest = max((len(column) for column in columns), default=0)
    height = _TOP + longest * (_HEIGHT + _BELOW)
    boxes: dict[str, Box] = {}
    for number, column in enumerate(columns):
        first = _TOP + (height - _TOP - len(column) * (_HEIGHT + _BELOW)) // 2
        for place, node in enumerate(column):
            x, y = number * (WIDE + _GAP), first + place * (_HEIGHT + _BELOW)
            boxes[node.name] = Box(node, x, y, _lines(node))
    lines = tuple(Line(_path(boxes[way.source], boxes[way.target]), way.flows, way.late) for way in flow.ways)
    width = len(COLUMNS) * (WIDE + _GAP) - _GAP
    heads = tuple((number * (WIDE + _GAP), title) for number, title in enumerate(COLUMNS))
    return Drawn(width, height, WIDE, _HEIGHT, heads, tuple(boxes.values()), lines)


def _lines(node: Node) -> tuple[str, ...]:
    """What stands in a box: its title, what flows, and what there is to say of it."""
    title = node.title if len(node.title) <= _LONGEST_TITLE else f"{node.title[: _LONGEST_TITLE - 1]}…"
    said = [part for part in ("" if node.said == FINE and node.lag else node.said, node.lag) if part]
    if node.column == MODELS:
        return title, node.said, f"lacks what is {lasting(node.seconds)} old" if node.seconds else ""
    return title, node.flow or "-", "; ".join(said) if node.column > 0 else ""


def _path(source: Box, target: Box) -> str:
    x, y, to_x, to_y = source.x + WIDE, source.y + _HEIGHT // 2, target.x, target.y + _HEIGHT // 2
    middle = (x + to_x) // 2
    return f"M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}"


@dataclass(frozen=True, slots=True)
class Chart:
    """A line over the last day. `paths`: one for each stretch without a gap; `ticks` of time; `top` of the scale."""

    title: str
    unit: str
    top: float
    paths: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]


CHART_WIDTH: Final = 520
CHART_HEIGHT: Final = 110
_DAY: Final = timedelta(hours=24)
_TICK_HOURS: Final = 6


def chart(title: str, unit: str, values: Sequence[tuple[datetime, float | None]], now: datetime) -> Chart:
    """The line; where nothing is known it is broken. The scale begins at 0 and ends at the largest, at least 1."""
    begin = now - _DAY
    top = max([1.0, *(value for _, value in values if value is not None)])
    stretches: list[list[str]] = [[]]
    for at, value in values:
        if value is None:
            stretches.append([])
            continue
        x = CHART_WIDTH * ((at - begin) / _DAY)
        stretches[-1].append(f"{x:.1f} {CHART_HEIGHT * (1 - value / top):.1f}")
    hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [hour - timedelta(hours=back) for back in range(24)]
    ticks = [(CHART_WIDTH * ((at - begin) / _DAY), f"{at:%H:%M}") for at in hours if at.hour % _TICK_HOURS == 0]
    paths = tuple(_stretch(points) for points in stretches if points)
    return Chart(title, unit, top, paths, tuple(sorted(ticks)))


def _stretch(points: Sequence[str]) -> str:
    """A line through these points; one alone is a short stroke."""
    return "M" + "L".join(points) + ("h1" if len(points) == 1 else "")
