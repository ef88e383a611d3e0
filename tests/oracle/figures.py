"""Every figure by scheme, area, measure, definition and whether made up; area None is the whole scheme."""

from collections.abc import Iterable, Iterator
from datetime import date
from math import sqrt
from typing import Any

from oracle.dump import Record
from oracle.journeys import Journey
from oracle.measures import MEASURES, OF_PERSONS, Cohort, Count, Scheme
from oracle.numbers import NUMBERS
from oracle.quality import QUALITY
from oracle.standing import FIT_NOTES

FAMILIES = {
    "work-at-52-weeks": ("work-at-52-weeks", "work-at-52-weeks-of-entered", "work-at-52-weeks-of-completers"),
    "sustained": (*(f"sustained-{weeks}{only}" for weeks in (13, 26, 52) for only in ("", "-known")), "sustained-work"),
    "reach-practices": ("reach-practices", "practices-referring"),
    **{name: (name, *(f"{name}-{weeks}" for weeks in (13, 26, 52))) for name in ("entered", "returned", "stayed")},
}
# Only these speak of a work status, and so differ by how success is defined; all else is counted once.
BY_DEFINITION = {"completer-success", "time-to-return", "follow-ups-known", *FAMILIES["work-at-52-weeks"]}
BY_DEFINITION |= {name for family in ("sustained", "entered", "returned", "stayed") for name in FAMILIES[family]}
COUNTED = MEASURES | QUALITY
KNOWN = {*COUNTED, "fit-note-share"}
WALES = "W"  # how the codes of practices in Wales begin


def figures(
    journeys: list[Journey], stands: Iterable[Record], schemes: Iterable[Scheme], as_of: date
) -> Iterator[dict[str, Any]]:
    """What the schemes list and what is known here, for each area and for the whole scheme."""
    notes = [event.payload for event in stands if event.type == FIT_NOTES]
    for scheme in schemes:
        mine = [one for one in journeys if one.said["scheme_id"] == scheme["id"]]
        for name, definition in _shown(scheme):
            if name == "fit-note-share":
                cells = _fit_notes(notes, scheme, as_of)
            else:
                cells = _cells(name, mine, scheme, definition, as_of) if name in COUNTED else iter(())
            for area, synthetic, count in cells:
                yield _row(scheme, area, name, definition, synthetic, count, as_of)


def numbers(journeys: list[Journey], schemes: Iterable[Scheme], as_of: date) -> Iterator[dict[str, Any]]:
    """What the medians, curves and counts of different things of each whole scheme are made of, in order."""
    for scheme in schemes:
        mine = [one for one in journeys if one.said["scheme_id"] == scheme["id"]]
        for name, definition in _shown(scheme):
            for synthetic in (False, True) if name in NUMBERS else ():
                kind = tuple(one for one in mine if one.synthetic is synthetic)
                found = NUMBERS[name](Cohort(scheme, None, kind, definition, as_of))
                key = {"scheme_id": scheme["id"], "measure": name, "definition": definition, "synthetic": synthetic}
                yield key | {"numbers": sorted(found)}


def _shown(scheme: Scheme) -> Iterator[tuple[str, str]]:
    """What a scheme shows: what it lists, at those checkpoints at which it asks, and how good its data are."""
    asked = {weeks for planned in scheme["programme"] for weeks in planned["checkpoints"]}
    listed = [name for family in scheme["measures"] for name in FAMILIES.get(family, (family,))]
    listed += [*QUALITY, "lateness"] if scheme["about"] != "aggregate" else []
    for name in listed:
        if not {int(word) for word in name.split("-") if word.isdigit()} <= asked:
            continue
        if name == "sustained-work" and 52 not in asked:
            continue
        yield from ((name, definition) for definition in (scheme["definitions"] if name in BY_DEFINITION else ["seed"]))


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95 % interval of k of n."""
    z = 1.959963984540054
    middle, spread = k + z * z / 2, z * sqrt(k * (n - k) / n + z * z / 4)
    return max(0.0, (middle - spread) / (n + z * z)), min(1.0, (middle + spread) / (n + z * z))


Cell = tuple[str | None, bool, Count]


def _cells(name: str, mine: list[Journey], scheme: Scheme, definition: str, as_of: date) -> Iterator[Cell]:
    for synthetic in (False, True):
        kind = [one for one in mine if one.synthetic is synthetic]
        for area in [None, *(area["id"] for area in scheme["areas"])] if kind else ():
            chosen = [one for one in kind if area in (None, one.said["scheme_area"]) or name in OF_PERSONS]
            yield area, synthetic, COUNTED[name](Cohort(scheme, area, tuple(chosen), definition, as_of))


def _fit_notes(notes: list[dict[str, Any]], scheme: Scheme, as_of: date) -> Iterator[Cell]:
    wales, until = scheme["country"] == "wales", as_of.isoformat()
    here = [
        said for said in notes if said["practice"]["code"].startswith(WALES) is wales and said["period"]["to"] <= until
    ]
    for synthetic in (False, True):
        chosen = [said for said in here if said.get("synthetic", False) is synthetic]
        not_fit = sum(said["not_fit"] for said in chosen)
        count = Count(not_fit, not_fit + sum(said["may_be_fit"] for said in chosen))
        yield from ((area, synthetic, count) for area in (None, scheme["areas"][0]["id"]))


def _row(
    scheme: Scheme, area: str | None, measure: str, definition: str, synthetic: bool, count: Count, as_of: date
) -> dict[str, Any]:
    row = {
        "scheme_id": scheme["id"],
        "area": area,
        "measure": measure,
        "definition": definition,
        "synthetic": synthetic,
        "k": count.k,
        "n": count.n,
        "u": count.u,
        "as_of": as_of.isoformat(),
    }
    if count.n:
        row["rate"] = count.k / count.n
    if count.n and measure != "reach-people":  # people against a target are no sample of it
        row["low"], row["high"] = wilson(count.k, count.n)
    return row
