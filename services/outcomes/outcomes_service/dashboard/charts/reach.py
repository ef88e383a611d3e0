"""Reach: how many there were, against how many were aimed at."""

from dataclasses import dataclass

from outcomes_service.dashboard.charts.canvas import (
    BLUE,
    INK,
    PALE,
    QUIET,
    SMALL,
    TEXT,
    Canvas,
    height_of,
    scale,
    wrapped,
)
from outcomes_service.dashboard.charts.words import lowered

_KEY = 24


@dataclass(frozen=True, slots=True)
class Reached:
    """`k` of `aim`; without `k` it is suppressed."""

    label: str
    k: int | None
    aim: int

    @property
    def said(self) -> str:
        """The reach in words."""
        return f"{self.label}: suppressed" if self.k is None else f"{self.label}: {self.k:,} of {self.aim:,} aimed at"


@dataclass(frozen=True, slots=True)
class Reach:
    """What one scheme reached."""

    what: str
    reached: tuple[Reached, ...]
    made_from: str

    @property
    def title(self) -> str:
        """Whether the aims were met."""
        shown = [each for each in self.reached if each.k is not None]
        met = [each for each in shown if (each.k or 0) >= each.aim]
        if not shown:
            return f"{self.what}: every figure is suppressed"
        if len(met) == len(shown):
            return f"{self.what}: {'every aim' if len(met) > 1 else lowered(met[0].label)} met"
        return f"{self.what}: " + "; ".join(lowered(each.said) for each in shown if each not in met)

    @property
    def alt(self) -> str:
        """Everything that the picture shows."""
        return f"Bars against a mark. {'. '.join(each.said for each in self.reached)}."

    def draw(self, *, wide: bool) -> Canvas:
        """A bar each, beside the mark that was aimed at; what is beyond the mark is beyond it."""
        labels = [wrapped(each.said, 700 if wide else 288, TEXT) for each in self.reached]
        heights = [height_of(lines, TEXT) + 36 for lines in labels]
        canvas = Canvas(self.title, self.made_from, sum(heights) + _KEY, wide=wide)
        farthest = max((each.k or 0) / each.aim for each in self.reached)
        across = scale((0, max(1.0, farthest)), (canvas.left, canvas.right - 4))
        top = canvas.top
        for each, lines, height in zip(self.reached, labels, heights, strict=True):
            canvas.lines(lines, canvas.left, top)
            y = top + height_of(lines, TEXT) + 14
            canvas.bar(across(0), across(1), y - 9, y + 9, PALE)
            if each.k is not None:
                canvas.bar(across(0), across(each.k / each.aim), y - 9, y + 9, BLUE)
            canvas.line([(across(1), y - 13), (across(1), y + 13)], colour=INK, width=3)
            top += height
        canvas.text("upright mark: what was aimed at", canvas.left, top + 8, size=SMALL, colour=QUIET)
        return canvas
