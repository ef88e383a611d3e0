"""What staff may ask: what is due in a scheme, and how a case stands. Nothing here says who did not come."""

from datetime import UTC, date, datetime
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Query, Request

from case_service.domain import Case, Due, Known, due, planned_end
from case_service.store import case_of, due_in
from servicekit.days import day_of

MOST_CASES: Final = 1_000  # one answer; `more` says that there are others


def routes(known: Known) -> APIRouter:
    """`GET /api/due` and `GET /api/cases/{referral_id}`."""
    router = APIRouter()

    async def what_is_due(
        request: Request, scheme: str = Query(), overdue: bool = Query(default=False)
    ) -> dict[str, Any]:
        """Everything due in a scheme, the longest due first; with `overdue` only what is late."""
        if scheme not in known.schemes:
            raise HTTPException(404, f"no such scheme; there are: {', '.join(known.schemes)}")
        today = day_of(datetime.now(UTC))
        cases = await due_in(request.app.state.running.database, scheme, today, MOST_CASES)
        rows = [row for case in cases for row in due_rows(case, known, today) if row["overdue_days"] or not overdue]
        return {"scheme_id": scheme, "as_of": today.isoformat(), "due": rows, "more": len(cases) == MOST_CASES}

    async def how_it_stands(request: Request, referral_id: str) -> dict[str, Any]:
        """Wait, sessions, programme and what is due of one case."""
        case = await case_of(request.app.state.running.database, referral_id)
        if case is None or case.opened_at is None:
            raise HTTPException(404, "no case of this referral")
        return standing(case, known, day_of(datetime.now(UTC)))

    router.add_api_route("/api/due", what_is_due, methods=["GET"])
    router.add_api_route("/api/cases/{referral_id}", how_it_stands, methods=["GET"])
    return router


def due_rows(case: Case, known: Known, today: date) -> list[dict[str, Any]]:
    """What is due about a case on a day."""
    items = due(case, known.schemes.get(case.scheme_id or ""))
    return [_row(case, item, today) for item in items if item.stands_on(today)]


def standing(case: Case, known: Known, today: date) -> dict[str, Any]:
    """One case as staff see it."""
    scheme = known.schemes.get(case.scheme_id or "")
    last = case.sessions[-1] if case.sessions else None
    planned = planned_end(case, scheme) if scheme is not None else None
    closed = case.closed
    return {
        "referral_id": case.id,
        "scheme_id": case.scheme_id,
        "area": case.scheme_area,
        "synthetic": case.synthetic,
        "referred_on": _written(case.opened_on),
        "wait_days": case.wait_days,
        "sessions": len(case.sessions),
        "programme": {
            "week": last.week if last is not None else None,
            "planned_end": _written(planned),
            "ended_on": _written(case.programme_ended_on),
        },
        "closed_on": _written(closed.closed_on) if closed is not None else None,
        "withdrawn": case.withdrawn_at is not None,
        "due": due_rows(case, known, today),
    }


def _row(case: Case, item: Due, today: date) -> dict[str, Any]:
    return {
        "referral_id": case.id,
        "what": item.what,
        "checkpoint_weeks": item.checkpoint_weeks,
        "due_on": item.due_on.isoformat(),
        "overdue_days": item.overdue_days(today),
        "synthetic": case.synthetic,
    }


def _written(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
