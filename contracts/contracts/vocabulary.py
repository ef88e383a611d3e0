"""The code lists of the contract. Standard codes where one exists; `Coded` makes a field of one.

A gate refuses a code that its list lacks; a tolerant reader takes it as `not_known_here`.
"""

from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from contracts.rules import TOLERANT, broken

NOT_KNOWN_HERE: Final = "not_known_here"

SOURCES_OF_REFERRAL: Final = ("A1", "A3", "B1", "B2", "C1", "C3", "D1", "D2", "G4", "M5", "M6")
EMPLOYMENT_STATUSES: Final = ("01", "02", "03", "04", "05", "06", "07", "08", "ZZ")
SICKNESS_ABSENCES: Final = ("Y", "N", "Z", "X", "8")
WEEKLY_HOURS: Final = ("01", "02", "03", "04", "97", "98", "99")
ATTENDANCES_HELD: Final = (5, 6)
ATTENDANCES_NOT_HELD: Final = (2, 3, 4, 7)
MECHANISMS: Final = ("01", "02", "09", "10", "11", "98")
MAIN_BARRIERS: Final = ("mental_health", "msk", "long_term_condition", "injury", "other", "not_recorded")
INTERVENTIONS: Final = (
    "cv", "interview", "job_search", "career", "training", "benefits_debt", "employer_contact", "adjustment",
    "rtw_planning", "condition_management", "physio", "exercise", "talking_therapy", "oh_assessment",
    "fit_note_review", "signpost", "advice_call",
)  # fmt: skip
DELIVERED_BY: Final = (
    "work_coach", "employment_adviser", "case_manager", "occupational_health", "occupational_therapist",
    "physiotherapist", "counsellor", "exercise_professional", "social_prescriber",
)  # fmt: skip
PROGRAMME_RESULTS: Final = ("completed", "left_early", "still_on")
CHECKPOINT_WEEKS: Final = (0, 4, 13, 26, 52)
WORK_STATUSES: Final = (
    "entered_work", "returned_to_work", "stayed_in_work", "entered_training", "left_work", "not_in_work", "unknown",
)  # fmt: skip
CLOSURE_REASONS: Final = (
    "goals_met", "completed", "moved", "needs_met_elsewhere", "withdrew", "no_contact", "ineligible", "declined",
    "died", "service_ended",
)  # fmt: skip
DEFINITIONS: Final = ("seed", "ips-grow", "primary-care")
EVIDENCE: Final = ("self_report", "employer", "payslip", "benefit_record", "none")
SETTINGS: Final = ("gp_practice", "community", "home", "workplace", "jobcentre", "remote", "other")
EMPLOYER_SIZES: Final = ("micro", "small", "medium", "large", "not_known")
AGE_BANDS: Final = ("16-24", "25-34", "35-44", "45-54", "55-64", "65+", "not_known")
SUPPORT_NEEDS: Final = (
    "health", "skills", "housing", "debt", "caring", "employer_relations", "transport", "language", "other",
)  # fmt: skip
WORK_STATUSES_NOW: Final = ("at_work", "absent", "out_of_work", "not_known")
RECIPIENTS: Final = ("referring_gp", "provider", "employer", "jobcentre", "person")
PURPOSES: Final = ("receipt", "progress", "outcome")
ORGANISATION_SYSTEMS: Final = ("ods", "employer", "jobcentre", "charity")
PRACTICE_SYSTEMS: Final = ("ods",)
PLAN_AIMS: Final = ("thrive", "return", "seek")
WITHDRAWAL_REASONS: Final = ("entered_in_error", "wrong_referral", "duplicate_record", "met")  # met: what was due
# What may be voided: every type but EntryWithdrawn itself and ErasureRequested.
WITHDRAWABLE_TYPES: Final = (
    "footing.referral-made.v1", "footing.session-held.v1", "footing.session-not-held.v1",
    "footing.outcome-recorded.v1", "footing.permission-given.v1", "footing.permission-withdrawn.v1",
    "footing.fit-notes-counted.v1", "footing.follow-up-due.v1",
)  # fmt: skip
FOLLOW_UPS: Final = ("first_contact", "checkpoint", "programme_end")
FIT_NOTES: Final = ("not_fit", "may_be_fit", "none", "not_known")
ERASURE_REASONS: Final = ("person_asked", "consent_withdrawn", "retention_ended", "court_order")


class Coded:
    """Marks a text field as one of a code list; unknown codes are tolerated only where the reader says so."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        self.codes = codes

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        codes = frozenset(self.codes)
        unknown = broken("code_unknown", "", "one of " + ", ".join(self.codes))

        def check(value: str, info: ValidationInfo) -> str:
            if value in codes:
                return value
            if info.context is TOLERANT:
                return NOT_KNOWN_HERE
            raise unknown

        return core_schema.with_info_after_validator_function(check, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A plain enumeration, so that any JSON Schema library checks it."""
        return {"type": "string", "enum": list(self.codes)}


class Numbered:
    """Marks a number as one of a closed list: another number is refused by every reader, and needs a new version."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        self.numbers = numbers

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        unknown = broken("code_unknown", "", "one of " + ", ".join(map(str, self.numbers)))

        def check(value: int) -> int:
            if value in self.numbers:
                return value
            raise unknown

        return core_schema.no_info_after_validator_function(check, core_schema.int_schema(strict=True))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A plain enumeration, so that any JSON Schema library checks it."""
        return {"type": "integer", "enum": list(self.numbers)}


SourceOfReferral = Annotated[str, Coded(SOURCES_OF_REFERRAL)]
EmploymentStatus = Annotated[str, Coded(EMPLOYMENT_STATUSES)]
SicknessAbsence = Annotated[str, Coded(SICKNESS_ABSENCES)]
WeeklyHours = Annotated[str, Coded(WEEKLY_HOURS)]
Mechanism = Annotated[str, Coded(MECHANISMS)]
MainBarrier = Annotated[str, Coded(MAIN_BARRIERS)]
Intervention = Annotated[str, Coded(INTERVENTIONS)]
DeliveredBy = Annotated[str, Coded(DELIVERED_BY)]
ProgrammeResult = Annotated[str, Coded(PROGRAMME_RESULTS)]
WorkStatusCode = Annotated[str, Coded(WORK_STATUSES)]
ClosureReason = Annotated[str, Coded(CLOSURE_REASONS)]
Definition = Annotated[str, Coded(DEFINITIONS)]
Evidence = Annotated[str, Coded(EVIDENCE)]
Setting = Annotated[str, Coded(SETTINGS)]
EmployerSize = Annotated[str, Coded(EMPLOYER_SIZES)]
AgeBand = Annotated[str, Coded(AGE_BANDS)]
SupportNeed = Annotated[str, Coded(SUPPORT_NEEDS)]
WorkStatusNow = Annotated[str, Coded(WORK_STATUSES_NOW)]
Recipient = Annotated[str, Coded(RECIPIENTS)]
Purpose = Annotated[str, Coded(PURPOSES)]
OrganisationSystem = Annotated[str, Coded(ORGANISATION_SYSTEMS)]
PlanAim = Annotated[str, Coded(PLAN_AIMS)]
WithdrawalReason = Annotated[str, Coded(WITHDRAWAL_REASONS)]
FollowUp = Annotated[str, Coded(FOLLOW_UPS)]
FitNote = Annotated[str, Coded(FIT_NOTES)]
ErasureReason = Annotated[str, Coded(ERASURE_REASONS)]
WithdrawableType = Annotated[str, Coded(WITHDRAWABLE_TYPES)]
PracticeSystem = Annotated[str, Coded(PRACTICE_SYSTEMS)]
AttendanceHeld = Annotated[int, Numbered(ATTENDANCES_HELD)]
AttendanceNotHeld = Annotated[int, Numbered(ATTENDANCES_NOT_HELD)]
CheckpointWeeks = Annotated[int, Numbered(CHECKPOINT_WEEKS)]
