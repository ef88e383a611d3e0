"""How long work lasts: the Kaplan-Meier curve with its 95 % interval, and how many it still rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

from outcomes_service.dashboard.charts.canvas import BLUE, INK, LINE, PALE, QUIET, SMALL, Canvas, Scale, scale
from outcomes_service.dashboard.charts.words import percent
from outcomes_service.indicators.survival import Step

_BODY = 300
_BELOW, _BEFORE = 62, 46
_WEEKS = (0, 4, 13, 26, 52)


@dataclass(frozen=True, slots=True)
class Lasting:
    """A curve by weeks since the end, up to the week that the figure is about."""

    what: str
    n: int
    steps: tuple[Step, ...]
    weeks: int
    made_from: str

    def on(self, weeks: int) -> Step | None:
        """The last step up to a week."""
        return next((step for step in reversed(self.steps) if step.day <= weeks * 7), None)

    @property
    def title(self) -> str:
        """What is estimated for the last week."""
        last = self.on(self.weeks)
        if last is None or last.low is None or last.high is None:
            return f"{self.what}: {self.n:,} followed, too few for an interval"
        between = f"between {last.low * 100:.0f} and {last.high * 100:.0f} %"
        return f"{self.what}: about {percent(last.survival, 0)} after {self.weeks} weeks ({between})"

    @property
    def alt(self) -> str:
        """The curve at the weeks of follow-up."""
        found = [(weeks, self.on(weeks)) for weeks in _WEEKS if 0 < weeks <= self.weeks]
        said = [f"{w} weeks {percent(step.survival)}" for w, step in found if step is not None]
        after = f"After {', '.join(said)}." if said else "Nothing is known of later."
        return f"A falling curve of {self.n:,} cases, from 100 % at the end. {after}"

    def draw(self, *, wide: bool) -> Canvas:
        """Steps, with the interval as a band, and how many were still followed below."""
        canvas = Canvas(self.title, self.made_from, _BODY, wide=wide)
        bottom = canvas.top + _BODY - _BELOW
        across = scale((0, self.weeks * 7), (canvas.left + _BEFORE, canvas.right - 52))
        up = scale((0, 1), (bottom, canvas.top + 8))
        self._axes(canvas, across, up, bottom)
        kept = [step for step in self.steps if step.day <= self.weeks * 7]
        curve = _stairs([(step.day, step.survival) for step in kept], self.weeks * 7)
        certain = [step for step in kept if step.low is not None]
        end = certain[-1].day if len(certain) < len(kept) else self.weeks * 7
        high = _stairs([(step.day, step.high or 1.0) for step in certain], end)
        low = _stairs([(step.day, step.low or 0.0) for step in certain], end)
        canvas.band(_placed(high, across, up), _placed(low, across, up), PALE)
        canvas.line(_placed(curve, across, up), colour=BLUE, width=2.5)
        canvas.text(percent(curve[-1][1]), across(curve[-1][0]) + 5, up(curve[-1][1]), bold=True, size=SMALL)
        return canvas

    def _axes(self, canvas: Canvas, across: Scale, up: Scale, bottom: float) -> None:
        for share in (0, 0.5, 1) if not canvas.wide else (0, 0.25, 0.5, 0.75, 1):
            canvas.line([(across(0), up(share)), (across(self.weeks * 7), up(share))], colour=LINE, width=0.5)
            canvas.text(percent(share, 0), across(0) - 6, up(share), size=SMALL, colour=QUIET, align="right")
        for weeks in (week for week in _WEEKS if week <= self.weeks and (canvas.wide or week != 4)):
            canvas.line([(across(weeks * 7), bottom), (across(weeks * 7), bottom + 5)], colour=QUIET, width=1)
            canvas.text(str(weeks), across(weeks * 7), bottom + 14, size=SMALL, colour=QUIET, align="center")
            canvas.text(
                f"{self.followed(weeks):,}", across(weeks * 7), bottom + 48, size=SMALL, align="center", colour=INK
            )
        canvas.text(
            "weeks since the end; below: cases still followed", canvas.left, bottom + 31, size=SMALL, colour=QUIET
        )

    def followed(self, weeks: int) -> int:
        """How many are still followed as a week begins."""
        return next((step.at_risk for step in self.steps if step.day >= weeks * 7), 0)


def _stairs(levels: Sequence[tuple[int, float]], end: int) -> list[tuple[float, float]]:
    """The corners of a curve that stays at its level until the next day that changes it."""
    corners: list[tuple[float, float]] = [(0, 1.0)]
    for day, level in levels:
        corners += [(day, corners[-1][1]), (day, level)]
    return [*corners, (max(end, corners[-1][0]), corners[-1][1])]


def _placed(points: Sequence[tuple[float, float]], across: Scale, up: Scale) -> list[tuple[float, float]]:
    return [(across(day), up(share)) for day, share in points]
