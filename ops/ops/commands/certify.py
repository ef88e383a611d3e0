"""`footing certify`: is a partner ready? A report of what it has met and handled, and of what is still to do."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.publishing.over_http import HttpPublisher
from contracts.publishing.publisher import Publisher
from ops import tables
from ops.certifying.checklist import results
from ops.certifying.evidence import Evidence
from ops.certifying.gathering import gather
from ops.certifying.report import Report
from ops.certifying.running import Run, scheme_for
from ops.commands.options import StackName
from ops.connection import settings_for
from ops.errors import Missing
from ops.partners import Registry
from ops.ways_in import TokenFile, Way, publisher
from schemes import load, register
from servicekit.partners import Partner
from servicekit.settings import ServiceSettings

_LOOK_EVERY_SECONDS: Final = 0.5
_SETTLE_SECONDS: Final = 10.0  # what waited for its referral is accepted a moment later
_CLOCKS_DIFFER: Final = timedelta(seconds=5)


def certify(
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="Name of the partner.")],
    *,
    run: Annotated[bool, typer.Option("--run", help="Send samples as the partner, all synthetic.")] = False,
    via: Annotated[Way, typer.Option(help="With --run: to the inbox topics, or through the door.")] = Way.KAFKA,
    token_file: TokenFile = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="Without --run: look back so many days.")] = 30,
    wait: Annotated[float, typer.Option(min=0, help="Without --run: look again for so many seconds.")] = 0.0,
    output: Annotated[
        Path | None, typer.Option(help="The report; the page stands beside it. Else build/certify-PARTNER.json.")
    ] = None,
    stack: StackName = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Hold what a partner has sent against the list of what it must have met: events, modes, corrections, refusals.

    Writes the report as JSON and as a page. Exit 1: not everything has passed.

    Example: footing certify acme --days 7
    """
    settings = settings_for(stack)
    known = next((one for one in Registry(settings).all() if one.name == partner), None)
    if known is None:
        typer.echo(f"There is no partner {partner}. See: footing partner list", err=True)
        raise typer.Exit(1)
    if run:
        opened = publisher(partner, via, kafka=settings.kafka_connection, stack=stack, token_file=token_file)
        report = asyncio.run(_ran(settings, known, opened))
    else:
        report = _watched(settings, known, timedelta(days=days), wait)
    page = report.write(output or Path("build") / f"certify-{partner}.json")
    if as_json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        _show(report, page)
    if not report.passed:
        raise typer.Exit(1)


def _watched(settings: ServiceSettings, partner: Partner, back: timedelta, seconds: float) -> Report:
    """What the partner has sent; looked at again until all has passed or the time is over."""
    since, until = datetime.now(UTC) - back, time.monotonic() + seconds
    while True:
        seen = asyncio.run(gather(settings, partner.name, since))
        report = _report(partner, seen, since, ran=False)
        if report.passed or time.monotonic() > until:
            return report
        time.sleep(_LOOK_EVERY_SECONDS)


async def _ran(settings: ServiceSettings, partner: Partner, to: Publisher) -> Report:
    """What came of the samples that were sent as the partner."""
    since, reference = datetime.now(UTC) - _CLOCKS_DIFFER, register.load()
    running = Run(to, partner, scheme_for(partner, load(), reference), reference)
    try:
        async with to:
            await running.all()
    except OSError as error:
        raise Missing(f"Nothing could be sent: {error}.", "Does everything run? See: footing status") from None
    until = time.monotonic() + _SETTLE_SECONDS
    while True:
        seen = await gather(settings, partner.name, since, frozenset(running.ids))
        if isinstance(to, HttpPublisher):
            seen.refused += running.refused
            seen.taken_by_door |= running.taken
        report = _report(partner, seen, since, ran=True)
        if report.passed or time.monotonic() > until:
            return report
        await asyncio.sleep(_LOOK_EVERY_SECONDS)


def _report(partner: Partner, seen: Evidence, since: datetime, *, ran: bool) -> Report:
    return Report(partner.name, datetime.now(UTC), since, ran, results(partner, seen))


def _show(report: Report, page: Path) -> None:
    console = tables.console()
    table = tables.table("what", "passed", "by, or what to do")
    table.columns[2].overflow = "fold"
    for item in report.items:
        proof = item.proof
        said = item.to_do or (proof and (proof.event_id or f"{proof.at:%Y-%m-%d %H:%M:%S}")) or ""
        table.add_row(item.title, "yes" if item.passed else "not yet", said)
    console.print(table)
    done = sum(item.passed for item in report.items)
    console.print(f"{report.partner}: {done} of {len(report.items)} passed. The page: {page}")
