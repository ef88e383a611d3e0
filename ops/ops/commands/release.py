"""`footing release`: frozen, protected tables for everybody: drafted, checked, published, corrected, withdrawn."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn, TypeVar

import typer
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

import schemes
from ops.audit import audited
from ops.commands.options import AsJson, StackName, Why
from ops.connection import no_answer, settings_for
from ops.releasing import files, telling
from outcomes_service.breakdowns.answering import asking
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases import drafting, making, plans, shelf
from outcomes_service.releases.agreeing import differing
from outcomes_service.releases.model import Release
from outcomes_service.releases.shelf import Database, NotAsThought
from schemes import register
from servicekit.days import day_of, to_milliseconds

T = TypeVar("T")
_ID: Final = r"[a-z0-9][a-z0-9-]{0,63}"
ReleaseId = Annotated[str, typer.Argument(metavar="ID", help="As `footing release list` names it.")]

release = typer.Typer(no_args_is_help=True, help="Frozen, protected tables for everybody; pages show nothing else.")


@release.command()
def draft(
    plan: Annotated[
        Path, typer.Option(help="Which tables: a YAML file; without it the standard ones.", exists=True, dir_okay=False)
    ] = plans.STANDARD,
    as_of: Annotated[str, typer.Option(help="Figures up to this day, as 2026-03-31; without it up to today.")] = "",
    profile: Annotated[str, typer.Option(help="default, or open: exact, for synthetic figures only.")] = "default",
    *,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Of made-up events alone, else of real alone.")
    ] = False,
    corrects: Annotated[str | None, typer.Option(metavar="ID", help="The published release that it corrects.")] = None,
    note: Annotated[list[str] | None, typer.Option(help="A note for readers; may be given several times.")] = None,
    name: Annotated[str | None, typer.Option("--id", help="Its address; without it made of the day.")] = None,
    why: Why = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Freeze tables as of a day and as known now, protect them, and put them aside as a draft that nobody outside sees.

    At most 10 tables and 2,000 cells. Example: footing release draft --as-of 2026-03-31 --note "First release."
    """
    known = Known(schemes.load(), register.load())
    try:
        tables = plans.read(plan, known)
    except plans.PlanMistakes as mistakes:
        _say_no(str(mistakes))
    now = to_milliseconds(datetime.now(UTC))
    wishes = drafting.Wishes(
        as_of=_day(as_of) if as_of else day_of(now), known_on=now, synthetic=synthetic, profile=profile, id=_id(name),
        notes=tuple(note or ()), corrects=corrects,
    )  # fmt: skip

    async def work(database: Database) -> Release:
        return await making.draft(database, known, asking(database, known), tables, wishes, say=_say)

    with audited(settings_for(stack), "release draft", why) as entry:
        made = _answer(stack, work)
        entry.after = {"id": made.id, "state": "draft"}
    if as_json:
        print(json.dumps(telling.about(made), indent=2))
        return
    hidden = telling.suppressed(made.tables)
    print(
        f"Drafted {made.id}: {telling.cells(made)} cells, {hidden:,} suppressed. Next: footing release check {made.id}"
    )
    for line in made.changes or ([f"Nothing differs from {corrects}."] if corrects else ()):
        print(f"- {line}")


@release.command()
def check(release_id: ReleaseId, stack: StackName = "dev", as_json: AsJson = False) -> None:
    """Attack a release as it would be published, with all that went out before; exit 1 if a protected count gives way.

    Example: footing release check 2026-03-31
    """
    checked = _answer(stack, lambda database: making.check(database, release_id))
    if as_json:
        print(json.dumps({"release": release_id, "found": telling.found_json(checked)}, indent=2))
    elif checked.narrowed:
        telling.show(telling.found(checked))
    else:
        print(f"{release_id}: no suppressed count can be worked out; {telling.cells(checked.release)} cells.")
    if checked.narrowed:
        raise typer.Exit(1)


@release.command()
def publish(release_id: ReleaseId, why: Why = "", stack: StackName = "dev", as_json: AsJson = False) -> None:
    """Check a draft once more and publish it: from then on everybody can read it, and it never changes.

    Example: footing release publish 2026-03-31
    """
    now = to_milliseconds(datetime.now(UTC))
    try:
        with audited(settings_for(stack), f"release publish {release_id}", why) as entry:
            made = _answer(stack, lambda database: making.publish(database, release_id, now))
            entry.before, entry.after = {"state": "draft"}, {"state": "published", "content_hash": made.content_hash}
    except making.Disclosive as found:
        telling.show(telling.found(found.checked), stderr=True)
        _say_no(f"{found} It is not published.")
    print(json.dumps(telling.about(made), indent=2) if as_json else f"Published {made.id}, {made.content_hash}.")


@release.command()
def verify(release_id: ReleaseId, stack: StackName = "dev", as_json: AsJson = False) -> None:
    """Ask for the figures of a release again, as they were known when it was drafted; exit 1 if one differs.

    Example: footing release verify 2026-03-31
    """
    known = Known(schemes.load(), register.load())

    async def work(database: Database) -> list[str]:
        made = await making.fetched(database, release_id)
        return await differing(database, known, asking(database, known), made)

    found = _answer(stack, work)
    if as_json:
        print(json.dumps({"release": release_id, "differ": found}, indent=2))
    elif found:
        print("\n".join(found))
    else:
        print(f"{release_id} says what was known when it was drafted.")
    if found:
        raise typer.Exit(1)


@release.command("list")
def list_releases(stack: StackName = "dev", as_json: AsJson = False) -> None:
    """List every release, newest first, drafts too.

    Example: footing release list
    """
    found = _answer(stack, shelf.every)
    if as_json:
        print(json.dumps([telling.about(each) for each in found], indent=2))
    elif found:
        telling.show(telling.listed(found))
    else:
        print("There is no release yet. Begin with: footing release draft")


@release.command()
def show(
    release_id: ReleaseId,
    table: Annotated[str | None, typer.Option(help="Only this table, else all.")] = None,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Show a release as it is, or would be, published.

    Example: footing release show 2026-03-31 --table areas
    """
    made = _fetched(stack, release_id)
    if as_json:
        print(_content(made, table, ".json").decode())
        return
    print("\n".join(telling.head(made)))
    for each in made.tables:
        if table in (None, each.id):
            telling.show(telling.figures(each))


@release.command()
def export(
    release_id: ReleaseId,
    output: Annotated[Path, typer.Option(help="A .json file, or with --table a .csv or .json file.", dir_okay=False)],
    table: Annotated[str | None, typer.Option(help="Only this table.")] = None,
    stack: StackName = "dev",
) -> None:
    """Write a release, or one of its tables, to a file; stopped halfway it leaves what stood there before.

    Example: footing release export 2026-03-31 --table areas --output areas.csv
    """
    said = _content(_fetched(stack, release_id), table, output.suffix)
    try:
        files.write(output, [said])
    except OSError as error:
        raise typer.BadParameter(f"{output}: {error.strerror}") from None
    print(f"Wrote {output}, {len(said):,} bytes.")


@release.command()
def withdraw(
    release_id: ReleaseId,
    because: Annotated[str, typer.Option(help="Why: readers find it where the release stood.")],
    stack: StackName = "dev",
) -> None:
    """Take a published release back. Its address stays and says when and why.

    Example: footing release withdraw 2026-03-31 --because "Two areas were swapped."
    """
    if not because.strip():
        raise typer.BadParameter("a reason, in words")
    now = to_milliseconds(datetime.now(UTC))
    with audited(settings_for(stack), f"release withdraw {release_id}", because.strip()) as entry:
        _answer(stack, lambda database: shelf.withdraw(database, release_id, now, because.strip()))
        entry.before, entry.after = {"state": "published"}, {"state": "withdrawn"}
    print(f"Withdrew {release_id}.")


@release.command()
def discard(release_id: ReleaseId, why: Why = "", stack: StackName = "dev") -> None:
    """Drop a draft.

    Example: footing release discard 2026-03-31
    """
    with audited(settings_for(stack), f"release discard {release_id}", why) as entry:
        _answer(stack, lambda database: shelf.discard(database, release_id))
        entry.before, entry.after = {"state": "draft"}, None
    print(f"Dropped the draft {release_id}.")


def _fetched(stack: str, release_id: str) -> Release:
    return _answer(stack, lambda database: making.fetched(database, release_id))


def _content(made: Release, table: str | None, kind: str) -> bytes:
    try:
        return files.content(made, table, kind)
    except files.CannotExport as why:
        _say_no(str(why))


def _answer(stack: str, work: Callable[[Database], Awaitable[T]]) -> T:
    settings = settings_for(stack)

    async def connected() -> T:
        async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as client:
            return await work(client[settings.database_prefix + "outcomes"])

    try:
        return asyncio.run(connected())
    except (drafting.CannotDraft, NotAsThought) as why:
        _say_no(str(why))
    except PyMongoError as away:
        raise no_answer(away) from None


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise typer.BadParameter("a day as 2026-03-31") from None


def _id(said: str | None) -> str | None:
    if said is not None and not re.fullmatch(_ID, said):
        raise typer.BadParameter("small letters, digits and hyphens, at most 64")
    return said


def _say(line: str) -> None:
    """How far it is: on standard error, so that what is printed is the answer alone."""
    print(line, file=sys.stderr, flush=True)


def _say_no(why: str) -> NoReturn:
    print(why, file=sys.stderr)
    raise typer.Exit(1)
