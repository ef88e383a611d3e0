"""What things are called on pages: dimensions, their categories, codes and days, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final

from contracts.code_lists import AGE_BAND, DEFINITION, MAIN_BARRIER
from outcomes_service.indicators.catalogue import Known
from schemes.model import Area, Scheme

DIMENSIONS: Final[Mapping[str, str]] = {
    "scheme": "Scheme",
    "measure": "Measure",
    "definition": "Definition",
    "area": "Area",
    "board": "Organisation code",
    "practice": "Practice",
    "route": "Route",
    "entry": "Work at entry",
    "barrier": "Main barrier",
    "age": "Age",
    "month": "Month",
    "quarter": "Quarter",
    "financial_year": "Financial year",
}
DEFINITIONS: Final[Mapping[str, str]] = DEFINITION.meanings
COUNTRIES: Final = {"england": "England", "wales": "Wales", "scotland": "Scotland"}
ROUTES: Final = {
    "gp": "GP or other primary care",
    "employer": "Employer",
    "jobcentre": "Jobcentre",
    "self": "The person themselves or a relative",
    "community": "Community services",
    "assessor": "Fitness assessor",
    "any": "Any local service",
}
_ENTRIES: Final = {
    "absent": "Absent from work",
    "at_work": "At work",
    "employed_other": "Employed, other",
    "out_of_work": "Out of work",
    "none": "Neither in work nor seeking it",
}
_NOT_KNOWN: Final = "Not known"
_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "route": ROUTES,
    "entry": _ENTRIES,
    "barrier": MAIN_BARRIER.meanings,
    "age": AGE_BAND.meanings,
}


@dataclass(frozen=True)
class Names:
    """Names of what the scheme files and the register know; whatever they do not know keeps its id."""

    known: Known

    @cached_property
    def areas(self) -> Mapping[str, tuple[tuple[Scheme, Area], ...]]:
        """Every area by its id, with the schemes that work there, in the order of titles."""
        found: dict[str, list[tuple[Scheme, Area]]] = {}
        for scheme in self.known.schemes.values():
            for area in scheme.areas:
                found.setdefault(area.id, []).append((scheme, area))
        by_title = sorted(found.items(), key=lambda item: item[1][0][1].title)
        return {area_id: tuple(places) for area_id, places in by_title}

    def area(self, area_id: str) -> str:
        """The title of an area."""
        places = self.areas.get(area_id)
        return places[0][1].title if places else area_id

    def scheme(self, scheme_id: str) -> str:
        """The title of a scheme."""
        scheme = self.known.schemes.get(scheme_id)
        return scheme.title if scheme else scheme_id

    def category(self, dimension: str, category: str | None) -> str:
        """A category of a dimension in words; None is the total over it."""
        if category is None:
            return "All"
        match dimension:
            case "scheme":
                return self.scheme(category)
            case "area":
                return self.area(category)
            case "practice":
                return self._practice(category)
            case "month":
                return _month(category)
        return _CODES.get(dimension, {}).get(category) or _spelt(category)

    def _practice(self, code: str) -> str:
        practice = self.known.register.practice(code)
        return f"{practice.name.title()} ({code})" if practice else _spelt(code)


def day(when: date | datetime | None) -> str:
    """A day as people write it: 31 March 2026."""
    return "" if when is None else f"{when.day} {when:%B %Y}"


def dimension(name: str) -> str:
    """The heading of a dimension's column."""
    return DIMENSIONS.get(name, name.replace("_", " ").capitalize())


def _month(category: str) -> str:
    try:
        return f"{date.fromisoformat(category + '-01'):%B %Y}"
    except ValueError:
        return _spelt(category)


def _spelt(category: str) -> str:
    return _NOT_KNOWN if category in ("not_known", "unknown", "") else category.replace("_", " ")
