"""`footing partner quiet`: who speaks, who is quiet as expected, late or silent, and what figures lack of it."""

import json
import re
from datetime import datetime
from typing import Annotated, Any, Final

import httpx
import msgspec
import typer

from door_service.standing import Canary, Quiet, Standing, Stream, calendar_of
from ops import tables
from ops.commands.options import AsJson, StackName
from ops.connection import door_url
from ops.errors import Missing
from servicekit.days import LONDON
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
    missing = {partner.partner: words for partner in partners if (words := _missing(partner, said.at))}
    if as_json:
        rows: list[dict[str, Any]] = [
            {**msgspec.to_builtins(partner), "impact": missing.get(partner.partner)} for partner in partners
        ]
        print(json.dumps(rows, indent=2))
    else:
        _show(partners, missing)
        if said.canary is not None:
            print(_flight(said.canary))
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


def _show(partners: list[Standing], missing: dict[str, str]) -> None:
    table = tables.table("partner, event", "state", "last accepted", "may pause", right=("a week",))
    for partner in partners:
        table.add_row(partner.partner if partner.watched else f"{partner.partner} (not watched)")
        for stream in partner.events:
            a_week = "" if stream.usual_a_week is None else f"{stream.usual_a_week:,}"
            table.add_row(
                f"  {stream.event}", _since(stream), _when(stream.last_accepted_at), _gap(stream), a_week,
                style=_STYLES.get(stream.state, "") if partner.watched else "dim",
            )  # fmt: skip
    console = tables.console()
    console.print(table)
    for name, words in missing.items():
        console.print(f"{name}: {words}", soft_wrap=True)


def _missing(partner: Standing, now: datetime) -> str:
    """What has probably not come of the types that are late or silent, in the words of who reads the figures."""
    streams = [stream for stream in partner.events if stream.state in ("late", "silent")]
    if not partner.watched or not streams:
        return ""
    # Imported here: what is short is asked of few partners, and the measures take half a second to load.
    import schemes
    from ops.impact import WORDS, Lacking, impact
    from outcomes_service.indicators.catalogue import Known
    from schemes import register

    calendar = calendar_of(frozenset(partner.schemes))
    lacking, usual = [], []
    for stream in streams:
        if stream.usual_a_week is not None and stream.last_accepted_at is not None:
            passed = calendar.minutes(now) - calendar.minutes(stream.last_accepted_at)
            count = round(stream.usual_a_week * passed / MINUTES_A_WEEK)
            lacking.append(Lacking(stream.event, count, "not come", partner.schemes))
            one, many = WORDS[stream.event]
            usual.append(f"{stream.usual_a_week:,} {one if stream.usual_a_week == 1 else many}")
    if not lacking:
        return "How much usually comes in a week is not known yet."
    words = [each.words for each in impact(lacking, Known(schemes.load(), register.load()))]
    return " ".join([f"Usually {', '.join(usual)} a week.", *words])


def _flight(canary: Canary) -> str:
    """How the last canary went, in a line."""
    arrived = f"{_when(canary.arrived_at)}, in {canary.trip_seconds:.1f} s" if canary.arrived_at else "never"
    if canary.lost is None:
        return f"The canary came through: {arrived}."
    return f"The canary of {_when(canary.sent_at)} is lost: {canary.lost}. The last came through: {arrived}."


def _since(stream: Stream) -> str:
    """Its state, and since when if it is not as it should be."""
    is_off = stream.state in ("late", "silent") and stream.since
    return f"{stream.state} since {_when(stream.since)}" if is_off else stream.state


def _gap(stream: Stream) -> str:
    """The expected gap as people say it, and where it comes from."""
    if stream.expected == "nothing":
        return "not known yet"
    if not stream.gap_minutes:
        return "for ever (said)"
    days, hours = stream.gap_minutes / MINUTES_A_DAY, stream.gap_minutes / 60
    amount = f"{days:.3g} working days" if days >= 1 else f"{hours:.2g} working hours"
    return f"{amount} ({stream.expected})"


def _when(instant: datetime | None) -> str:
    return instant.astimezone(LONDON).strftime("%Y-%m-%d %H:%M") if instant else ""
