"""What must agree between the fields of a scheme file: each check yields a field's path and what was expected."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations

from schemes.model import CANARY, ByArea, Dated, Scheme

Step = str | int
Finding = tuple[tuple[Step, ...], str]


def findings(scheme: Scheme) -> Iterator[Finding]:
    """Everything in the scheme that cannot hold together."""
    for check in (_dates, _areas, _repeats, _overlaps, _kind, _country, _basis):
        yield from check(scheme)


def _dates(scheme: Scheme) -> Iterator[Finding]:
    if scheme.closes is not None and scheme.closes < scheme.opens:
        yield ("closes",), f"on or after `opens`, {scheme.opens}"
    for path, record in _dated(scheme):
        if record.from_ is not None and record.to is not None and record.to < record.from_:
            yield (*path, "to"), f"on or after `from`, {record.from_}"


def _areas(scheme: Scheme) -> Iterator[Finding]:
    known = {area.id for area in scheme.areas}
    expected = f"an area of this scheme: {', '.join(sorted(known))}"
    for number, site in enumerate(scheme.sites):
        if site.area not in known:
            yield ("sites", number, "area"), expected
    for name, records in _by_area(scheme):
        for number, record in enumerate(records):
            for place, area in enumerate(record.areas):
                if area not in known:
                    yield (name, number, "areas", place), expected


def _repeats(scheme: Scheme) -> Iterator[Finding]:
    for name, ids in (("areas", [area.id for area in scheme.areas]), ("sites", [site.id for site in scheme.sites])):
        for number, known in enumerate(ids):
            if known in ids[:number]:
                yield (name, number, "id"), f"an id of its own; {known} is taken above"


def _overlaps(scheme: Scheme) -> Iterator[Finding]:
    for name, records in (("capacity", scheme.capacity), ("targets", scheme.targets)):
        for (_, one), (number, other) in combinations(enumerate(records), 2):
            if _meet(one, other):
                yield (name, number), "days that no record above covers"
    for name, by_area in _by_area(scheme):
        for (_, first), (number, second) in combinations(enumerate(by_area), 2):
            same = set(first.areas) & set(second.areas) or not (first.areas or second.areas)
            if same and _meet(first, second):
                yield (name, number), "areas and days that no record above covers"


def _kind(scheme: Scheme) -> Iterator[Finding]:
    if scheme.canary is not (scheme.id == CANARY):
        yield ("canary",), f"true for the scheme {CANARY}, and absent otherwise"
    if scheme.about == "aggregate":
        if scheme.routes:
            yield ("routes",), "absent: nobody is referred to a scheme `about: aggregate`"
        return
    if not scheme.routes:
        yield ("routes",), "at least one route"
    if scheme.about == "people" and not scheme.eligibility:
        yield ("eligibility",), "for whom the scheme is meant"
    if scheme.about == "people" and scheme.session_minutes is None:
        yield ("session_minutes",), "how long a session is"


def _country(scheme: Scheme) -> Iterator[Finding]:
    number = {"people": "chi" if scheme.country == "scotland" else "nhs_number"}.get(scheme.about)
    if scheme.identity != number:
        yield ("identity",), number or "absent: the scheme knows no persons"
    if scheme.country != "england":
        for place, area in enumerate(scheme.areas):
            if area.codes:
                yield ("areas", place, "codes"), "absent: only England has integrated care boards"


def _basis(scheme: Scheme) -> Iterator[Finding]:
    for name in scheme.basis:
        if name not in Scheme.model_fields:
            yield ("basis", name), "the name of a field of this file"


def _dated(scheme: Scheme) -> Iterator[tuple[tuple[Step, ...], Dated]]:
    for name in ("routes", "eligibility", "programme", "capacity", "targets", "promises"):
        for number, record in enumerate(getattr(scheme, name)):
            yield (name, number), record
    for number, area in enumerate(scheme.areas):
        for place, code in enumerate(area.codes):
            yield ("areas", number, "codes", place), code


def _by_area(scheme: Scheme) -> Sequence[tuple[str, tuple[ByArea, ...]]]:
    return (("eligibility", scheme.eligibility), ("programme", scheme.programme))


def _meet(one: Dated, other: Dated) -> bool:
    start = max(one.from_ or date.min, other.from_ or date.min)
    return start <= min(one.to or date.max, other.to or date.max)
