"""Cost per unit: what a fund comes to for each person, contact, area, year of an area, or pilot."""

from collections.abc import Callable

from outcomes_service.indicators.counting import target_of
from outcomes_service.indicators.funds import Cost, Spending
from outcomes_service.indicators.measure import ARTICLES, Measure


def people_of_target(spent: Spending) -> int | None:
    """The people whom the scheme set out to reach."""
    return target_of(spent.scheme, spent.as_of, lambda target: target.people) if _alone(spent) else None


def people_seen(spent: Spending) -> int | None:
    """The people seen so far."""
    return spent.reached("users") if _alone(spent) else None


def contacts(spent: Spending) -> int | None:
    """The contacts so far."""
    return spent.reached("contacts") if _alone(spent) else None


def areas(spent: Spending) -> int | None:
    """The areas of the scheme, where it has several."""
    return len(spent.scheme.areas) if _alone(spent) and len(spent.scheme.areas) > 1 else None


def area_years(spent: Spending) -> int | None:
    """Areas times whole years of the fund."""
    first, last, several = spent.fund.from_, spent.fund.to, areas(spent)
    if first is None or last is None or several is None:
        return None
    return several * ((last.toordinal() + 1 - first.toordinal()) // 365)


def pilots(spent: Spending) -> int | None:
    """The schemes that share the fund."""
    return None if _alone(spent) else len(spent.sharing)


def _alone(spent: Spending) -> bool:
    return len(spent.sharing) == 1


def _measure(name: str, unit: str, units: Callable[[Spending], int | None], whom: str) -> Measure:
    return Measure(
        id=name,
        family="cost-per-unit",
        title=f"Pounds per {unit}",
        words=f"The scheme's fund over {whom}.",
        unit="pound",
        numerator="pounds of the scheme's fund",
        denominator=whom,
        cohort=whom,
        counting=Cost(units=units),
        caveats=("The fund as announced, not what was spent.",),
        source=f"{ARTICLES}: the funds and what they were for",
    )


MEASURES = (
    _measure("cost-per-person", "person of the target", people_of_target, "the people of the target"),
    _measure("cost-per-person-seen", "person seen", people_seen, "the people seen so far"),
    _measure("cost-per-contact", "contact", contacts, "the contacts so far"),
    _measure("cost-per-area", "area", areas, "the areas of the scheme"),
    _measure("cost-per-area-year", "area and year", area_years, "the areas of the scheme times the fund's years"),
    _measure("cost-per-pilot", "pilot", pilots, "the schemes that share the fund"),
)
