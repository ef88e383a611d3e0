"""The words a scheme file may use, beside the contract's own code lists."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from contracts import vocabulary as v

ROUTES: Final[dict[str, tuple[str, ...]]] = {
    "gp": ("A1", "A3"),
    "employer": ("D1", "D2"),
    "jobcentre": ("M5",),
    "self": ("B1", "B2"),
    "community": ("C1", "C3", "G4"),
    "assessor": ("A3",),
    "any": v.SOURCES_OF_REFERRAL,
}
"""Which source codes come by which route. A3 comes by two: a scheme takes it by the one it has."""

MEASURES: Final = (
    "users", "left-with-plan", "completer-success", "work-at-52-weeks", "entered", "returned", "stayed", "sustained",
    "time-to-return", "programme-completion", "programme-retention", "programme-length",
    "start-rate", "wait-to-first-session", "reach-practices", "reach-people", "reach-hosts",
    "conversion", "contacts", "training-starts", "capacity-used", "fit-note-share", "cost-per-unit",
)  # fmt: skip
"""What a scheme may ask to be shown. How each is counted is for the outcomes service to say."""

BREAKDOWNS: Final = ("area", "practice", "route", "entry_group", "main_barrier", "age_band")

EntryGroup = Literal["absent", "at_work", "employed_other", "out_of_work", "none"]
"""How work stood at entry. `employed_other` is in work, but counted neither as absent nor as at work."""


def _one_of(codes: tuple[str, ...], name: str) -> AfterValidator:
    """A string field of a code list, whose mistake lists what may be written."""

    def check(value: str) -> str:
        if value not in codes:
            raise PydanticCustomError("code_unknown", "{expected}", {"expected": f"one of {', '.join(codes)}"})
        return value

    check.__name__ = name
    return AfterValidator(check)


Route = Annotated[str, _one_of(tuple(ROUTES), "route")]
Measure = Annotated[str, _one_of(MEASURES, "measure")]
Breakdown = Annotated[str, _one_of(BREAKDOWNS, "breakdown")]
Intervention = Annotated[str, _one_of(v.INTERVENTIONS, "intervention")]
DeliveredBy = Annotated[str, _one_of(v.DELIVERED_BY, "delivered_by")]
MainBarrier = Annotated[str, _one_of(v.MAIN_BARRIERS, "main_barrier")]
EmployerSize = Annotated[str, _one_of(v.EMPLOYER_SIZES, "employer_size")]
Definition = Annotated[str, _one_of(v.DEFINITIONS, "definition")]
