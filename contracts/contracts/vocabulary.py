"""The codes of each list, and the types of the fields that hold them; what the codes mean stands in `code_lists.py`.

A gate refuses a code that its list lacks; a tolerant reader takes it as `not_known_here`.
"""

from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from contracts import code_lists as lists
from contracts.code_lists import CodeList
from contracts.rules import TOLERANT, broken

NOT_KNOWN_HERE: Final = "not_known_here"

SOURCES_OF_REFERRAL: Final = lists.SOURCE_OF_REFERRAL.codes
EMPLOYMENT_STATUSES: Final = lists.EMPLOYMENT_STATUS.codes
SICKNESS_ABSENCES: Final = lists.SICKNESS_ABSENCE.codes
WEEKLY_HOURS: Final = lists.WEEKLY_HOURS.codes
ATTENDANCES_HELD: Final = lists.ATTENDANCE_HELD.codes
ATTENDANCES_NOT_HELD: Final = lists.ATTENDANCE_NOT_HELD.codes
MECHANISMS: Final = lists.MECHANISM.codes
MAIN_BARRIERS: Final = lists.MAIN_BARRIER.codes
INTERVENTIONS: Final = lists.INTERVENTION.codes
DELIVERED_BY: Final = lists.DELIVERED_BY.codes
PROGRAMME_RESULTS: Final = lists.PROGRAMME_RESULT.codes
CHECKPOINT_WEEKS: Final = lists.CHECKPOINT.codes
WORK_STATUSES: Final = lists.WORK_STATUS.codes
CLOSURE_REASONS: Final = lists.CLOSURE_REASON.codes
DEFINITIONS: Final = lists.DEFINITION.codes
EVIDENCE: Final = lists.EVIDENCE.codes
SETTINGS: Final = lists.SETTING.codes
EMPLOYER_SIZES: Final = lists.EMPLOYER_SIZE.codes
AGE_BANDS: Final = lists.AGE_BAND.codes
SUPPORT_NEEDS: Final = lists.SUPPORT_NEED.codes
WORK_STATUSES_NOW: Final = lists.WORK_STATUS_NOW.codes
RECIPIENTS: Final = lists.RECIPIENT.codes
PURPOSES: Final = lists.PURPOSE.codes
ORGANISATION_SYSTEMS: Final = lists.ORGANISATION_SYSTEM.codes
PRACTICE_SYSTEMS: Final = lists.PRACTICE_SYSTEM.codes
PLAN_AIMS: Final = lists.PLAN_AIM.codes
WITHDRAWAL_REASONS: Final = lists.WITHDRAWAL_REASON.codes
WITHDRAWABLE_TYPES: Final = lists.WITHDRAWABLE_TYPE.codes
FOLLOW_UPS: Final = lists.FOLLOW_UP.codes
FIT_NOTES: Final = lists.FIT_NOTE.codes
ERASURE_REASONS: Final = lists.ERASURE_REASON.codes


class Coded:
    """Marks a text field as one of a code list; unknown codes are tolerated only where the reader says so."""

    def __init__(self, codes: CodeList[str]) -> None:
        self.list = codes

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        codes = frozenset(self.list.codes)
        unknown = broken("code_unknown", "", "one of " + ", ".join(self.list.codes))

        def check(value: str, info: ValidationInfo) -> str:
            if value in codes:
                return value
            if info.context is TOLERANT:
                return NOT_KNOWN_HERE
            raise unknown

        return core_schema.with_info_after_validator_function(check, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A plain enumeration under the title of its list, so that any JSON Schema library checks it."""
        return {"title": self.list.title, "type": "string", "enum": list(self.list.codes)}


class Numbered:
    """Marks a number as one of a closed list: another number is refused by every reader, and needs a new version."""

    def __init__(self, numbers: CodeList[int]) -> None:
        self.list = numbers

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        numbers = self.list.codes
        unknown = broken("code_unknown", "", "one of " + ", ".join(map(str, numbers)))

        def check(value: int) -> int:
            if value in numbers:
                return value
            raise unknown

        return core_schema.no_info_after_validator_function(check, core_schema.int_schema(strict=True))

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A plain enumeration under the title of its list, so that any JSON Schema library checks it."""
        return {"title": self.list.title, "type": "integer", "enum": list(self.list.codes)}


SourceOfReferral = Annotated[str, Coded(lists.SOURCE_OF_REFERRAL)]
EmploymentStatus = Annotated[str, Coded(lists.EMPLOYMENT_STATUS)]
SicknessAbsence = Annotated[str, Coded(lists.SICKNESS_ABSENCE)]
WeeklyHours = Annotated[str, Coded(lists.WEEKLY_HOURS)]
Mechanism = Annotated[str, Coded(lists.MECHANISM)]
MainBarrier = Annotated[str, Coded(lists.MAIN_BARRIER)]
Intervention = Annotated[str, Coded(lists.INTERVENTION)]
DeliveredBy = Annotated[str, Coded(lists.DELIVERED_BY)]
ProgrammeResult = Annotated[str, Coded(lists.PROGRAMME_RESULT)]
WorkStatusCode = Annotated[str, Coded(lists.WORK_STATUS)]
ClosureReason = Annotated[str, Coded(lists.CLOSURE_REASON)]
Definition = Annotated[str, Coded(lists.DEFINITION)]
Evidence = Annotated[str, Coded(lists.EVIDENCE)]
Setting = Annotated[str, Coded(lists.SETTING)]
EmployerSize = Annotated[str, Coded(lists.EMPLOYER_SIZE)]
AgeBand = Annotated[str, Coded(lists.AGE_BAND)]
SupportNeed = Annotated[str, Coded(lists.SUPPORT_NEED)]
WorkStatusNow = Annotated[str, Coded(lists.WORK_STATUS_NOW)]
Recipient = Annotated[str, Coded(lists.RECIPIENT)]
Purpose = Annotated[str, Coded(lists.PURPOSE)]
OrganisationSystem = Annotated[str, Coded(lists.ORGANISATION_SYSTEM)]
PlanAim = Annotated[str, Coded(lists.PLAN_AIM)]
WithdrawalReason = Annotated[str, Coded(lists.WITHDRAWAL_REASON)]
FollowUp = Annotated[str, Coded(lists.FOLLOW_UP)]
FitNote = Annotated[str, Coded(lists.FIT_NOTE)]
ErasureReason = Annotated[str, Coded(lists.ERASURE_REASON)]
WithdrawableType = Annotated[str, Coded(lists.WITHDRAWABLE_TYPE)]
PracticeSystem = Annotated[str, Coded(lists.PRACTICE_SYSTEM)]
AttendanceHeld = Annotated[int, Numbered(lists.ATTENDANCE_HELD)]
AttendanceNotHeld = Annotated[int, Numbered(lists.ATTENDANCE_NOT_HELD)]
CheckpointWeeks = Annotated[int, Numbered(lists.CHECKPOINT)]
