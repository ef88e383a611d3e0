"""A journey as the view `journeys` shows it."""

import re
from datetime import UTC, date, datetime
from typing import Any

from oracle.codes import ABSENCES, AGES, BARRIERS, SOURCES, STATUSES, known
from oracle.journeys import Journey

CHECKPOINTS = (0, 4, 13, 26, 52)
PRACTICE = re.compile("[A-Z][0-9]{5}")  # boards have ODS codes too, of another shape


def row(journey: Journey) -> dict[str, Any]:
    """The journey's row: what nothing was said of is left out, moments are in UTC with milliseconds."""
    said = journey.said
    shown: dict[str, Any] = _told(
        {
            "_id": journey.made.subject,
            "scheme_id": said["scheme_id"],
            "area": said["scheme_area"],
            "practice": practice_of(said.get("referrer_organisation") or {}),
            "source_code": known(said["source_code"], SOURCES),
            "entry": {
                "status": known(said["employment_status"], STATUSES),
                "absence": known(said["sickness_absence"], ABSENCES),
                "group": journey.group,
            },
            "main_barrier": known(said.get("main_barrier") or "not_recorded", BARRIERS),
            "age_band": known(said.get("age_band") or "not_known", AGES),
            "synthetic": journey.synthetic,
            "referred_at": journey.made.time,
            "first_session_at": min((session.at for session in journey.sessions), default=None),
            "sessions": len(journey.sessions),
            "plan_agreed_at": min((session.at for session in journey.sessions if session.plan), default=None),
            "programme": {
                "started_at": journey.programme_started,
                "completed_at": journey.completed,
                "left_at": journey.left,
                "still_on_at": journey.still_on,
            },
            "checkpoints": {str(weeks): _checkpoint(journey, weeks) for weeks in CHECKPOINTS},
            "closed_at": journey.closed[0] if journey.closed else None,
            "closed_reason": journey.closed[1] if journey.closed else None,
            "person_ref": said.get("person_ref"),
            "version": len(journey.applied),
            "applied": list(journey.applied),
        }
    )
    return shown


def as_text(at: datetime) -> str:
    """A moment as both sides of a comparison write it; what is finer than a millisecond is cut off."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def practice_of(organisation: dict[str, str]) -> str | None:
    """The code of a practice that referred."""
    code = organisation.get("code", "")
    return code if organisation.get("system") == "ods" and PRACTICE.fullmatch(code) else None


def _checkpoint(journey: Journey, weeks: int) -> dict[str, Any] | None:
    counts = journey.at(weeks)
    if counts is None:
        return None
    return {"status": counts.status, "on": counts.on, "definition": counts.definition}


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        told = {key: _told(inner) for key, inner in value.items()}
        return {key: inner for key, inner in told.items() if inner not in (None, {})}
    if isinstance(value, datetime):
        return as_text(value)
    return value.isoformat() if isinstance(value, date) else value
