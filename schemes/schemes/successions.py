"""What became of an area's organisation codes: the dated succession table, read off the codes in the files."""

from dataclasses import dataclass
from datetime import date, timedelta

from schemes.model import Area, Scheme


@dataclass(frozen=True)
class Succession:
    """On the day `on` an area's codes changed. `whole`: one code took over from one, and no other area has it."""

    area: str
    on: date
    before: tuple[str, ...]
    after: tuple[str, ...]
    whole: bool


def successions(scheme: Scheme) -> tuple[Succession, ...]:
    """Every change of code in the scheme's areas, in the order of areas and days.

    Where one is not `whole`, figures by code cannot be set side by side across that day.
    """
    return tuple(_succession(scheme, area, day) for area in scheme.areas for day in _days_of_change(area))


def _days_of_change(area: Area) -> list[date]:
    ends = {code.to + timedelta(days=1) for code in area.codes if code.to is not None}
    starts = {code.from_ for code in area.codes if code.from_ is not None}
    return sorted(ends | starts)


def _succession(scheme: Scheme, area: Area, day: date) -> Succession:
    before, after = area.codes_on(day - timedelta(days=1)), area.codes_on(day)
    elsewhere = {code for other in scheme.areas if other.id != area.id for code in other.codes_on(day)}
    whole = len(before) == len(after) == 1 and after[0] not in elsewhere
    return Succession(area.id, day, before, after, whole)
