"""`footing partner quiet`: who speaks, who is quiet as expected, late or silent, and what figures lack of it."""

import json
import re
from typing import Annotated, Any, Final

import httpx
import msgspec
import typer

from door_service.standing import Quiet, Standing
from ops import tables
from ops.commands.options import AsJson, StackName
from ops.connection import door_url
from ops.errors import Missing
from ops.speaking import flight, gap, missing, since, when
from servicekit.quiet import NEVER
from servicekit.working_time import MINUTES_A_DAY, MINUTES_A_WEEK

_PATIENCE_SECONDS: Final = 10.0
_UNITS: Final = {"m": 1, "h": 60, "d": MINUTES_A_DAY, "w": MINUTES_A_WEEK}
_MOST_MINUTES: Final = 50 * MINUTES_A_WEEK  # a year
_STYLES: Final = {"silent": "bold red", "late": "yellow", "speaking": "green"}


def quiet(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Only this partner.")] = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Show of each partner whether it speaks, and of one that does not, what is missing. Exit code 1: one is silent.

    Example: footing partner quiet acme
    """
    said = _asked(stack)
    partners = [partner for partner in said.partners if name in ("", partner.partner)]
    if name and not partners:
        typer.echo(f"There is no partner {name}.", err=True)
        raise typer.Exit(1)
    lacking = {partner.partner: words for partner in partners if (words := missing(partner, said.at))}
    if as_json:
        rows: list[dict[str, Any]] = [
            {**msgspec.to_builtins(partner), "impact": lacking.get(partner.partner)} for partner in partners
        ]
        print(json.dumps(rows, indent=2))
    else:
        _show(partners, lacking)
        if said.canary is not None:
            print(flight(said.canary))
    if any(partner.watched and partner.state == "silent" for partner in partners):
        raise typer.Exit(1)


def expected_minutes(every: str) -> int | None:
    """The minutes of working time that `--every` says; 0: it may be quiet for ever, None: what it is used to."""
    if every in ("never", "learnt"):
        return NEVER if every == "never" else None
    said = re.fullmatch(r"([1-9][0-9]{0,5})([mhdw])", every)
    minutes = int(said[1]) * _UNITS[said[2]] if said else 0
    if not 1 <= minutes <= _MOST_MINUTES:
        raise typer.BadParameter("90m, 2h, 1d, 1w, up to 50w; or never, or learnt.", param_hint="--every")
    return minutes


def _asked(stack: str) -> Quiet:
    url = door_url(stack)
    try:
        answer = httpx.get(f"{url}/api/quiet", timeout=_PATIENCE_SECONDS)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=Quiet)
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        kind = type(error).__name__
        raise Missing(f"The door at {url} did not say who is quiet ({kind}).", "See: footing status") from None


def _show(partners: list[Standing], lacking: dict[str, str]) -> None:
    table = tables.table("partner, event", "state", "last accepted", "may pause", right=("a week",))
    for partner in partners:
        table.add_row(partner.partner if partner.watched else f"{partner.partner} (not watched)")
        for stream in partner.events:
            a_week = "" if stream.usual_a_week is None else f"{stream.usual_a_week:,}"
            table.add_row(
                f"  {stream.event}", since(stream), when(stream.last_accepted_at), gap(stream), a_week,
                style=_STYLES.get(stream.state, "") if partner.watched else "dim",
            )  # fmt: skip
    console = tables.console()
    console.print(table)
    for name, words in lacking.items():
        console.print(f"{name}: {words}", soft_wrap=True)
