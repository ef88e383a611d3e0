"""How long work lasts in a scheme, live, for staff: a curve is exact day by day, so that no release has one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from outcomes_service import store
from outcomes_service.dashboard.charts import serving
from outcomes_service.dashboard.charts.lasting import Lasting
from outcomes_service.dashboard.charts.pictures import NARROW, Picture
from outcomes_service.dashboard.layout import NotHere, answered, page
from outcomes_service.dashboard.naming import day
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.sustained_work import CHECKPOINTS, WEEK_52
from outcomes_service.store import Figure
from schemes.model import Scheme
from servicekit.days import day_of
from servicekit.entrance import COOKIE, member_of

_PATH: Final = "/staff/schemes/{scheme_id}/lasting"
_WEEKS: Final = WEEK_52 // 7


@dataclass(frozen=True)
class Drawn:
    """One figure as a curve, and its rows: week, share, interval, how many are still followed."""

    figure: Figure
    curve: Lasting
    picture: Picture

    @property
    def rows(self) -> list[tuple[int, str, str, int]]:
        """What the curve says at each week of follow-up."""
        found = [(weeks, self.curve.on(weeks)) for weeks in CHECKPOINTS if weeks]
        return [
            (
                weeks,
                f"{step.survival:.1%}".replace("%", " %"),
                _interval(step.low, step.high),
                self.curve.followed(weeks),
            )
            for weeks, step in found
            if step is not None
        ]


def routes(known: Known) -> APIRouter:
    """The page of a scheme, and its pictures."""
    router, curves = APIRouter(), _Curves(known)
    for path, answer in {_PATH: curves.page, _PATH + "/{name}.svg": curves.picture}.items():
        router.add_api_route(path, answered(answer, staff=True), methods=["GET"], response_model=None)
    return router


def drawn(scheme: Scheme, figures: Sequence[Figure]) -> list[Drawn]:
    """Every curve of a whole scheme: for each measure that has one, definition, and real or made-up events."""
    return [_drawn(scheme, figure) for figure in figures if figure.steps and figure.area is None]


class _Curves:
    def __init__(self, known: Known) -> None:
        self._known = known

    async def page(self, request: Request) -> Response:
        """The curves of a scheme with their tables."""
        scheme, today = self._scheme(request), day_of(datetime.now(UTC))
        curves = await self._drawn(request, scheme, today)
        return page(
            "staff/lasting.html",
            staff=True,
            sections=(("/staff", "Schemes"),),
            who=member_of(request).name,
            signed_in=COOKIE in request.cookies,
            scheme=scheme,
            curves=curves,
            as_of=today,
        )

    async def picture(self, request: Request) -> Response:
        """One curve."""
        scheme, name = self._scheme(request), request.path_params["name"]
        wanted = request.scope["path"].removesuffix(".svg").removesuffix(NARROW)
        for each in await self._drawn(request, scheme, day_of(datetime.now(UTC))):
            if each.picture.path == wanted:
                file = await serving.drawing(each.picture, wide=not name.endswith(NARROW))
                return serving.answer(file, "no-store")
        there = _PATH.format(scheme_id=scheme.id)
        raise NotHere("No such curve", "The scheme has no curve of this name.", [(there, scheme.title)])

    async def _drawn(self, request: Request, scheme: Scheme, today: date) -> list[Drawn]:
        return drawn(scheme, await store.figures(request.app.state.running.database, self._known, scheme, today))

    def _scheme(self, request: Request) -> Scheme:
        found = self._known.schemes.get(request.path_params["scheme_id"])
        if found is None:
            raise NotHere("No such scheme", "No scheme of this name is known.", [("/staff", "Schemes")])
        return found


def _drawn(scheme: Scheme, figure: Figure) -> Drawn:
    kind = "synthetic" if figure.synthetic else "real"
    marks = ("Made-up events." if figure.synthetic else "", "An illustration." if scheme.illustration else "")
    said = [*marks, f"{scheme.title}, live and exact as of {day(figure.as_of)}.", f"Definition: {figure.definition}."]
    curve = Lasting("Still in work", figure.n or 0, figure.steps or (), _WEEKS, " ".join(part for part in said if part))
    path = f"{_PATH.format(scheme_id=scheme.id)}/{figure.measure}-{figure.definition}-{kind}"
    return Drawn(figure, curve, Picture(path, curve))


def _interval(low: float | None, high: float | None) -> str:
    return "none" if low is None or high is None else f"{low * 100:.1f} to {high * 100:.1f} %"
