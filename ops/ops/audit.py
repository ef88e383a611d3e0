"""What operators did and what was revealed to them: who, when, what, why, before, after. It is only ever added to."""

import getpass
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import typer
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ops.connection import no_answer
from ops.errors import Missing
from servicekit.days import to_milliseconds
from servicekit.settings import ServiceSettings

OPS_DATABASE: Final = "ops"
AUDIT: Final = "audit"
DONE: Final = "done"

Facts = Mapping[str, Any] | None
Entries = Database[dict[str, Any]]


@dataclass
class Entry:
    """What a command puts down of what it does; how it ended is put down with it."""

    before: Facts = None
    after: Facts = None


def operator() -> str:
    """Who acts: FOOTING_OPERATOR, else the user of the operating system."""
    if named := os.environ.get("FOOTING_OPERATOR", "").strip():
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container the number of a user may have no name
        return f"uid {os.getuid()}"


def record(  # noqa: PLR0917  what an entry says, in the order in which it is read
    database: Entries,
    who: str,
    what: str,
    why: str | None,
    before: Facts,
    after: Facts,
    *,
    ended: str = DONE,
    session: ClientSession | None = None,
) -> None:
    """Add one entry (`database`: that of the operators). `what` is the command and what it is about, never a person.

    `session`: of the transaction in which it is done.
    """
    database[AUDIT].insert_one(written(who, what, why, before, after, ended=ended), session=session)


def written(who: str, what: str, why: str | None, before: Facts, after: Facts, *, ended: str = DONE) -> dict[str, Any]:
    """An entry of now, as it is kept."""
    said = {"at": to_milliseconds(datetime.now(UTC)), "who": who, "what": what, "why": why or None}
    return {**said, "ended": ended, "before": before, "after": after}


@contextmanager
def audited(settings: ServiceSettings, what: str, why: str | None = None, who: str = "") -> Iterator[Entry]:
    """Put down what the block does, also where it is refused, breaks or is interrupted. Raises `Missing`.

    `who`: the operator, where that is not who runs this process.
    """
    entry = Entry()
    try:
        yield entry
    except BaseException as error:
        with suppress(Missing):  # what broke is told, whatever else did
            put_down(settings, what, why, entry, _word(error), who=who)
        raise
    put_down(settings, what, why, entry, who=who)


def put_down(
    settings: ServiceSettings, what: str, why: str | None, entry: Entry, ended: str = DONE, *, who: str = ""
) -> None:
    """Add one entry of what an operator does. Raises `Missing`: what is not put down must not be shown or go on."""
    try:
        with operators_database(settings) as database:
            record(database, who or operator(), what, why, entry.before, entry.after, ended=ended)
    except Missing as missing:
        raise Missing(f"`{what}` could not be put down in the audit log. {missing.message}", missing.hint) from None


def entries(
    settings: ServiceSettings,
    *,
    who: str = "",
    what: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    most: int,
    skip: int = 0,
) -> list[dict[str, Any]]:
    """What was put down, the latest first: of one operator, where `what` says these words, of some days.

    At most so many, after the first `skip`.
    """
    wanted: dict[str, Any] = {"who": who} if who else {}
    days = ({"$gte": since} if since else {}) | ({"$lt": until} if until else {})
    if days:
        wanted["at"] = days
    if what:
        wanted["$expr"] = {"$gte": [{"$indexOfCP": ["$what", {"$literal": what}]}, 0]}
    with operators_database(settings) as database:
        return list(database[AUDIT].find(wanted, {"_id": 0}).sort([("at", -1), ("_id", -1)]).skip(skip).limit(most))


def changed(entry: Mapping[str, Any]) -> str:
    """What differs between before and after, as `name: before -> after`."""
    before, after = entry["before"] or {}, entry["after"] or {}
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return ", ".join(f"{name}: {_plain(before.get(name))} -> {_plain(after.get(name))}" for name in names)


@contextmanager
def operators_database(settings: ServiceSettings) -> Iterator[Entries]:
    """The operators' own database, as long as the block lasts. Raises `Missing` without MongoDB."""
    client: MongoClient[dict[str, Any]] = MongoClient(**settings.mongo_connection())
    try:
        yield client[settings.database_prefix + OPS_DATABASE]
    except PyMongoError as error:
        raise no_answer(error) from None
    finally:
        client.close()


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _word(error: BaseException) -> str:
    """How it ended, never the text of an error: that may hold values."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    name = type(error).__name__
    return "refused" if isinstance(error, typer.Exit) or name.endswith("Refused") else name
