"""The code lists of the contract with the meaning of each code. Standard codes where one exists (NHS Data Dictionary).

`vocabulary.py` makes fields of them; schemas name a list by its title, and the pages show its meanings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

C = TypeVar("C", str, int)


@dataclass(frozen=True, slots=True)
class CodeList(Generic[C]):
    """One list: its title, and the meaning of each code. `closed`: another code needs a new version of the event."""

    title: str
    meanings: Mapping[C, str]
    closed: bool = False

    @property
    def codes(self) -> tuple[C, ...]:
        """The codes, in their order."""
        return tuple(self.meanings)


SOURCE_OF_REFERRAL: Final = CodeList(
    "Source of referral",
    {
        "A1": "General practitioner",
        "A3": "Other primary care",
        "B1": "The person themselves",
        "B2": "Carer or relative",
        "C1": "Social services",
        "C3": "Housing service",
        "D1": "Employer",
        "D2": "Employer's occupational health service",
        "G4": "Voluntary organisation",
        "M5": "Jobcentre",
        "M6": "Other",
    },
)
EMPLOYMENT_STATUS: Final = CodeList(
    "Employment status",
    {
        "01": "Employed",
        "02": "Unemployed and seeking work",
        "03": "Student",
        "04": "Long-term sick or disabled",
        "05": "Homemaker",
        "06": "Not seeking work",
        "07": "Unpaid voluntary work",
        "08": "Retired",
        "ZZ": "Not stated",
    },
)
SICKNESS_ABSENCE: Final = CodeList(
    "Sickness absence",
    {
        "Y": "Absent from work because of sickness",
        "N": "Not absent",
        "Z": "Not stated",
        "X": "Not known",
        "8": "Not applicable: not in work",
    },
)
WEEKLY_HOURS: Final = CodeList(
    "Weekly hours worked",
    {
        "01": "30 or more",
        "02": "16 to 29",
        "03": "5 to 15",
        "04": "1 to 4",
        "97": "Not stated",
        "98": "Not applicable",
        "99": "Not known",
    },
)
ATTENDANCE_HELD: Final = CodeList(
    "Attendance at a session that was held",
    {5: "Came on time", 6: "Came late, but was seen"},
    closed=True,
)
ATTENDANCE_NOT_HELD: Final = CodeList(
    "Attendance at a session that was not held",
    {
        2: "Cancelled by the person",
        3: "Did not attend, no warning given",
        4: "Cancelled or postponed by the provider",
        7: "Came too late to be seen",
    },
    closed=True,
)
MECHANISM: Final = CodeList(
    "Consultation mechanism",
    {
        "01": "Face to face",
        "02": "Telephone",
        "09": "Text message",
        "10": "Instant message",
        "11": "Video",
        "98": "Other",
    },
)
MAIN_BARRIER: Final = CodeList(
    "Main barrier to work",
    {
        "mental_health": "Mental health",
        "msk": "Muscles, bones and joints",
        "long_term_condition": "Another long-term condition",
        "injury": "Injury",
        "other": "Another barrier",
        "not_recorded": "Not recorded",
    },
)
INTERVENTION: Final = CodeList(
    "Intervention",
    {
        "cv": "Work on the CV",
        "interview": "Preparing for interviews",
        "job_search": "Looking for jobs",
        "career": "Career guidance",
        "training": "Training, or a way into it",
        "benefits_debt": "Advice on benefits or debt",
        "employer_contact": "Contact with an employer",
        "adjustment": "Adjustments at the workplace",
        "rtw_planning": "Planning the return to work",
        "condition_management": "Managing a health condition",
        "physio": "Physiotherapy",
        "exercise": "Exercise",
        "talking_therapy": "Talking therapy",
        "oh_assessment": "Occupational health assessment",
        "fit_note_review": "Review of a fit note",
        "signpost": "Pointing to another service",
        "advice_call": "Advice on a telephone line",
    },
)
DELIVERED_BY: Final = CodeList(
    "Delivered by",
    {
        "work_coach": "Work coach",
        "employment_adviser": "Employment adviser",
        "case_manager": "Case manager",
        "occupational_health": "Occupational health nurse or physician",
        "occupational_therapist": "Occupational therapist",
        "physiotherapist": "Physiotherapist",
        "counsellor": "Counsellor",
        "exercise_professional": "Exercise professional",
        "social_prescriber": "Social prescriber",
    },
)
PROGRAMME_RESULT: Final = CodeList(
    "Programme result",
    {
        "completed": "Completed the programme",
        "left_early": "Left before the end",
        "still_on": "Still on it on that day",
    },
)
CHECKPOINT: Final = CodeList(
    "Checkpoint",
    {
        0: "At the end of the programme, else at closure",
        4: "4 weeks after it",
        13: "13 weeks after it",
        26: "26 weeks after it",
        52: "52 weeks after it",
    },
    closed=True,
)
WORK_STATUS: Final = CodeList(
    "Work status at a checkpoint",
    {
        "entered_work": "In work, having been out of work at entry",
        "returned_to_work": "Back at work, having been absent at entry",
        "stayed_in_work": "Still in work, having been at work at entry",
        "entered_training": "In training or education",
        "left_work": "No longer in work",
        "not_in_work": "Not in work",
        "unknown": "Asked for, and not known",
    },
)
CLOSURE_REASON: Final = CodeList(
    "Reason for closure",
    {
        "goals_met": "The person's goals are met",
        "completed": "The programme was completed",
        "moved": "Moved away",
        "needs_met_elsewhere": "Another service meets the needs",
        "withdrew": "The person withdrew",
        "no_contact": "No contact could be made or kept",
        "ineligible": "Not eligible for the scheme",
        "declined": "The person or the provider declined",
        "died": "Died",
        "service_ended": "The service ended",
    },
)
DEFINITION: Final = CodeList(
    "Definition of being in work",
    {
        "seed": "In work or training as the first reports counted it",
        "ips-grow": "The first 4 paid hours of work",
        "primary-care": "7 hours a week in 13 of 16 weeks",
    },
)
EVIDENCE: Final = CodeList(
    "Evidence",
    {
        "self_report": "The person said so",
        "employer": "The employer said so",
        "payslip": "A payslip was seen",
        "benefit_record": "A benefit record was seen",
        "none": "None",
    },
)
SETTING: Final = CodeList(
    "Setting",
    {
        "gp_practice": "GP practice",
        "community": "Place in the community",
        "home": "The person's home",
        "workplace": "Workplace",
        "jobcentre": "Jobcentre",
        "remote": "Nowhere: by telephone, text or video",
        "other": "Another place",
    },
)
EMPLOYER_SIZE: Final = CodeList(
    "Size of the employer",
    {
        "micro": "Up to 9 employees",
        "small": "10 to 49",
        "medium": "50 to 249",
        "large": "250 or more",
        "not_known": "Not known",
    },
)
AGE_BAND: Final = CodeList(
    "Age band",
    {
        "16-24": "16 to 24 years",
        "25-34": "25 to 34 years",
        "35-44": "35 to 44 years",
        "45-54": "45 to 54 years",
        "55-64": "55 to 64 years",
        "65+": "65 years or more",
        "not_known": "Not known",
    },
)
SUPPORT_NEED: Final = CodeList(
    "Support need",
    {
        "health": "Health",
        "skills": "Skills",
        "housing": "Housing",
        "debt": "Debt",
        "caring": "Caring for somebody",
        "employer_relations": "Relations with the employer",
        "transport": "Transport",
        "language": "Language",
        "other": "Another need",
    },
)
WORK_STATUS_NOW: Final = CodeList(
    "Work status on the day",
    {"at_work": "At work", "absent": "In work, but absent", "out_of_work": "Out of work", "not_known": "Not known"},
)
RECIPIENT: Final = CodeList(
    "Recipient",
    {
        "referring_gp": "The GP who referred",
        "provider": "The provider that delivers the scheme",
        "employer": "The employer",
        "jobcentre": "The jobcentre",
        "person": "The person themselves",
    },
)
PURPOSE: Final = CodeList(
    "Purpose",
    {
        "receipt": "That the referral was received",
        "progress": "How it goes",
        "outcome": "What became of it",
    },
)
ORGANISATION_SYSTEM: Final = CodeList(
    "System of organisation codes",
    {
        "ods": "Organisation Data Service (NHS)",
        "employer": "The partner's own code of an employer",
        "jobcentre": "Code of a jobcentre",
        "charity": "Number in a register of charities",
    },
)
PRACTICE_SYSTEM: Final = CodeList("System of practice codes", {"ods": "Organisation Data Service (NHS)"})
PLAN_AIM: Final = CodeList(
    "Aim of a plan",
    {"thrive": "Stay and do well in work", "return": "Return to the job", "seek": "Find a job"},
)
WITHDRAWAL_REASON: Final = CodeList(
    "Reason for a withdrawal",
    {
        "entered_in_error": "It was entered in error",
        "wrong_referral": "It belongs to another referral",
        "duplicate_record": "It was recorded twice",
        "met": "What was due was done (only where a FollowUpDue is withdrawn)",
    },
)
WITHDRAWABLE_TYPE: Final = CodeList(
    "Type of the event that is void",  # every type but EntryWithdrawn itself and ErasureRequested
    {
        "footing.referral-made.v1": "ReferralMade",
        "footing.session-held.v1": "SessionHeld",
        "footing.session-not-held.v1": "SessionNotHeld",
        "footing.outcome-recorded.v1": "OutcomeRecorded",
        "footing.permission-given.v1": "PermissionGiven",
        "footing.permission-withdrawn.v1": "PermissionWithdrawn",
        "footing.fit-notes-counted.v1": "FitNotesCounted",
        "footing.follow-up-due.v1": "FollowUpDue, which only Footing publishes",
    },
)
FOLLOW_UP: Final = CodeList(
    "What is due",
    {
        "first_contact": "The first contact after the referral",
        "checkpoint": "The work status at a checkpoint",
        "programme_end": "The end of the programme",
    },
)
FIT_NOTE: Final = CodeList(
    "Fit note",
    {
        "not_fit": "Not fit for work",
        "may_be_fit": "May be fit for work, with support",
        "none": "There is none",
        "not_known": "Not known",
    },
)
ERASURE_REASON: Final = CodeList(
    "Reason for an erasure",
    {
        "person_asked": "The person asked for it",
        "consent_withdrawn": "Consent was withdrawn",
        "retention_ended": "The time for which it may be kept has ended",
        "court_order": "A court ordered it",
    },
)
FATE: Final = CodeList(
    "Fate",
    {
        "received": "The door has it in the inbox; said before it answers 202",
        "waiting": "For now: it waits for its referral, or for the event that it corrects",
        "parked": "For now: our fault, ours to mend",
        "accepted": "Final: it counts",
        "refused": "Final: it does not count; reason, field and what was expected say why",
        "duplicate": "About this record only: the same event was there already, whose fate stays as it is",
        "id_reused": "About this record only: another event has this id, whose fate stays as it is",
    },
    closed=True,
)
CODE_LISTS: Final[Mapping[str, CodeList[str] | CodeList[int]]] = {
    each.title: each
    for each in (
        SOURCE_OF_REFERRAL, EMPLOYMENT_STATUS, SICKNESS_ABSENCE, WEEKLY_HOURS, ATTENDANCE_HELD, ATTENDANCE_NOT_HELD,
        MECHANISM, MAIN_BARRIER, INTERVENTION, DELIVERED_BY, PROGRAMME_RESULT, CHECKPOINT, WORK_STATUS, CLOSURE_REASON,
        DEFINITION, EVIDENCE, SETTING, EMPLOYER_SIZE, AGE_BAND, SUPPORT_NEED, WORK_STATUS_NOW, RECIPIENT, PURPOSE,
        ORGANISATION_SYSTEM, PRACTICE_SYSTEM, PLAN_AIM, WITHDRAWAL_REASON, WITHDRAWABLE_TYPE, FOLLOW_UP, FIT_NOTE,
        ERASURE_REASON, FATE,
    )
}  # fmt: skip
"""Every list by its title."""
