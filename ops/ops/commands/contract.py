"""`footing contract`: what the contract of this installation says, as tables or JSON."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from contracts.reasons import REASONS
from contracts.topics import CANONICAL_TOPICS, GATES, types_on

contract = typer.Typer(help="Show what the contract says.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contract.command("list")
def list_events(as_json: AsJson = False) -> None:
    """List the event types, the topic of each, the gate that decides on it, and whether partners publish it.

    Example: footing contract list
    """
    rows = _events()
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = Table("event type", "topic", "gate", "from partners", box=SIMPLE)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for row in rows:
        table.add_row(row["type"], row["topic"], row["gate"] or "-", "yes" if row["inbox"] else "no")
    Console(markup=False).print(table)


@contract.command()
def reasons(as_json: AsJson = False) -> None:
    """List the reason codes of refusals: who finds it (the record alone, which is what `footing check` can say; a gate;
    the door), the field paths that come with it, what it means and what to do. JSON adds the HTTP status at the door.

    Example: footing contract reasons
    """
    if as_json:
        print(json.dumps([asdict(reason) for reason in REASONS.values()], indent=2))
        return
    table = Table("reason", "found by", "field", "meaning", "what to do", box=SIMPLE)
    table.columns[0].no_wrap = True
    for reason in REASONS.values():
        fields = "\n".join(reason.fields)
        table.add_row(reason.code, reason.found, fields, reason.meaning, reason.remedy)
    Console(markup=False).print(table)


def _events() -> list[dict[str, Any]]:
    return [
        {
            "topic": topic,
            "type": name,
            "gate": GATES.get(topic),
            "inbox": f"inbox.<partner>.{topic}" if topic in GATES else None,
        }
        for topic in CANONICAL_TOPICS
        for name in types_on(topic)
    ]
