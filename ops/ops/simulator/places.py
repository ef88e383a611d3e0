"""Where people of a scheme come from: areas, host sites, and practices of the register for those referred by a GP."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from ops.simulator.chance import Chance
from schemes import Area, Scheme
from schemes.register import WALES, Practice, Register


@dataclass(frozen=True, slots=True)
class Place:
    """One area, perhaps with the site that hosts sessions there and the practice that refers."""

    area: str
    site: str | None = None
    practice: str | None = None

    def organisation(
        self, scheme: Scheme, source: str, day: date, chance: Chance
    ) -> tuple[Mapping[str, str] | None, str | None]:
        """Who referred, and the area where that leaves more than one; codes as they were on that day."""
        area = self.area if len(scheme.areas) > 1 else None
        own = scheme.area(self.area)
        codes = own.codes_on(day) if own else ()
        if source in ("A1", "A3") and self.practice:
            return {"system": "ods", "code": self.practice}, None if codes else area
        if source in ("D1", "D2"):
            return {"system": "employer", "code": f"employer-{chance.randint(1, 400):03d}"}, area
        if source == "M5":
            return {"system": "jobcentre", "code": f"jobcentre-{chance.randint(1, 60):02d}"}, area
        if source == "G4":
            return {"system": "charity", "code": f"charity-{chance.randint(1, 90):02d}"}, area
        if source in ("C1", "C3") and codes:
            code = chance.choice(codes)
            return {"system": "ods", "code": code}, self.area if _shared(scheme, code, day) else None
        return None, area


def places(scheme: Scheme, register: Register, practices: int, opens: date) -> tuple[Place, ...]:
    """The places of a scheme: each of its sites, else each area with its share of `practices`, else each area.

    Areas come in turn, so that whoever takes the first few places has people everywhere.
    """
    anywhere = iter(_practices(scheme, None, register, opens))
    if scheme.sites:
        by_gp = any(taken.route == "gp" for taken in scheme.routes)
        hosts = [
            Place(site.area, site.practice or name, site.practice or (_code(next(anywhere, None)) if by_gp else None))
            for site in scheme.sites
            for name in site.ids
        ]
        return _in_turn([[host for host in hosts if host.area == area.id] for area in scheme.areas])
    if not practices or scheme.country == "scotland":
        return tuple(Place(area.id) for area in scheme.areas)
    share = practices // len(scheme.areas)
    own = [iter(_practices(scheme, area, register, opens)) if area.codes else anywhere for area in scheme.areas]
    return _in_turn(
        [
            [Place(area.id, None, practice.code) for practice in islice(able, share)]
            for area, able in zip(scheme.areas, own, strict=True)
        ]
    )


def _practices(scheme: Scheme, area: Area | None, register: Register, opens: date) -> list[Practice]:
    """Practices that were open then, in an order of the scheme's own; none of Scotland's are in the register."""
    if scheme.country == "scotland":
        return []
    codes = area.codes_on(register.as_of) if area else ()
    able = [
        practice
        for practice in register.active_practices()
        if practice.opened <= opens
        and (practice.area_code == WALES) == (scheme.country == "wales")
        and (not codes or practice.area_code in codes)
    ]
    return Chance("practices", scheme.id).shuffled(able)


def _code(practice: Practice | None) -> str | None:
    return practice.code if practice else None


def _in_turn(by_area: list[list[Place]]) -> tuple[Place, ...]:
    longest = max(len(places) for places in by_area)
    return tuple(places[turn] for turn in range(longest) for places in by_area if turn < len(places))


def _shared(scheme: Scheme, code: str, day: date) -> bool:
    return sum(code in area.codes_on(day) for area in scheme.areas) > 1
