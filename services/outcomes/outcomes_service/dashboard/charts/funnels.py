"""The funnel plot: each share over how many it is counted, and how far chance alone could take it from all together."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from outcomes_service.dashboard.charts.canvas import (
    BLUE,
    INK,
    LINE,
    QUIET,
    RED,
    SMALL,
    Align,
    Canvas,
    Scale,
    scale,
    width_of,
)
from outcomes_service.dashboard.charts.words import listed, percent
from outcomes_service.indicators.funnel import Limits, Position, limits

WHERE: Final[dict[Position, str]] = {
    "within": "within both limits",
    "above_95": "above the 95 % limit",
    "below_95": "below the 95 % limit",
    "above_998": "above the 99.8 % limit",
    "below_998": "below the 99.8 % limit",
}
_NAMED = 2  # as many names as fit a title
_CURVE = 80  # points of a limit's line
_BODY = 360
_BELOW, _BEFORE, _AFTER = 44, 46, 70  # room for the words on the axes and at the ends of lines
_WIDE_RANGE = 15  # from how many times the smallest on denominators are spread by their logarithm
_TICKS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000, 10_000_000)


@dataclass(frozen=True, slots=True)
class Unit:
    """One scheme or area: k of n, and where that lies. `number` is that of its row in the table, in order of names."""

    number: int
    label: str
    k: int
    n: int
    position: Position

    @property
    def said(self) -> str:
        """The unit in words."""
        return f"{self.number} {self.label}: {percent(self.k / self.n)} of {self.n:,}, {WHERE[self.position]}"


@dataclass(frozen=True, slots=True)
class Funnel:
    """Units around their pooled share. `noun` is what they are called together: schemes, areas."""

    what: str
    noun: str
    pooled: float
    units: tuple[Unit, ...]
    made_from: str

    @property
    def outside(self) -> tuple[Unit, ...]:
        """Those outside a limit, in order of names."""
        return tuple(unit for unit in self.units if unit.position != "within")

    @property
    def title(self) -> str:
        """How many lie outside what chance allows."""
        if not self.outside:
            return f"{self.what}: all {len(self.units)} {self.noun} lie within what chance alone allows"
        how_many, lie = len(self.outside), "lies" if len(self.outside) == 1 else "lie"
        named = f": {listed([unit.label for unit in self.outside])}" if how_many <= _NAMED else ""
        return f"{self.what}: {how_many} of {len(self.units)} {self.noun} {lie} outside what chance alone allows{named}"

    @property
    def alt(self) -> str:
        """Everything that the picture shows."""
        points = ". ".join(unit.said for unit in self.units)
        return f"Funnel plot around {percent(self.pooled)} for all together, with 95 % and 99.8 % limits. {points}."

    def draw(self, *, wide: bool) -> Canvas:
        """Points with numbers between their limits; those outside are diamonds, and named where there is room."""
        canvas = Canvas(self.title, self.made_from, _BODY, wide=wide)
        sizes = [unit.n for unit in self.units]
        first, last = max(1, int(min(sizes) * 0.8)), int(max(sizes) * 1.15) + 1
        around = [limits(self.pooled, n) for n in _spread(first, last)]
        lowest, highest = self._range(around)
        across = _across(first, last, (canvas.left + _BEFORE, canvas.right - _AFTER))
        up = scale((lowest, highest), (canvas.top + _BODY - _BELOW, canvas.top + 8))
        frame = _Frame(first, last, lowest, highest, across, up)
        _axes(canvas, frame)
        _limits(canvas, around, self.pooled, frame)
        self._points(canvas, across, up)
        return canvas

    def _range(self, around: Sequence[Limits]) -> tuple[float, float]:
        """What the shares and most of the limits need of the axis, in tenths."""
        shares = [unit.k / unit.n for unit in self.units]
        low = min(*shares, around[len(around) // 4].low_998, around[0].low_95)
        high = max(*shares, around[len(around) // 4].high_998, around[0].high_95)
        return max(0, int((low - 0.02) * 10)) / 10, min(10, int(high * 10) + 1) / 10

    def _points(self, canvas: Canvas, across: Scale, up: Scale) -> None:
        taken = [(across(unit.n), up(unit.k / unit.n)) for unit in self.units]
        boxes = [(x - 6, y - 6, x + 6, y + 6) for x, y in taken]
        for unit, (x, y) in zip(self.units, taken, strict=True):
            outside = unit.position != "within"
            canvas.dot(x, y, colour=RED if outside else BLUE, shape="D" if outside else "o", size=9)
            said = f"{unit.number} {unit.label}" if outside and canvas.wide else str(unit.number)
            at, align, box = _free(said, x, y, boxes, canvas)
            boxes.append(box)
            canvas.text(said, *at, align=align, bold=outside, size=SMALL, clear=True)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The two axes: denominators from the first to the last, shares from the lowest to the highest."""

    first: int
    last: int
    lowest: float
    highest: float
    across: Scale
    up: Scale


Box = tuple[float, float, float, float]


def _free(
    said: str, x: float, y: float, boxes: Sequence[Box], canvas: Canvas
) -> tuple[tuple[float, float], Align, Box]:
    """A place for a label beside its point where nothing else stands; the first one if there is none."""
    places = [_place(said, x, y, off, align) for off, align in _PLACES]
    inside = [p for p in places if p[2][0] > canvas.left + _BEFORE and p[2][2] < canvas.right - _AFTER] or places
    return next((place for place in inside if not any(_meet(place[2], box) for box in boxes)), inside[0])


_PLACES: Final[tuple[tuple[tuple[float, float], Align], ...]] = (
    ((9, 0), "left"), ((-9, 0), "right"), ((0, -14), "center"), ((0, 14), "center"), ((9, -11), "left"),
    ((9, 11), "left"), ((-9, -11), "right"), ((-9, 11), "right"),
)  # fmt: skip


def _place(
    said: str, x: float, y: float, off: tuple[float, float], align: Align
) -> tuple[tuple[float, float], Align, Box]:
    at, wide = (x + off[0], y + off[1]), width_of(said, SMALL, bold=True)
    left = at[0] - {"left": 0.0, "right": wide, "center": wide / 2}[align]
    return at, align, (left, at[1] - 6, left + wide, at[1] + 6)


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _spread(first: int, last: int) -> list[int]:
    """Denominators from the first to the last at which limits are drawn: closer together where they are small."""
    steps = (first * (last / first) ** (step / _CURVE) for step in range(_CURVE + 1))
    return sorted({max(1, round(step)) for step in steps})


def _across(first: int, last: int, pixels: tuple[float, float]) -> Scale:
    if last / first < _WIDE_RANGE:
        return scale((first, last), pixels)
    by_log = scale((log(first), log(last)), pixels)
    return lambda n: by_log(log(n))


def _axes(canvas: Canvas, frame: _Frame) -> None:
    left, right = frame.across(frame.first), frame.across(frame.last)
    bottom = frame.up(frame.lowest)
    tenths = range(
        round(frame.lowest * 10), round(frame.highest * 10) + 1, 2 if frame.highest - frame.lowest > 0.5 else 1
    )
    for tenth in tenths:
        canvas.line([(left, frame.up(tenth / 10)), (right, frame.up(tenth / 10))], colour=LINE, width=0.5)
        canvas.text(f"{tenth * 10} %", left - 6, frame.up(tenth / 10), size=SMALL, colour=QUIET, align="right")
    for n in _ticks(frame.first, frame.last, wide=canvas.wide):
        canvas.line([(frame.across(n), bottom), (frame.across(n), bottom + 5)], colour=QUIET, width=1)
        canvas.text(f"{n:,}", frame.across(n), bottom + 14, size=SMALL, colour=QUIET, align="center")
    canvas.line([(left, bottom), (right, bottom)], colour=QUIET, width=1)
    words = (
        "counted over so many; fewer to the left, where chance weighs more" if canvas.wide else "counted over so many"
    )
    canvas.text(words, left, bottom + 32, size=SMALL, colour=QUIET)


def _ticks(first: int, last: int, *, wide: bool) -> list[int]:
    """Round denominators that lie within."""
    if last / first < _WIDE_RANGE:
        step = next(tick for tick in _TICKS if (last - first) / tick <= (6 if wide else 4))
        return [n for n in range(step * -(-first // step), last + 1, step) if n]
    found = [tick for tick in _TICKS if first <= tick <= last]
    return found if wide else found[::2]


def _limits(canvas: Canvas, around: Sequence[Limits], pooled: float, frame: _Frame) -> None:
    right = frame.across(frame.last)
    canvas.line([(frame.across(frame.first), frame.up(pooled)), (right, frame.up(pooled))], colour=INK, width=1.5)
    canvas.text(f"all {percent(pooled)}", right + 5, frame.up(pooled), size=SMALL, bold=True)
    for name, said, dashes in _LIMITS:
        shares = [(at.n, getattr(at, name)) for at in around]
        points = [(frame.across(n), frame.up(s)) for n, s in shares if frame.lowest <= s <= frame.highest]
        if len(points) > 1:
            canvas.line(points, colour=QUIET, width=1.5, dashes=dashes)
            canvas.text(said, right + 5, points[-1][1], size=SMALL, colour=QUIET)


_LIMITS: Final = (
    ("low_998", "99.8 %", None), ("low_95", "95 %", (5.0, 3.0)), ("high_95", "95 %", (5.0, 3.0)),
    ("high_998", "99.8 %", None),
)  # fmt: skip
