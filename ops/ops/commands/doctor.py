"""`footing doctor`: is everything as the services need it, and what to do where it is not."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import typer
from rich.text import Text

from ops import localstack, tables
from ops.commands.options import AsJson, StackName
from ops.connection import settings_given
from ops.doctor import here, kafka, mongodb
from ops.doctor.finding import Finding
from ops.main import EXIT_MISSING
from servicekit.settings import ServiceSettings


def doctor(stack: StackName = "dev", as_json: AsJson = False) -> None:
    """Look at settings, secrets, versions, Kafka, topics, MongoDB, indexes, clock, memory and disk. Changes nothing.

    Exit 1: something is not as it must be, and what to do stands beside it. Exit 3: Kafka or MongoDB does not answer.

    Example: footing doctor --json
    """
    settings, known = settings_given(stack), localstack.find(stack)
    folder = known.known.folder if known else Path()
    findings = [*here.look(settings, folder), *asyncio.run(_of_parts(settings))]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings)
    if any(finding.away for finding in findings):
        raise typer.Exit(EXIT_MISSING)
    if not all(finding.fine for finding in findings):
        raise typer.Exit(1)


async def _of_parts(settings: ServiceSettings) -> list[Finding]:
    return [finding for part in (kafka, mongodb) async for finding in part.look(settings)]


def _show(findings: list[Finding]) -> None:
    table = tables.table("", "where", "what", "said")
    for finding in findings:
        state = Text("fine") if finding.fine else Text("NOT", style="bold red")
        table.add_row(
            state, finding.where, finding.what, f"{finding.said}. {finding.do}" if finding.do else finding.said
        )
    tables.console().print(table)
    wrong = sum(not finding.fine for finding in findings)
    print(f"{wrong} of {len(findings)} are not as they must be." if wrong else f"All {len(findings)} are fine.")
