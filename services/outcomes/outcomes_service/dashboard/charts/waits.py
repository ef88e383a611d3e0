"""Waits and lengths: within how long half of them were, and nine in ten."""

from dataclasses import dataclass

from outcomes_service.dashboard.charts.canvas import (
    BLUE,
    LINE,
    PALE,
    QUIET,
    SMALL,
    TEXT,
    Canvas,
    height_of,
    scale,
    wrapped,
)
from outcomes_service.dashboard.charts.words import plainly

_AXIS = 24


@dataclass(frozen=True, slots=True)
class Wait:
    """Median and 90th percentile of `n` waits; without `median` it is suppressed, without `p90` that alone is."""

    label: str
    n: int = 0
    median: float | None = None
    p90: float | None = None

    def said(self, unit: str) -> str:
        """The wait in words."""
        if self.median is None:
            return f"{self.label}: suppressed"
        most = f", nine in ten within {plainly(self.p90)}" if self.p90 is not None else ""
        return f"{self.label}: half within {_units(self.median, unit)}{most} (of {self.n:,})"


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits of one kind, or of several kinds of one scheme."""

    what: str
    unit: str
    waits: tuple[Wait, ...]
    made_from: str

    @property
    def title(self) -> str:
        """What the waits say."""
        shown = [wait.median for wait in self.waits if wait.median is not None]
        if not shown:
            return f"{self.what}: every figure is suppressed"
        if len(self.waits) == 1:
            return f"{self.what}. {self.waits[0].said(self.unit)}"
        return f"{self.what}: half were within {plainly(min(shown))} to {_units(max(shown), self.unit)}"

    @property
    def alt(self) -> str:
        """Everything that the picture shows."""
        return f"Bars. {'. '.join(wait.said(self.unit) for wait in self.waits)}."

    def draw(self, *, wide: bool) -> Canvas:
        """A bar up to nine in ten, a darker one up to the half; each end says its number."""
        said = [wait.label if wait.median is not None else f"{wait.label}: suppressed" for wait in self.waits]
        labels = [wrapped(label, 700 if wide else 288, TEXT) for label in said]
        heights = [height_of(lines, TEXT) + (0 if wait.median is None else 34) + 8
                   for lines, wait in zip(labels, self.waits, strict=True)]  # fmt: skip
        canvas = Canvas(self.title, self.made_from, sum(heights) + _AXIS, wide=wide)
        longest = max((wait.p90 or wait.median or 0 for wait in self.waits), default=0) or 1
        across = scale((0, longest), (canvas.left, canvas.right - (170 if wide else 70)))
        top = canvas.top
        for lines, wait, height in zip(labels, self.waits, heights, strict=True):
            canvas.lines(lines, canvas.left, top)
            if wait.median is not None:
                y = top + height_of(lines, TEXT) + 14
                far = across(wait.p90 if wait.p90 is not None else wait.median)
                canvas.bar(across(0), far, y - 9, y + 9, PALE)
                canvas.bar(across(0), across(wait.median), y - 9, y + 9, BLUE)
                canvas.line([(far, y - 12), (far, y + 12)], width=2)
                canvas.text(self._ends(wait, wide=wide), far + 6, y, bold=True)
            top += height
        canvas.line([(canvas.left, top), (canvas.right, top)], colour=LINE, width=0.75)
        key = "dark: half within so long; pale: nine in ten" if wide else "dark: half; pale: nine in ten"
        canvas.text(key, canvas.left, top + 12, size=SMALL, colour=QUIET)
        return canvas

    def _ends(self, wait: Wait, *, wide: bool) -> str:
        both = [plainly(days) for days in (wait.median, wait.p90) if days is not None]
        return f"{' and '.join(both)} {self.unit}s" if wide else " / ".join(both)


def _units(number: float, unit: str) -> str:
    return f"{plainly(number)} {unit}" + ("" if number == 1 else "s")
