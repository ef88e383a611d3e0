"""Breakdowns over HTTP: figures by any dimension, the events behind one, and what changed since it was known."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response

from outcomes_service import store
from outcomes_service.api import Problem, day_asked
from outcomes_service.breakdowns.answering import Breakdowns
from outcomes_service.breakdowns.question import DIMENSIONS, Question, Row, Unanswerable
from outcomes_service.declarations import declared
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Values
from outcomes_service.progress import Watch
from servicekit.days import start_of

VALUES: Final = tuple(field.name for field in fields(Values) if field.name != "steps")  # a curve is no cell
CHANGING: Final = ("open", "expected", "absent", "late_days", "waiting", "parked", "freshness_seconds")
_DECIDES: Final = (
    "A case or person belongs to the period in which it begins to count, and so do its successes, whenever they came; "
    "what is counted one by one belongs to the period of its own day. Days are Europe/London."
)
_MOST_SUBJECTS: Final = 500
_SAID: Final = {
    "measures",
    "by",
    "schemes",
    "definitions",
    "as_of",
    "known_on",
    "synthetic",
    "part",
    "after",
    "limit",
    "since",
}


def routes(known: Known, breakdowns: Breakdowns, watch: Watch) -> APIRouter:
    """`/api/breakdowns`, `/api/lineage` and `/api/restatements`, each for staff."""
    router, answers = APIRouter(), _Answers(known, breakdowns, watch)
    for path, answer in {
        "/api/breakdowns": answers.breakdown,
        "/api/breakdowns.csv": answers.breakdown,
        "/api/lineage": answers.lineage,
        "/api/restatements": answers.restatements,
    }.items():
        router.add_api_route(path, _with_problems(answer), methods=["GET"], response_model=None)
    return router


class _Answers:
    def __init__(self, known: Known, breakdowns: Breakdowns, watch: Watch) -> None:
        self._known, self._breakdowns, self._watch = known, breakdowns, watch

    async def breakdown(self, request: Request) -> Response:
        """The figures of a question, a row each, with their totals."""
        question = self._question(request)
        rows = await self._breakdowns.ask(request.app.state.running.database, question)
        if request.url.path.endswith(".csv") or "text/csv" in request.headers.get("accept", ""):
            return Response(_csv(rows, question), media_type="text/csv; charset=utf-8")
        return _json({
            "question": question,
            "dimensions": {name: DIMENSIONS[name] for name in question.by},
            "period": _DECIDES,
            "measures": [declared(self._known.measures[name], self._known) for name in question.measures],
            "may_change": await self._may_change(request, question, rows),
            "rows": [_row(row) for row in rows],
        })  # fmt: skip

    async def lineage(self, request: Request) -> Response:
        """The events behind a figure, some subjects at a time."""
        question, given = self._question(request), request.query_params
        page = await self._breakdowns.behind(
            request.app.state.running.database,
            question,
            given.get("part"),
            after=given.get("after", ""),
            most=_limit(given.get("limit", "100")),
        )
        return _json({"question": question, "part": given.get("part"), **msgspec.structs.asdict(page)})

    async def restatements(self, request: Request) -> Response:
        """What changed in the figures since an earlier moment, with the reason of each change."""
        question, since = self._question(request), request.query_params.get("since")
        if since is None:
            raise Problem(400, "Since when?", "since is a day as 2025-03-31, or a moment as 2025-03-31T12:00:00Z.")
        earlier = _moment(since, "since")
        if question.known_on is not None and question.known_on < earlier:
            raise Problem(400, "Not since", "since is before known_on.")
        found = await self._breakdowns.restated(request.app.state.running.database, question, earlier)
        return _json({
            "question": question,
            "since": earlier,
            "before": [_row(row) for row in found.before],
            "after": [_row(row) for row in found.after],
            "changes": found.changes,
            "erased": found.erased,
        })  # fmt: skip

    def _question(self, request: Request) -> Question:
        """The question as the query says it; every dimension may be a condition."""
        given = request.query_params
        if unknown := sorted(set(given) - _SAID - set(DIMENSIONS)):
            said = f"There are: {', '.join(sorted(_SAID))}; and as conditions {', '.join(DIMENSIONS)}."
            raise Problem(400, f"Not understood: {', '.join(unknown)}", said)
        schemes = _list(given.get("schemes")) + _list(given.get("scheme"))
        return Question(
            measures=self._measures(_list(given.get("measures")) + _list(given.get("measure"))),
            by=_list(given.get("by")),
            where=tuple((name, given[name]) for name in DIMENSIONS if name in given and name != "scheme"),
            schemes=schemes,
            definitions=_list(given.get("definitions")) + _list(given.get("definition")),
            as_of=day_asked(given.get("as_of")),
            known_on=_moment(given["known_on"], "known_on") if "known_on" in given else None,
            synthetic=_kind(given.get("synthetic")),
        )

    def _measures(self, named: tuple[str, ...]) -> tuple[str, ...]:
        """Measures by id or family."""
        found: list[str] = []
        for name in named:
            of = [measure.id for measure in self._known.measures.values() if name in (measure.id, measure.family)]
            found += of or [name]
        return tuple(dict.fromkeys(found))

    async def _may_change(self, request: Request, question: Question, rows: Iterable[Row]) -> list[dict[str, Any]]:
        """For each figure of a whole scheme what could still change it, as things stand now."""
        told = {(row.measure, row.definition, row.synthetic) for row in rows}
        running, found = request.app.state.running, []
        for name in question.schemes or tuple(self._known.schemes):
            if any(measure.id in question.measures for measure, _ in self._known.shown[name]):
                scheme = self._known.schemes[name]
                found += await store.figures(running.database, self._known, scheme, question.as_of, question.synthetic)
        progress = await self._watch.progress(running)
        return [
            {
                **{name: getattr(each, name) for name in ("scheme_id", "measure", "definition", "synthetic")},
                **{name: getattr(each, name) for name in CHANGING},
            }
            for each in progress.told(found)
            if each.area is None and (each.measure, each.definition, each.synthetic) in told
        ]


def _row(row: Row) -> dict[str, Any]:
    said = {"measure": row.measure, "definition": row.definition, "synthetic": row.synthetic}
    values = {name: getattr(row.values, name) for name in (*VALUES, "steps")}
    return {"at": row.at, **said, **values, "marks": row.marks}


def _csv(rows: Iterable[Row], question: Question) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*question.by, "measure", "definition", "synthetic", *VALUES, "as_of", "known_on", "marks"])
    when = (question.as_of.isoformat(), question.known_on.isoformat() if question.known_on else "")
    for row in rows:
        at = ["" if category is None else category for category in row.at.values()]
        said = [getattr(row.values, name) for name in VALUES]
        values = ["" if value is None else value for value in said]
        kind = str(row.synthetic).lower()
        writer.writerow([*at, row.measure, row.definition, kind, *values, *when, " ".join(row.marks)])
    return file.getvalue()


def _list(given: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in (given or "").split(",") if part.strip()))


def _moment(given: str, name: str) -> datetime:
    """A moment; of a day its end in London."""
    try:
        if len(given) == len("2025-03-31"):
            return start_of(date.fromisoformat(given) + timedelta(days=1)).astimezone(UTC) - timedelta(milliseconds=1)
        moment = datetime.fromisoformat(given.replace(" ", "+"))  # a plus of a query that nobody escaped
    except (ValueError, OverflowError):
        moment = None
    if moment is None or moment.tzinfo is None:
        said = f"{name} is a day as 2025-03-31 (to its end, in London), or a moment as 2025-03-31T12:00:00Z."
        raise Problem(400, "No such moment", said)
    return moment.astimezone(UTC)


def _kind(given: str | None) -> bool | None:
    if given not in (None, "true", "false"):
        raise Problem(400, "Not a kind of event", "synthetic is true or false; without it both are told, apart.")
    return None if given is None else given == "true"


def _limit(given: str) -> int:
    if not given.isascii() or not given.isdigit() or not 0 < int(given) <= _MOST_SUBJECTS:
        raise Problem(400, "No such limit", f"limit is a number of subjects from 1 to {_MOST_SUBJECTS}.")
    return int(given)


def _with_problems(answer: Any) -> Any:
    async def answered(request: Request) -> Response:
        try:
            response: Response = await answer(request)
        except Problem as problem:
            return problem.response()
        except Unanswerable as problem:
            return Problem(problem.status, problem.title, problem.detail).response()
        return response

    return answered


def _json(content: Mapping[str, Any]) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
