"""What each field of a payload may tell of a person: the one list by which raw records are shown or covered.

No field names anybody: what could stands in no payload, and is refused. A name that is in no list here is covered.
"""

from typing import Final

OPEN: Final = frozenset(
    {
        "referral_id", "synthetic", "supersedes", "scheme_id", "scheme_area", "source_code", "voluntary",
        "referrer_organisation.system", "referrer_organisation.code",
        "session_id", "mechanism", "setting", "delivered_by", "site",
        "outcome_id", "work_status.checkpoint_weeks", "work_status.definition", "work_status.evidence",
        "withdraws.type", "withdraws.id", "reason", "reason_code",
        "practice.system", "practice.code", "period.from", "period.to", "not_fit", "may_be_fit",
    }
)  # fmt: skip
"""References, and how and where a service works: nothing of the person."""

PSEUDONYMS: Final = frozenset({"person_token", "person_ref", "adviser_token"})
"""They stand for somebody: whoever holds the key to them knows who that is."""

PERSONAL: Final = frozenset(
    {
        "employment_status", "sickness_absence", "weekly_hours", "absence_started_on", "out_of_work_since",
        "main_barrier", "fit_note", "employer_size", "age_band", "support_needs",
        "permissions.recipient", "permissions.purpose", "recipient", "purpose", "on",
        "started_at", "planned_at", "minutes", "attendance", "interventions", "work_status_now",
        "plan.agreed", "plan.aim", "programme.name", "programme.week", "programme.weeks",
        "programme.result", "programme.on", "closure.reason", "closure.on",
        "work_status.status", "work_status.status_on", "work_status.hours", "work_status.same_employer",
        "what", "checkpoint_weeks", "due_on",
    }
)  # fmt: skip
"""They tell of somebody's health, work, or what they did."""
