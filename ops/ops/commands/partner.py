"""`footing partner`: who may publish, what, for which schemes."""

import json
from collections.abc import Callable
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from ops import tables
from ops.audit import audited
from ops.commands.options import AsJson, StackName, Why
from ops.commands.quiet_partners import expected_minutes, quiet
from ops.connection import settings_for
from ops.partners import EVENTS, PartnerRefused, Registry
from schemes import CANARY, SchemeMistakes, load
from servicekit.partners import Partner

T = TypeVar("T")

partner = typer.Typer(help="Keep the registry of partners.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the publishing system.")]


@partner.command()
def add(
    name: Name,
    *,
    events: Annotated[str, typer.Option(help=f"What it publishes, comma-separated: {', '.join(EVENTS)}.")],
    schemes: Annotated[str, typer.Option(help="Schemes it publishes for, comma-separated.")] = "",
    testing: Annotated[
        bool, typer.Option("--testing", help="Take synthetic events only, until it is promoted.")
    ] = False,
    why: Why = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Make the topics of a new partner and register it. Its token for the door is shown once.

    Example: footing partner add acme --schemes james-wigg --events referral-made,session-held
    """
    _check_schemes(_words(schemes))
    asked: dict[str, Any] = {"schemes": _words(schemes), "events": _words(events), "testing": testing}
    added = _changed(stack, "add", name, why, lambda registry: registry.add(name, **asked))
    if as_json:
        print(json.dumps({**_row(added.partner), "token": added.token, "topics": added.topics}, indent=2))
        return
    print("\n".join(["Topics:", *(f"  {topic}" for topic in added.topics)]))
    _show_token(added.token)


@partner.command()
def rotate(name: Name, why: Why = "", stack: StackName = "dev", as_json: AsJson = False) -> None:
    """Give a partner a new token; the old one is worth nothing from then on.

    Example: footing partner rotate acme
    """
    token = _changed(stack, "rotate", name, why, lambda registry: registry.rotate(name))
    if as_json:
        print(json.dumps({"partner": name, "token": token}, indent=2))
    else:
        _show_token(token)


@partner.command()
def disable(name: Name, why: Why = "", stack: StackName = "dev") -> None:
    """Take nothing more from a partner, by whatever way in. What it said stays.

    Example: footing partner disable acme
    """
    _changed(stack, "disable", name, why, lambda registry: registry.disable(name))
    print(f"{name} is disabled.")


@partner.command()
def enable(name: Name, why: Why = "", stack: StackName = "dev") -> None:
    """Take from a disabled partner again.

    Example: footing partner enable acme
    """
    _changed(stack, "enable", name, why, lambda registry: registry.enable(name))
    print(f"{name} is enabled.")


@partner.command()
def limit(
    name: Name,
    events_a_second: Annotated[float, typer.Argument(min=0, help="Events a second; 0: as many as others.")],
    why: Why = "",
    stack: StackName = "dev",
) -> None:
    """Say how many events a second a partner may send to each door. More are answered 429.

    Example: footing partner limit acme 5000
    """
    _changed(stack, "limit", name, why, lambda registry: registry.limit(name, events_a_second))
    told = (
        f"may send {events_a_second:g} events a second to each door" if events_a_second else "is limited as others are"
    )
    print(f"{name} {told}.")


@partner.command()
def promote(name: Name, why: Why = "", stack: StackName = "dev") -> None:
    """Let a partner in testing publish what is real. What it published so far stays synthetic.

    Example: footing partner promote acme
    """
    _changed(stack, "promote", name, why, lambda registry: registry.promote(name))
    print(f"{name} may publish what is real.")


@partner.command()
def expect(
    name: Name,
    event: Annotated[str, typer.Argument(help=f"An event that it publishes: {', '.join(EVENTS)}.")],
    *,
    every: Annotated[
        str,
        typer.Option(
            help="Working time: 90m, 2h, 1d (10 hours), 1w (5 days). never: it may be quiet. learnt: as usual."
        ),
    ],
    why: Why = "",
    stack: StackName = "dev",
) -> None:
    """Say how long a partner may be quiet; after twice as long it is called silent. Unsaid, it is learnt.

    Example: footing partner expect acme session-held --every 1d
    """
    minutes = expected_minutes(every)
    _changed(stack, "expect", name, why, lambda registry: registry.expect(name, event, minutes))
    print(f"{name}, {event}: {every}.")


partner.command()(quiet)


@partner.command("list")
def list_partners(stack: StackName = "dev", as_json: AsJson = False) -> None:
    """List every partner. Tokens are not kept, so none is shown.

    Example: footing partner list --json
    """
    rows = [_row(known) for known in _registry(stack).all()]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = tables.table("partner", "state", "schemes", "events")
    for row in rows:
        state = "disabled" if row["disabled"] else "testing" if row["testing"] else "enabled"
        table.add_row(row["partner"], state, ", ".join(row["schemes"]), ", ".join(row["events"]))
    tables.console().print(table)


def _changed(stack: str, verb: str, name: str, why: str, change: Callable[[Registry], T]) -> T:
    """Change what is registered of a partner, and put that down."""
    settings = settings_for(stack)
    registry = Registry(settings)
    try:
        with audited(settings, f"partner {verb} {name}", why) as entry:
            entry.before = entry.after = _facts(registry.find(name))
            done = change(registry)
            entry.after = _facts(registry.find(name))
    except PartnerRefused as refused:
        _say_no(refused)
    return done


def _facts(known: Partner | None) -> dict[str, Any] | None:
    return None if known is None else _row(known)


def _registry(stack: str) -> Registry:
    return Registry(settings_for(stack))


def _check_schemes(names: list[str]) -> None:
    try:
        known = load()
    except SchemeMistakes as mistakes:
        _say_no(mistakes)
    if unknown := sorted(set(names) - {*known, CANARY}):
        _say_no(f"There is no scheme {', '.join(unknown)}. There are: {', '.join(known)}.")


def _row(known: Partner) -> dict[str, Any]:
    return {
        "partner": known.name,
        "schemes": sorted(known.schemes),
        "events": sorted(known.events),
        "testing": known.testing,
        "disabled": known.disabled,
        "events_a_second": known.events_a_second or None,
        "expects": known.expects,
    }


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _show_token(token: str) -> None:
    print(f"Token (shown once, keep it safe): {token}")


def _say_no(why: object) -> NoReturn:
    typer.echo(str(why), err=True)
    raise typer.Exit(1)
