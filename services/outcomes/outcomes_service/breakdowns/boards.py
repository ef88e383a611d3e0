"""Figures by organisation code: which code an area has on a day, what became of a code, and what cannot be said.

An area keeps its id whatever codes it has. By code its figures are those of the code that it has on the as-of day.
Where it has several since it was split, a referral belongs to the one that its practice has in the register, if the
register is of after the split; else to none of them, and the row says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from outcomes_service.breakdowns.places import NONE, Place
from outcomes_service.indicators.catalogue import Known
from schemes.model import Area, Scheme
from schemes.successions import Succession, successions

ONE_OF = "/"  # between codes of which a practice would say which


@dataclass(frozen=True)
class Boards:
    """The codes of some schemes' areas on one day."""

    known: Known
    schemes: tuple[Scheme, ...]
    on: date

    def of(self, place: Place) -> str:
        """The code that counts a place: several with `/` between them where it is not known which."""
        area = self.known.schemes[place.scheme].area(place.area)
        codes = area.codes_on(self.on) if area else ()
        if len(codes) == 1:
            return codes[0]
        practice = self.known.register.practice(place.practice)
        if area is None or not codes:
            is_of_practice = not place.entry  # fit notes: by the code that the register has
            return practice.area_code if practice and is_of_practice else NONE
        is_told = practice is not None and practice.area_code in codes and self._register_knows(area)
        return practice.area_code if practice and is_told else ONE_OF.join(codes)

    def marks(self, category: str) -> tuple[str, ...]:
        """What has to be said beside a figure of this code."""
        return tuple(dict.fromkeys(self._marks(category)))

    def why_not(self, code: str) -> str | None:
        """Why a code has no figure on this day; None: it may have one."""
        if code == NONE or code in self.codes or any(code == ONE_OF.join(c) for c in self._splits.values()):
            return None
        for change, _ in self._changes:
            if code in change.before and change.on <= self.on:
                last = change.on - timedelta(days=1)
                return f"{code} ended on {last}: ask as of that day, or for {_listed(change.after)}."
            if code in change.after and change.on > self.on:
                return f"{code} begins on {change.on}: until then {_listed(change.before)}."
        if any(practice.area_code == code for practice in self.known.register.practices.values()):
            return None
        return f"On {self.on} there are: {', '.join(self.codes)}."

    @cached_property
    def codes(self) -> Mapping[str, tuple[Area, ...]]:
        """Each code of that day, with the areas that have it."""
        found: dict[str, tuple[Area, ...]] = {}
        for area in self._areas:
            for code in area.codes_on(self.on):
                found[code] = (*found.get(code, ()), area)
        return dict(sorted(found.items()))

    @cached_property
    def _areas(self) -> tuple[Area, ...]:
        by_id = {area.id: area for scheme in self.schemes for area in scheme.areas}
        return tuple(by_id.values())

    @cached_property
    def _splits(self) -> Mapping[str, tuple[str, ...]]:
        """The areas that have several codes on this day."""
        return {area.title: codes for area in self._areas if len(codes := area.codes_on(self.on)) > 1}

    @cached_property
    def _changes(self) -> tuple[tuple[Succession, str], ...]:
        """Every change of code, once, with the title of its area."""
        titles = {area.id: area.title for area in self._areas}
        found = {change: titles[change.area] for scheme in self.schemes for change in successions(scheme)}
        return tuple(found.items())

    def _register_knows(self, area: Area) -> bool:
        """Whether the register is of a day on which the area had the codes of this one."""
        return area.codes_on(self.known.register.as_of) == area.codes_on(self.on)

    def _marks(self, category: str) -> Iterator[str]:
        codes = set(category.split(ONE_OF))
        if len(codes) > 1:
            yield from self._broken(category)
            return
        areas = self.codes.get(category, ())
        if len(areas) > 1:
            yield f"{category} is the code of {_listed(area.title for area in areas)}: it has them together."
        for area in areas:
            if area.title in self._splits:
                yield f"Of {area.title} it has only the referrals whose practice is known to lie under {category}."
        yield from self._changed(category)

    def _changed(self, code: str) -> Iterator[str]:
        """What the code came from, and what it goes over into."""
        for change, title in self._changes:
            if code in change.after and change.on <= self.on:
                yield (
                    f"From {change.on}; before that {title} was {_listed(change.before)}. "
                    + ("The area is the same." if change.whole else "The area is not the same: a break.")
                )
            elif code in change.before and change.on > self.on:
                yield (
                    f"To {change.on - timedelta(days=1)}; after that {title} is {_listed(change.after)}. "
                    + ("The area is the same." if change.whole else "The area is not the same: a break.")
                )

    def _broken(self, category: str) -> Iterator[str]:
        """Why these referrals stand under no single code."""
        for title, codes in self._splits.items():
            if ONE_OF.join(codes) != category:
                continue
            change = next(c for c, of in self._changes if of == title and c.after == codes)
            yield (
                f"A break: {title}, until {change.on - timedelta(days=1)} {_listed(change.before)}, was split into "
                f"{_listed(codes)}, and the practice register, which is of {self.known.register.as_of}, does not say "
                "under which of them these referrals belong."
            )


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
