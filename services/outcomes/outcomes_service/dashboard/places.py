"""What scheme files say of schemes and areas, in words for pages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from outcomes_service.dashboard.naming import COUNTRIES, ROUTES, Names, day
from schemes.model import OrganisationCode, Scheme, Target
from schemes.successions import successions

_NO_RENAMING: Final = (
    "That is more than another name: figures by organisation code cannot be set side by side across that day."
)


@dataclass(frozen=True)
class AreaFacts:
    """An area: the schemes that work there, its organisation codes, and where figures by code break."""

    id: str
    title: str
    schemes: tuple[Scheme, ...]
    codes: tuple[str, ...]
    breaks: tuple[str, ...]


def facts(scheme: Scheme) -> list[tuple[str, str]]:
    """Heading and text of what a reader should know of a scheme before its figures."""
    told = [
        ("Where", f"{COUNTRIES[scheme.country]}: {_listed(area.title for area in scheme.areas)}"),
        ("Open", _period(scheme.opens, scheme.closes)),
        ("Run by", _listed(scheme.providers)),
        ("Ways in", "; ".join(dict.fromkeys(ROUTES.get(taken.route, taken.route) for taken in scheme.routes))),
        ("Length", _length(scheme)),
        ("Set out to reach", _listed(_targets(scheme))),
    ]
    return [(heading, text) for heading, text in told if text]


def area(area_id: str, names: Names) -> AreaFacts:
    """What is known of an area."""
    there = names.areas[area_id]
    codes = dict.fromkeys(_code(code) for _, place in there for code in place.codes)
    changes = dict.fromkeys(said for scheme, _ in there for said in _breaks(scheme, area_id))
    return AreaFacts(area_id, names.area(area_id), tuple(scheme for scheme, _ in there), tuple(codes), tuple(changes))


def with_code(code: str, names: Names) -> list[tuple[str, str]]:
    """Areas that have or had this organisation code: id, and since when or until when."""
    found = {}
    for area_id, there in names.areas.items():
        for _, place in there:
            for held in place.codes:
                if held.code == code.upper():
                    found[area_id] = f"{place.title} ({_code(held)})"
    return list(found.items())


def _breaks(scheme: Scheme, area_id: str) -> Iterator[str]:
    for change in successions(scheme):
        if change.area == area_id:
            before, after = (_listed(codes) or "no code" for codes in (change.before, change.after))
            told = "" if change.whole else f" {_NO_RENAMING}"
            yield f"On {day(change.on)} {before} became {after}.{told}"


def _length(scheme: Scheme) -> str:
    weeks = sorted({programme.weeks for programme in scheme.programme})
    if not weeks:
        return ""
    return f"{weeks[0]} weeks" if len(weeks) == 1 else f"{weeks[0]} to {weeks[-1]} weeks, by area"


def _targets(scheme: Scheme) -> Iterator[str]:
    for target in scheme.targets:
        yield from _target(target)


def _target(target: Target) -> Iterator[str]:
    if target.people is not None:
        yield f"{target.people:,} people"
    if target.practices is not None:
        yield f"{target.practices:,} practices"


def _code(code: OrganisationCode) -> str:
    if code.from_ is None and code.to is None:
        return code.code
    period = _period(code.from_, code.to)
    return f"{code.code}, {period[:1].lower()}{period[1:]}"


def _period(first: date | None, last: date | None) -> str:
    if first and last:
        return f"From {day(first)} to {day(last)}"
    if last:
        return f"Until {day(last)}"
    return f"Since {day(first)}" if first else ""


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
