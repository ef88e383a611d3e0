"""Makes releases on the shelf: drafts one from what is asked of the journeys, checks it, publishes it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

import msgspec

from outcomes_service.breakdowns.question import Question, Unanswerable
from outcomes_service.breakdowns.question import Row as Answered
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases import drafting, shelf
from outcomes_service.releases.changes import changes
from outcomes_service.releases.checking import Narrowed
from outcomes_service.releases.checking import check as attacked
from outcomes_service.releases.drafting import CannotDraft, Wishes
from outcomes_service.releases.model import Release, Table
from outcomes_service.releases.plans import Plan
from outcomes_service.releases.profiles import PROFILES
from outcomes_service.releases.protection import protect
from outcomes_service.releases.shelf import Database, NotAsThought
from servicekit.days import day_of

Ask = Callable[[Question], Awaitable[Sequence[Answered]]]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Checked:
    """A release, and what an attack on it as it would be published found: nothing, if it may go out.

    It was held against so many that are `earlier`.
    """

    release: Release
    narrowed: tuple[Narrowed, ...]
    earlier: int


class Disclosive(Exception):  # noqa: N818  it is an answer, and says what gives way
    """A release that may not go out."""

    def __init__(self, checked: Checked) -> None:
        super().__init__(f"{len(checked.narrowed)} protected counts of {checked.release.id} can be worked out.")
        self.checked = checked


async def draft(database: Database, known: Known, ask: Ask, plan: Plan, wishes: Wishes, *, say: Say) -> Release:
    """Freeze the tables of the plan, protected, as a draft on the shelf. Raises `CannotDraft`, `NotAsThought`."""
    profile = drafting.checked(wishes, day_of(wishes.known_on))
    corrected = await _corrected(database, wishes)
    release_id = await _free_id(database, wishes)
    exact = await _tables(known, ask, plan, wishes, say)
    drafting.check_tables(exact)
    made = drafting.release(release_id, plan, wishes, known, exact)
    say(f"{sum(len(table.rows) for table in exact):,} cells; protecting them (profile {profile.name})")
    made = msgspec.structs.replace(made, tables=protect(exact, await shelf.went_out(database, made), profile))
    if corrected is not None:
        made = msgspec.structs.replace(made, changes=changes(corrected, made))
    made = drafting.hashed(made)
    await shelf.put(database, made, exact)
    return made


async def check(database: Database, release_id: str) -> Checked:
    """Attack a release with all that went out before it. Raises `NotAsThought`: there is none."""
    release = await fetched(database, release_id)
    exact = await shelf.exact_tables(database, release_id)
    earlier = await shelf.went_out(database, release)
    narrowed = tuple(attacked(exact, release.tables, earlier, PROFILES[release.profile]))
    return Checked(release, narrowed, len(earlier))


async def publish(database: Database, release_id: str, at: datetime) -> Release:
    """Check a draft, and publish it. Raises `Disclosive`, `NotAsThought`."""
    checked = await check(database, release_id)
    if checked.release.status != "draft":
        raise NotAsThought(f"Release {release_id} is {checked.release.status} already.")
    if checked.narrowed:
        raise Disclosive(checked)
    return await shelf.publish(database, checked.release, at, checked.earlier)


async def fetched(database: Database, release_id: str) -> Release:
    """A release in whatever state. Raises `NotAsThought`: there is none."""
    release = await shelf.fetch(database, release_id)
    if release is None:
        raise NotAsThought(await _none(database, release_id))
    return release


async def _tables(known: Known, ask: Ask, plan: Plan, wishes: Wishes, say: Say) -> tuple[Table, ...]:
    tables: list[Table] = []
    for planned in plan.tables:
        try:
            answers = await ask(drafting.question(planned, known, wishes))
        except Unanswerable as why:
            raise CannotDraft(f"Table {planned.id}: {why}") from None
        tables.append(drafting.table(planned, answers, known, wishes.as_of))
        say(f"{planned.id}: {len(tables[-1].rows):,} cells")
    return tuple(tables)


async def _corrected(database: Database, wishes: Wishes) -> Release | None:
    """The release that is corrected: one that went out, withdrawn since or not, of the same kind."""
    if wishes.corrects is None:
        return None
    release = await shelf.fetch(database, wishes.corrects)
    if release is None or release.status == "draft":
        raise NotAsThought(await _none(database, wishes.corrects, "published"))
    if (release.synthetic, release.profile) != (wishes.synthetic, wishes.profile):
        kind = "synthetic" if release.synthetic else "real"
        raise CannotDraft(f"Release {release.id} is {kind}, of profile {release.profile}: correct it by one alike.")
    return release


async def _free_id(database: Database, wishes: Wishes) -> str:
    """The id asked for, else the day and what kind of release it is, with a number if it is not the first."""
    if wishes.id is not None:
        return wishes.id
    kind = ("-synthetic" if wishes.synthetic else "") + ("" if wishes.profile == "default" else f"-{wishes.profile}")
    first = f"{wishes.as_of}{kind}"
    taken = {release.id for release in await shelf.every(database)}
    return first if first not in taken else next(f"{first}-{n}" for n in count(2) if f"{first}-{n}" not in taken)


async def _none(database: Database, release_id: str, what: str = "") -> str:
    found = [each for each in await shelf.every(database) if not what or each.status != "draft"]
    there = f"There are: {', '.join(each.id for each in found)}." if found else "There is none yet."
    return f"There is no {what} release {release_id}. {there}".replace("  ", " ")
