"""Figures over HTTP, as JSON and CSV, and the pages. Errors are problem+json and say what exists."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response

from outcomes_service import store
from outcomes_service.dashboard import assets
from outcomes_service.declarations import declared
from outcomes_service.indicators.catalogue import Known
from outcomes_service.lineage import Identity
from outcomes_service.progress import Progress, Watch
from outcomes_service.store import Figure
from schemes.model import Scheme
from servicekit.days import day_of
from servicekit.entrance import member_of

_ASKED_OF_FIGURES: Final = ("as_of", "synthetic")
COLUMNS: Final = tuple(name for name in Figure.__struct_fields__ if name != "steps")  # a curve is no cell


class Problem(Exception):  # noqa: N818  named as RFC 9457 names it
    """A question that has no answer: what was asked for, and what there is."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(title)
        self.status, self.title, self.detail = status, title, detail

    def response(self) -> Response:
        """RFC 9457."""
        said = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        return _json(said, self.status, "application/problem+json")


def routes(known: Known, watch: Watch) -> APIRouter:
    """Every path of the service beside health and metrics. All are GET and change nothing."""
    router = APIRouter()
    answers = _Answers(known, watch)
    for path, answer in {
        "/api/schemes": answers.schemes,
        "/api/schemes/{scheme_id}/figures": answers.scheme_figures,
        "/api/schemes/{scheme_id}/figures.csv": answers.scheme_figures,
        "/api/figures/{measure}.csv": answers.measure_figures,
        "/api/figures/{measure}": answers.measure_figures,
        "/api/counted-in": answers.counted_in,
        "/assets/{name}": answers.asset,
    }.items():
        router.add_api_route(path, _with_problems(answer), methods=["GET"], response_model=None)
    return router


class _Answers:
    def __init__(self, known: Known, watch: Watch) -> None:
        self._known, self._watch = known, watch

    async def schemes(self, request: Request) -> Response:
        """What schemes there are, and what each shows."""
        return _json({"schemes": [_told(scheme) for scheme in self._seen(request)]})

    async def scheme_figures(self, request: Request) -> Response:
        """The figures of one scheme: the whole (`area` null) and each area."""
        scheme = self._scheme(request)
        as_of = day_asked(request.query_params.get("as_of"))
        found, progress = await self._figures(request, [scheme], as_of)
        return _written(request, {**_told(scheme), "as_of": as_of, "progress": progress.shown()}, found)

    async def measure_figures(self, request: Request) -> Response:
        """One measure (or all of a family) in every scheme that shows it; persons are never added across schemes."""
        wanted = request.path_params["measure"]
        measures = [m for m in self._known.measures.values() if wanted in (m.id, m.family)]
        if not measures:
            raise Problem(404, "No such measure", f"There are: {', '.join(self._known.measures)}.")
        ids = {measure.id for measure in measures}
        schemes = [s for s in self._seen(request) if any(m.id in ids for m, _ in self._known.shown[s.id])]
        as_of = day_asked(request.query_params.get("as_of"))
        figures, progress = await self._figures(request, schemes, as_of)
        found = [figure for figure in figures if figure.measure in ids]
        said = [declared(measure, self._known) for measure in measures]
        return _written(request, {"measures": said, "as_of": as_of, "progress": progress.shown()}, found)

    async def counted_in(self, request: Request) -> Response:
        """What came of one accepted event, which partner, type (`session-held`), id, subject and topic name."""
        said = {name: request.query_params.get(name, "") for name in ("partner", "type", "id", "subject", "topic")}
        if lacking := [name for name, value in said.items() if not value]:
            raise Problem(400, "Not an event", f"Say also: {', '.join(lacking)}.")
        of = Identity(said["partner"], said["type"], said["id"])
        came_of = await store.came_of(
            request.app.state.running.database,
            self._known,
            of,
            subject=said["subject"],
            topic=said["topic"],
            as_of=day_asked(request.query_params.get("as_of")),
        )
        return _json(came_of)

    async def asset(self, request: Request) -> Response:
        """A file that pages need."""
        name = request.path_params["name"]
        if (found := assets.assets().get(name)) is None:
            raise Problem(404, "No such file", f"There are: {', '.join(assets.assets())}.")
        return assets.answer(found, request.query_params.get("v"))

    def _seen(self, request: Request) -> list[Scheme]:
        """The schemes that whoever asks may see."""
        return [scheme for scheme in self._known.schemes.values() if member_of(request).sees(scheme.id)]

    def _scheme(self, request: Request) -> Scheme:
        scheme = self._known.schemes.get(request.path_params["scheme_id"])
        if scheme is None:
            raise Problem(404, "No such scheme", f"There are: {', '.join(self._known.schemes)}.")
        return scheme

    async def _figures(self, request: Request, schemes: Sequence[Scheme], as_of: date) -> tuple[list[Figure], Progress]:
        if unknown := sorted(set(request.query_params) - set(_ASKED_OF_FIGURES)):
            raise Problem(400, f"Not understood: {', '.join(unknown)}", f"There are: {', '.join(_ASKED_OF_FIGURES)}.")
        running, synthetic = request.app.state.running, _synthetic(request)
        found: list[Figure] = []
        for scheme in schemes:
            found += await store.figures(running.database, self._known, scheme, as_of, synthetic)
        progress = await self._watch.progress(running)
        return progress.told(found), progress


def _with_problems(answer: Any) -> Any:
    async def answered(request: Request) -> Response:
        try:
            response: Response = await answer(request)
        except Problem as problem:
            return problem.response()
        return response

    return answered


def day_asked(given: str | None) -> date:
    """The day asked for; else today in London. Raises `Problem`: of a day to come nobody knows anything."""
    today = day_of(datetime.now(UTC))
    if given is None:
        return today
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise Problem(400, "No such day", "as_of is a day as 2025-03-31.") from None
    if day > today:
        raise Problem(400, "A day to come", f"Nothing is known of it yet: as_of is {today} or before.")
    return day


def _synthetic(request: Request) -> bool | None:
    given = request.query_params.get("synthetic")
    if given not in (None, "true", "false"):
        raise Problem(400, "Not a kind of event", "synthetic is true or false; without it both are told, apart.")
    return None if given is None else given == "true"


def _told(scheme: Scheme) -> dict[str, Any]:
    kept = {"id", "title", "about", "country", "opens", "closes", "definitions", "measures", "illustration", "caveats"}
    areas = [{"id": area.id, "title": area.title} for area in scheme.areas]
    return {**scheme.model_dump(mode="json", include=kept), "areas": areas}


def _written(request: Request, about: dict[str, Any], figures: Iterable[Figure]) -> Response:
    if request.url.path.endswith(".csv") or "text/csv" in request.headers.get("accept", ""):
        return Response(_csv(figures), media_type="text/csv; charset=utf-8")
    return _json({**about, "figures": list(figures)})


def _csv(figures: Iterable[Figure]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for figure in figures:
        row = msgspec.to_builtins(figure)
        writer.writerow(["" if row[name] is None else _plain(row[name]) for name in COLUMNS])
    return file.getvalue()


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _json(content: Any, status: int = 200, media_type: str = "application/json") -> Response:
    return Response(msgspec.json.encode(content), status_code=status, media_type=media_type)
