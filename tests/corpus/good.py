"""One good record of every event that a partner may publish, with every field that one can have, in plain JSON."""

import json
import uuid
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from secrets import randbelow
from typing import Any, Final

from contracts.envelope import Record

PARTNER: Final = "corpus"
SCHEME: Final = "bridgend"
WHEN: Final = "2025-03-10T10:00:00Z"

Data = dict[str, Any]


def new_id() -> str:
    return str(uuid.uuid4())


def _about(referral: str, **fields: Any) -> Data:
    return {"referral_id": referral, "synthetic": False, **fields}


def _referral_made(referral: str) -> Data:
    return _about(
        referral,
        scheme_id=SCHEME,
        scheme_area="bridgend",
        person_token=f"fictional-person-of-the-corpus-{referral[:8]}",
        source_code="A1",
        referrer_organisation={"system": "charity", "code": "1234567"},
        employment_status="01",
        sickness_absence="Y",
        weekly_hours="01",
        absence_started_on="2025-01-06",
        out_of_work_since="2024-12-02",
        main_barrier="msk",
        fit_note="not_fit",
        employer_size="small",
        age_band="45-54",
        support_needs=["health", "skills"],
        voluntary=True,
        permissions=[{"recipient": "referring_gp", "purpose": "outcome"}],
    )


def _session_held(referral: str) -> Data:
    return _about(
        referral,
        session_id=new_id(),
        started_at=WHEN,
        minutes=45,
        mechanism="01",
        setting="gp_practice",
        delivered_by="employment_adviser",
        adviser_token="fictional-adviser-of-the-corpus",
        site="F83023",
        attendance=5,
        interventions=["cv", "interview"],
        plan={"agreed": True, "aim": "seek"},
        programme={"name": "twelve-weeks", "week": 3, "weeks": 12},
        work_status_now="out_of_work",
    )


def _session_not_held(referral: str) -> Data:
    return _about(referral, session_id=new_id(), planned_at=WHEN, mechanism="02", attendance=4)


def _outcome(kind: str, **fields: Any) -> Callable[[str], Data]:
    return lambda referral: _about(referral, outcome_id=new_id(), **{kind: fields})


def _permission(referral: str) -> Data:
    return _about(referral, recipient="referring_gp", purpose="progress", on="2025-03-04")


def _withdrawn(referral: str) -> Data:
    return _about(referral, withdraws={"type": "footing.referral-made.v1", "id": new_id()}, reason="entered_in_error")


def _fit_notes(_: str) -> Data:
    monday = date(2001, 1, 1) + timedelta(weeks=randbelow(1_200))  # a week is counted once
    return {
        "practice": {"system": "ods", "code": "F83023"},
        "period": {"from": monday.isoformat(), "to": (monday + timedelta(days=6)).isoformat()},
        "not_fit": 93,
        "may_be_fit": 7,
        "synthetic": False,
    }


# Name of the sample, its event, the topic, its payload.
_SAMPLES: Final[dict[str, tuple[str, str, Callable[[str], Data]]]] = {
    "referral-made": ("referral-made", "referral-made", _referral_made),
    "session-held": ("session-held", "session-held", _session_held),
    "session-not-held": ("session-not-held", "session-not-held", _session_not_held),
    "outcome-recorded": (
        "outcome-recorded", "outcome-recorded", _outcome("programme", result="completed", on="2025-06-02", weeks=12),
    ),
    "outcome-recorded, work status": (
        "outcome-recorded", "outcome-recorded",
        _outcome("work_status", checkpoint_weeks=52, status="returned_to_work", status_on="2025-06-02", hours=30,
                 same_employer=True, evidence="payslip", definition="seed"),
    ),
    "outcome-recorded, closure": (
        "outcome-recorded", "outcome-recorded", _outcome("closure", reason="goals_met", on="2025-06-02"),
    ),
    "permission-given": ("permission-given", "permissions", _permission),
    "permission-withdrawn": ("permission-withdrawn", "permissions", _permission),
    "entry-withdrawn": ("entry-withdrawn", "referral-made", _withdrawn),
    "fit-notes-counted": ("fit-notes-counted", "fit-notes-counted", _fit_notes),
}  # fmt: skip
SAMPLES: Final = tuple(_SAMPLES)


def event_of(sample: str) -> str:
    """The event that a sample is one of."""
    return _SAMPLES[sample][0]


def good(sample: str, referral: str) -> Record:
    """A good record under fresh ids: about this referral, or about a new one where it makes one."""
    event, topic, payload = _SAMPLES[sample]
    data = payload(new_id() if event == "referral-made" else referral)
    return written(event, topic, data)


def written(event: str, topic: str, data: Data) -> Record:
    """The record of this payload, binary mode."""
    subject = data.get("referral_id") or f"ods:{data['practice']['code']}"
    attributes = {
        "specversion": "1.0",
        "id": new_id(),
        "source": f"urn:footing:partner:{PARTNER}",
        "type": f"footing.{event}.v1",
        "subject": subject,
        "time": data.get("started_at", WHEN),
    }
    headers = tuple((f"ce_{name}", text.encode()) for name, text in attributes.items())
    kind = (("content-type", b"application/json"),)
    return Record(f"inbox.{PARTNER}.{topic}", -1, -1, subject.encode(), json.dumps(data).encode(), headers + kind)


def data_of(record: Record) -> Data:
    """The payload of a good record."""
    data: Data = json.loads(record.value or b"")
    return data


def attributes_of(record: Record) -> dict[str, str]:
    """The attributes of a good record."""
    return {name[3:]: (value or b"").decode() for name, value in record.headers if name.startswith("ce_")}


def with_headers(record: Record, headers: Iterable[tuple[str, bytes | None]]) -> Record:
    return record._replace(headers=tuple(headers))


def event_id(record: Record) -> str:
    """The id under which a record that was good was made."""
    return attributes_of(record)["id"]
