"""`footing staff`: who may see live figures, of which schemes, and what they looked at."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from ops import tables
from ops.audit import audited
from ops.commands.options import AsJson, StackName, Why
from ops.connection import settings_for
from ops.staffing import StaffRefused, StaffRegistry
from schemes import SchemeMistakes, load
from servicekit.signing_in import Registered

T = TypeVar("T")

staff = typer.Typer(help="Keep the registry of staff.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whom it is about: a name within this installation.")]


@staff.command()
def add(
    name: Name,
    schemes: Annotated[str, typer.Option(help="Schemes that they may see, comma-separated; left out: all.")] = "",
    *,
    operator: Annotated[bool, typer.Option("--operator", help="Let them in to the operators' board too.")] = False,
    why: Why = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Register somebody who may see live figures. Their token is shown once.

    Example: footing staff add j-smith --schemes leicester,gateshead
    """
    names = _words(schemes) if schemes else None
    if names is not None:
        _check_schemes(names)
    token = _changed(stack, "add", name, why, lambda registry: registry.add(name, names, operator=operator))
    _show_token(name, token, as_json)


@staff.command()
def rotate(name: Name, why: Why = "", stack: StackName = "dev", as_json: AsJson = False) -> None:
    """Give somebody a new token; the old one and their sessions are over at once.

    Example: footing staff rotate j-smith
    """
    token = _changed(stack, "rotate", name, why, lambda registry: registry.rotate(name))
    _show_token(name, token, as_json)


@staff.command()
def disable(name: Name, why: Why = "", stack: StackName = "dev") -> None:
    """Let somebody in no more. Their sessions are over at once; what they looked at stays on record.

    Example: footing staff disable j-smith
    """
    _changed(stack, "disable", name, why, lambda registry: registry.disable(name))
    print(f"{name} is disabled.")


@staff.command()
def enable(name: Name, why: Why = "", stack: StackName = "dev") -> None:
    """Let somebody who was disabled in again.

    Example: footing staff enable j-smith
    """
    _changed(stack, "enable", name, why, lambda registry: registry.enable(name))
    print(f"{name} is enabled.")


@staff.command("operator")
def let_operate(
    name: Name,
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Let them in there no more, from now on.")] = False,
    why: Why = "",
    stack: StackName = "dev",
) -> None:
    """Let somebody of the staff in to the operators' board, or no more.

    Example: footing staff operator j-smith --withdraw
    """
    verb = "operator --withdraw" if withdraw else "operator"
    _changed(stack, verb, name, why, lambda registry: registry.let_operate(name, not withdraw))
    print(f"{name} is {'no operator any more' if withdraw else 'an operator'}.")


@staff.command("list")
def list_staff(stack: StackName = "dev", as_json: AsJson = False) -> None:
    """List everybody. Tokens are not kept, so none is shown.

    Example: footing staff list --json
    """
    rows = [_row(member) for member in _registry(stack).all()]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = tables.table("name", "state", "operator", "schemes", "added")
    for row in rows:
        state = "disabled" if row["disabled"] else "enabled"
        operator = "yes" if row["operator"] else "no"
        table.add_row(row["name"], state, operator, ", ".join(row["schemes"] or ["all"]), row["added_at"])
    tables.console().print(table)


@staff.command()
def reads(
    *,
    who: Annotated[str | None, typer.Option(help="Only what this member looked at.")] = None,
    about: Annotated[str | None, typer.Option(help="Only what is about this scheme, referral or event.")] = None,
    since: Annotated[datetime | None, typer.Option(help="From this day on, UTC.", formats=["%Y-%m-%d"])] = None,
    most: Annotated[int, typer.Option(help="So many, the latest first.", min=1, max=100_000)] = 100,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Show who looked at what, and when, the latest first.

    Example: footing staff reads --who j-smith --since 2026-03-01
    """
    asked_since = since.replace(tzinfo=UTC) if since else None
    rows = [_read(entry) for entry in _registry(stack).reads(who=who, about=about, since=asked_since, most=most)]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = tables.table("at", "who", "what", "asked")
    for row in rows:
        table.add_row(row["at"], row["who"], row["what"], " ".join(f"{k}={v}" for k, v in row["asked"].items()))
    tables.console().print(table)


def _changed(stack: str, verb: str, name: str, why: str, change: Callable[[StaffRegistry], T]) -> T:
    """Change what is registered of a member, and put that down."""
    settings = settings_for(stack)
    registry = StaffRegistry(settings)
    try:
        with audited(settings, f"staff {verb} {name}", why) as entry:
            entry.before = entry.after = _facts(registry.find(name))
            done = change(registry)
            entry.after = _facts(registry.find(name))
    except StaffRefused as refused:
        _say_no(refused)
    return done


def _facts(member: Registered | None) -> dict[str, Any] | None:
    return None if member is None else _row(member)


def _registry(stack: str) -> StaffRegistry:
    return StaffRegistry(settings_for(stack))


def _check_schemes(names: list[str]) -> None:
    try:
        known = load()
    except SchemeMistakes as mistakes:
        _say_no(mistakes)
    if not names or (unknown := sorted(set(names) - set(known))):
        said = f"There is no scheme {', '.join(unknown)}." if names else "No scheme is named."
        _say_no(f"{said} There are: {', '.join(known)}.")


def _row(member: Registered) -> dict[str, Any]:
    return {
        "name": member.name,
        "schemes": None if member.schemes is None else sorted(member.schemes),
        "operator": member.operator,
        "disabled": member.disabled,
        "added_at": _moment(member.added_at),
    }


def _read(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "at": _moment(entry["at"])}


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _show_token(name: str, token: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"name": name, "token": token}, indent=2))
    else:
        print(f"Token of {name} (shown once, keep it safe): {token}")


def _say_no(why: object) -> NoReturn:
    typer.echo(str(why), err=True)
    raise typer.Exit(1)
