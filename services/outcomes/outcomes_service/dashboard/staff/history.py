"""What stands behind a figure, and how it was known before: pages on what `breakdowns` answers."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request, Response

from outcomes_service.breakdowns.answering import Breakdowns
from outcomes_service.breakdowns.question import Question, Row, Unanswerable
from outcomes_service.dashboard.layout import Answer, NotHere, answered
from outcomes_service.dashboard.staff import shown
from outcomes_service.dashboard.staff.common import area_of, database_of, day_now, scheme_of, staff_page
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.measure import Measure
from schemes.model import Scheme
from servicekit.days import start_of

MOST_SUBJECTS: Final = 50  # of one page: a referral has ten events or so behind a figure
_PARTS: Final = {"k": "counted as yes", "n": "all of them", "u": "unknown"}
_REASONS: Final = {
    "correction": "a correction",
    "withdrawal": "a withdrawal",
    "late": "came late",
    "new": "of a later day",
}


class Compared(NamedTuple):
    """One figure as it was known then, and as it is known now; `changes` leads to why they differ."""

    title: str
    definition: str
    before: str
    after: str
    changes: str | None


def routes(known: Known, breakdowns: Breakdowns) -> APIRouter:
    """`.../behind`, `.../known` and `.../restated` of a scheme."""
    router, pages = APIRouter(), HistoryPages(known, breakdowns)
    found: dict[str, Answer] = {"behind": pages.behind, "known": pages.known, "restated": pages.restated}
    for name, answer in found.items():
        path = f"/staff/schemes/{{scheme_id}}/{name}"
        router.add_api_route(path, answered(_as_pages(answer), staff=True), methods=["GET"], response_model=None)
    return router


class HistoryPages:
    """The pages, each for what its member may see."""

    def __init__(self, known: Known, breakdowns: Breakdowns) -> None:
        self._known, self._breakdowns = known, breakdowns

    async def behind(self, request: Request) -> Response:
        """The referrals that a figure counts, and of each the events that it rests on."""
        given, scheme = request.query_params, scheme_of(request, self._known)
        measure, area = self._measure(given.get("measure"), scheme), area_of(scheme, given.get("area"))
        part = given.get("part") if given.get("part") in _PARTS else None
        question = Question(
            measures=(measure.id,),
            definitions=(given.get("definition", scheme.definitions[0]),),
            schemes=(scheme.id,),
            where=(("area", area.id),) if area else (),
            as_of=day_now(),
            synthetic=given.get("synthetic") == "true",
        )
        after = given.get("after", "")
        found = await self._breakdowns.behind(database_of(request), question, part, after=after, most=MOST_SUBJECTS)
        asked = {name: value for name, value in given.items() if name not in ("part", "after")}
        return staff_page(
            request,
            "behind.html",
            scheme=scheme,
            area=area,
            measure=measure,
            question=question,
            part=part,
            parts=[(name, title, urlencode({**asked, "part": name})) for name, title in _PARTS.items()],
            all_parts=urlencode(asked),
            subjects=found.subjects,
            groups=[(key, list(events)) for key, events in groupby(found.events, key=lambda event: event.subject)],
            further=urlencode({**given, "after": found.next}) if found.next else None,
        )

    async def known(self, request: Request) -> Response:
        """Every figure of a scheme as of a day, as it was known at its end and as it is known now."""
        scheme, day = scheme_of(request, self._known), _day(request)
        measures = tuple(m.id for m, _ in self._known.shown[scheme.id] if m.counting.of not in shown.OF_NO_REFERRAL)
        question = Question(measures=tuple(dict.fromkeys(measures)), schemes=(scheme.id,), as_of=day)
        now = await self._breakdowns.ask(database_of(request), question)
        then = await self._breakdowns.ask(database_of(request), _known_on(question, day))
        kinds = [(kind, self._compared(scheme, day, then, now, kind)) for kind in (False, True)]
        return staff_page(
            request, "known.html", scheme=scheme, day=day, kinds=[(kind, rows) for kind, rows in kinds if rows]
        )

    async def restated(self, request: Request) -> Response:
        """What changed one figure since it was known on a day, event by event."""
        scheme, day, given = scheme_of(request, self._known), _day(request), request.query_params
        measure = self._measure(given.get("measure"), scheme)
        question = Question(
            measures=(measure.id,),
            definitions=(given.get("definition", scheme.definitions[0]),),
            schemes=(scheme.id,),
            as_of=day,
            synthetic=given.get("synthetic") == "true",
        )
        found = await self._breakdowns.restated(database_of(request), question, _end_of(day))
        return staff_page(
            request,
            "restated.html",
            scheme=scheme,
            measure=measure,
            question=question,
            day=day,
            before=_reading(found.before, measure),
            after=_reading(found.after, measure),
            changes=found.changes,
            reasons=_REASONS,
            erased=found.erased,
        )

    def _measure(self, wanted: str | None, scheme: Scheme) -> Measure:
        """The measure asked for, if the scheme shows it. Raises `NotHere`."""
        there = {m.id: m for m, _ in self._known.shown[scheme.id] if m.counting.of not in shown.OF_NO_REFERRAL}
        if wanted in there:
            return there[wanted]
        listed = [
            (f"/staff/schemes/{scheme.id}/behind?{urlencode({'measure': each.id})}", each.title)
            for each in there.values()
        ]
        raise NotHere("No such measure", f"{scheme.title} shows these, of referrals or practices.", listed)

    def _compared(
        self, scheme: Scheme, day: date, then: Iterable[Row], now: Iterable[Row], synthetic: bool
    ) -> list[Compared]:
        before, after = (
            {
                (row.measure, row.definition): row
                for row in rows
                if row.synthetic is synthetic and any(row.sums.values())
            }
            for rows in (then, now)
        )
        told = []
        for key in {**after, **before}:
            measure, definition = self._known.measures[key[0]], key[1]
            was, now_is = (_reading([each[key]] if key in each else [], measure) for each in (before, after))
            asked = {
                "measure": measure.id,
                "definition": definition,
                "synthetic": str(synthetic).lower(),
                "day": day.isoformat(),
            }
            why = f"/staff/schemes/{scheme.id}/restated?{urlencode(asked)}" if was != now_is else None
            told.append(Compared(measure.title, definition, was, now_is, why))
        return told


def _reading(rows: Iterable[Row], measure: Measure) -> str:
    """A figure in one line."""
    return next((shown.in_one(row.values, measure.unit) for row in rows), "nothing")


def _known_on(question: Question, day: date) -> Question:
    return msgspec.structs.replace(question, known_on=_end_of(day))


def _end_of(day: date) -> datetime:
    """The last moment of a day in London."""
    return start_of(day + timedelta(days=1)).astimezone(UTC) - timedelta(milliseconds=1)


def _day(request: Request) -> date:
    """The day asked for; else the end of last month, which a report would have been about. Raises `NotHere`."""
    given = request.query_params.get("day")
    if not given:
        return day_now().replace(day=1) - timedelta(days=1)
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise NotHere("No such day", "A day is written as 2025-03-31.", status=400) from None
    if not date(2000, 1, 1) <= day <= day_now():
        raise NotHere("Not a day to look back from", "A day from 2000 on that has begun.", status=400)
    return day


def _as_pages(answer: Answer) -> Answer:
    """The same answer, where a question that has none becomes a page that says what can be asked."""

    async def with_pages(request: Request) -> Response:
        try:
            return await answer(request)
        except Unanswerable as unanswerable:
            address = f"/staff/schemes/{request.path_params['scheme_id']}"
            there = [(address, "The figures of the scheme")]
            raise NotHere(unanswerable.title, unanswerable.detail, there, unanswerable.status) from None

    return with_pages
