"""Shares with their 95 % intervals, a line each, in the order in which they are given and never by size."""

from collections.abc import Sequence
from dataclasses import dataclass

from outcomes_service.dashboard.charts.canvas import (
    BLUE,
    INK,
    LINE,
    QUIET,
    SMALL,
    TEXT,
    Align,
    Canvas,
    Scale,
    height_of,
    scale,
    wrapped,
)
from outcomes_service.dashboard.charts.words import lowered, percent

_LABEL, _FIGURE = 250, 178  # what label and figure take of the width, where there is room for them beside the line
_LINE = 22
_AXIS = 22


@dataclass(frozen=True, slots=True)
class Share:
    """k of n with its interval; without `rate` it is suppressed."""

    label: str
    k: int = 0
    n: int = 0
    rate: float | None = None
    low: float = 0.0
    high: float = 0.0

    @property
    def said(self) -> str:
        """The share in words."""
        if self.rate is None:
            return f"{self.label}: suppressed"
        between = f"{self.low * 100:.1f} to {self.high * 100:.1f} %"
        return f"{self.label}: {percent(self.rate)}, {self.k:,} of {self.n:,}, 95 % interval {between}"


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of one thing by category (`alike`), or of several things of one scheme."""

    what: str
    shares: tuple[Share, ...]
    made_from: str
    alike: bool = True

    @property
    def title(self) -> str:
        """What the shares say."""
        shown = [(share.rate, share) for share in self.shares if share.rate is not None]
        if not shown:
            return f"{self.what}: every figure is suppressed"
        (lowest, first), (highest, last) = min(shown, key=_rate), max(shown, key=_rate)
        if len(shown) == 1:
            return f"{self.what}: {percent(lowest)} ({lowered(first.label)})"
        if not self.alike:
            ends = [f"{percent(rate)} ({lowered(share.label)})" for rate, share in ((lowest, first), (highest, last))]
            return f"{self.what}: from {' to '.join(ends)}"
        apart = max(share.low for _, share in shown) > min(share.high for _, share in shown)
        how = "and not all intervals overlap" if apart else "and all intervals overlap"
        return f"{self.what}: {percent(lowest)} to {percent(highest)}, {how}"

    @property
    def alt(self) -> str:
        """Everything that the picture shows."""
        return f"Dots with intervals. {'. '.join(share.said for share in self.shares)}."

    def draw(self, *, wide: bool) -> Canvas:
        """The picture."""
        rows = [_labels(share, wide=wide) for share in self.shares]
        heights = [_height(lines, wide=wide) for lines in rows]
        canvas = Canvas(self.title, self.made_from, sum(heights) + _AXIS, wide=wide)
        start = canvas.left + (_LABEL if wide else 6)
        across = scale((0, 1), (start, canvas.right - (_FIGURE if wide else 72)))
        _axis(canvas, across, canvas.top, canvas.top + sum(heights))
        top = canvas.top
        for share, lines, height in zip(self.shares, rows, heights, strict=True):
            canvas.lines(lines, canvas.left, top + (height - height_of(lines, TEXT)) / 2 if wide else top + 4)
            _share(canvas, share, across, top + height / 2 if wide else top + height - _LINE / 2)
            top += height
        return canvas


def _rate(shown: tuple[float, Share]) -> float:
    return shown[0]


def _labels(share: Share, *, wide: bool) -> list[str]:
    if wide:
        return wrapped(share.label, _LABEL - 12, TEXT)
    count = "" if share.rate is None else f" ({share.k:,} of {share.n:,})"
    return wrapped(share.label + count, 288, TEXT)


def _height(lines: Sequence[str], *, wide: bool) -> float:
    return max(34.0, height_of(lines, TEXT) + 10) if wide else height_of(lines, TEXT) + 8 + _LINE


def _axis(canvas: Canvas, across: Scale, top: float, bottom: float) -> None:
    aligned: dict[float, Align] = {} if canvas.wide else {0: "left", 1: "right"}
    for tick in (0, 0.25, 0.5, 0.75, 1) if canvas.wide else (0, 0.5, 1):
        canvas.line([(across(tick), top), (across(tick), bottom)], colour=LINE, width=0.75)
        align = aligned.get(tick, "center")
        canvas.text(percent(tick, 0), across(tick), bottom + 10, size=SMALL, colour=QUIET, align=align)


def _share(canvas: Canvas, share: Share, across: Scale, y: float) -> None:
    if share.rate is None:
        if canvas.wide:
            canvas.text("suppressed", across(1) + 12, y, colour=QUIET)
        else:
            canvas.text("suppressed", across(0) + 4, y, colour=QUIET, size=SMALL)
        return
    canvas.line([(across(share.low), y), (across(share.high), y)], colour=BLUE, width=3)
    for end in (share.low, share.high):
        canvas.line([(across(end), y - 5), (across(end), y + 5)], colour=BLUE, width=2)
    canvas.dot(across(share.rate), y)
    if not canvas.wide:
        canvas.text(percent(share.rate), canvas.right, y, bold=True, align="right", colour=INK)
        return
    canvas.text(percent(share.rate), across(1) + 12, y, bold=True)
    canvas.text(f"{share.k:,} of {share.n:,}", across(1) + 82, y, colour=QUIET, size=SMALL)
