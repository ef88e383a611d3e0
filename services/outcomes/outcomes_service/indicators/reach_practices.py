"""Reach: how many practices have referred, against the target and against those that could."""

from collections.abc import Callable, Iterator
from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Distinct, target_of
from outcomes_service.indicators.measure import ARTICLES, NOTHING_ELSE, Measure
from schemes.model import Scheme, Target


def referring(case: Case) -> Iterator[tuple[date, str]]:
    """The referring practice, from the day of the referral."""
    if case.journey.practice and case.referred_on:
        yield case.referred_on, case.journey.practice


def _measure(name: str, title: str, whom: str, goal: Callable[[Target], int | None]) -> Measure:
    def of(scheme: Scheme, as_of: date) -> int | None:
        return target_of(scheme, as_of, goal)

    return Measure(
        id=name,
        family="reach-practices",
        title=title,
        words=f"Different practices that have made a referral, of {whom}.",
        unit="practice",
        numerator="different practices that have made a referral",
        denominator=whom,
        cohort=whom,
        counting=Distinct(named=referring, goal=of, only_with_goal=name != "reach-practices"),
        reads=NOTHING_ELSE,
        caveats=("Practices in Scotland are counted as named: the register does not list them.",),
        source=f"{ARTICLES}: 40 practices as the target, and more referrals by GPs",
    )


MEASURES = (
    _measure("reach-practices", "Practices reached", "the practices of the target", lambda target: target.practices),
    _measure(
        "practices-referring",
        "Practices that refer",
        "the practices that could",
        lambda target: target.eligible_practices,
    ),
)
