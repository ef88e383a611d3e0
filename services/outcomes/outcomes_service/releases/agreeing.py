"""Whether a release says what was known when it was drafted: its figures are asked for again, as of then.

They differ where it was drafted too early: what gates had accepted by then was counted only later, for the projector
was behind, held, or had parked it; and where what is stored was damaged or brought back from an old copy. What came
later, late events too, makes no difference, for it was not known then.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from outcomes_service.breakdowns import reading
from outcomes_service.breakdowns.answering import journeys_of
from outcomes_service.breakdowns.question import Unanswerable
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases import drafting, shelf
from outcomes_service.releases.changes import figure, named, placed
from outcomes_service.releases.drafting import SAME, Wishes
from outcomes_service.releases.making import Ask
from outcomes_service.releases.model import Release, Row, Table
from outcomes_service.releases.plans import Planned
from outcomes_service.releases.shelf import Database

MOST: Final = 12  # releases that are looked at, the newest: what is older has been looked at often
_OF_THE_REGISTER: Final = frozenset({"area", "board", "practice"})


async def standing(database: Database) -> list[Release]:
    """The newest releases that everybody takes for right: published, neither withdrawn nor corrected since."""
    out = [release for release in await shelf.published(database) if release.status == "published"]
    corrected = {release.corrects for release in out}
    return [release for release in out if release.id not in corrected][:MOST]


async def differing(database: Database, known: Known, ask: Ask, release: Release) -> list[str]:
    """Which of its figures come out otherwise, in words; those that can be compared.

    Not compared is what is defined otherwise today, or hangs on another practice register. Who was erased since is
    counted in no figure any more: counts may be smaller by as many, and medians are then not compared.
    """
    erased = 0
    if (journeys := await journeys_of(database)) is not None:
        erased = await reading.erased(database[journeys], release.known_on, datetime.now(UTC))
    defined = {each.measure: each.version for each in release.definitions}
    same = frozenset(name for name, measure in known.measures.items() if defined.get(name) == measure.version)
    found: list[str] = []
    for table in await shelf.exact_tables(database, release.id):
        by = table.dimensions[len(SAME) :]
        if _OF_THE_REGISTER & {*by} and release.register_as_of != known.register.as_of:
            continue
        again = await _again(known, ask, release, table, by)
        if again is not None:
            found += _differences(table, again, same, erased)
    return found


async def _again(known: Known, ask: Ask, release: Release, table: Table, by: tuple[str, ...]) -> Table | None:
    """The same table, asked for today as it was known then; None: its schemes or dimensions are no more."""
    planned = Planned(
        id=table.id,
        title=table.title,
        by=by,
        schemes=tuple(dict.fromkeys(row.at["scheme"] or "" for row in table.rows)),
        measures=tuple(dict.fromkeys(row.at["measure"] or "" for row in table.rows)),
    )
    wishes = Wishes(
        as_of=release.as_of, known_on=release.known_on, synthetic=release.synthetic, profile=release.profile
    )
    if not {*planned.schemes} <= known.schemes.keys():
        return None
    try:
        return drafting.table(planned, await ask(drafting.question(planned, known, wishes)), known, release.as_of)
    except (Unanswerable, drafting.CannotDraft):
        return None


def _differences(then: Table, now: Table, same: frozenset[str], erased: int) -> Iterator[str]:
    was, is_ = placed(then), placed(now)
    for place in dict.fromkeys((*was, *is_)):
        before, after = was.get(place), is_.get(place)
        if dict(place)["measure"] in same and not _agree(before, after, erased):
            yield f"{then.id}: {named(place)}: {figure(before)} was published; {figure(after)} was known."


def _agree(then: Row | None, now: Row | None, erased: int) -> bool:
    pairs = zip(_counts(then), _counts(now), strict=True)
    if not all(0 <= before - after <= erased for before, after in pairs):
        return False
    return bool(erased) or _values(then) == _values(now)


def _counts(row: Row | None) -> tuple[int, int, int]:
    return (row.k or 0, row.n or 0, row.u or 0) if row else (0, 0, 0)


def _values(row: Row | None) -> tuple[float | None, float | None]:
    return (row.value, row.p90) if row else (None, None)
