"""Fit notes: how many of a hundred say not fit for work."""

from dataclasses import dataclass

from outcomes_service.dashboard.charts.canvas import BLUE, INK, PALE, Canvas, height_of, scale, wrapped
from outcomes_service.dashboard.charts.words import percent


@dataclass(frozen=True, slots=True)
class FitNotes:
    """`not_fit` of `notes`; the rest say that the person may be fit for work with support."""

    not_fit: int
    notes: int
    made_from: str

    @property
    def _share(self) -> float:
        return self.not_fit / self.notes

    @property
    def title(self) -> str:
        """The share."""
        return f"{percent(self._share)} of {self.notes:,} fit notes say: not fit for work"

    @property
    def alt(self) -> str:
        """Both parts."""
        rest = self.notes - self.not_fit
        return (
            f"A bar in two parts. Not fit for work: {self.not_fit:,} notes, {percent(self._share)}. "
            f"May be fit for work with support: {rest:,} notes, {percent(1 - self._share)}."
        )

    def draw(self, *, wide: bool) -> Canvas:
        """One bar in two parts, each with its words below."""
        rest = f"{percent(1 - self._share)} may be fit with support"
        below = wrapped(rest, 300 if wide else 130, 13)
        canvas = Canvas(self.title, self.made_from, 48 + height_of(below, 13), wide=wide)
        across = scale((0, 1), (canvas.left, canvas.right))
        top, bottom = canvas.top, canvas.top + 36
        canvas.bar(across(0), across(self._share), top, bottom, BLUE)
        canvas.bar(across(self._share), across(1), top, bottom, PALE)
        canvas.line([(across(self._share), top - 4), (across(self._share), bottom + 8)], colour=INK, width=2)
        canvas.text(f"{percent(self._share)} not fit", across(0), bottom + 16, bold=True)
        for number, line in enumerate(below):
            canvas.text(line, canvas.right, bottom + 16 + number * 17, align="right")
        return canvas
