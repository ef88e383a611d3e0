"""`footing contract`: what the contract of this installation says, and whether it keeps what was released."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from contracts.reasons import REASONS
from contracts.topics import CANONICAL_TOPICS, GATES, types_on
from ops import tables
from ops.commands.options import AsJson

contract = typer.Typer(help="Show what the contract says; hold it against what was released.", no_args_is_help=True)


@contract.command("list")
def list_events(as_json: AsJson = False) -> None:
    """List the event types, the topic of each, the gate that decides on it, and whether partners publish it.

    Example: footing contract list
    """
    rows = _events()
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    table = tables.table("event type", "topic", "gate", "from partners")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for row in rows:
        table.add_row(row["type"], row["topic"], row["gate"] or "-", "yes" if row["inbox"] else "no")
    tables.console().print(table)


@contract.command()
def reasons(as_json: AsJson = False) -> None:
    """List the reason codes of refusals: who finds it (the record alone, which is what `footing check` can say; a gate;
    the door), the field paths that come with it, what it means and what to do. JSON adds the HTTP status at the door.

    Example: footing contract reasons
    """
    if as_json:
        print(json.dumps([asdict(reason) for reason in REASONS.values()], indent=2))
        return
    table = tables.table("reason", "found by", "field", "meaning", "what to do")
    table.columns[0].no_wrap = True
    for reason in REASONS.values():
        fields = "\n".join(reason.fields)
        table.add_row(reason.code, reason.found, fields, reason.meaning, reason.remedy)
    tables.console().print(table)


@contract.command()
def diff(
    base: Annotated[str | None, typer.Argument(help="A released version; the newest if none is given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the models of this working tree keep what a released contract promised. Exit 1 if not, or undecided.

    Each event is judged twice. As strict gate: is all that a partner may write by the released contract still taken?
    As tolerant reader: is all that is written now understood by released readers, and the old log by new ones? What
    breaks is shown by a counter-example, with whom it breaks.

    Example: footing contract diff
    """
    from ops import releases

    report = releases.diff(base)
    if as_json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        releases.show(report)
    raise typer.Exit(0 if report.compatible else 1)


@contract.command()
def release(
    version: Annotated[str, typer.Argument(help="Such as 1.2.0, later than all that there are.")],
    judged: Annotated[str, typer.Option(help="Why what is undecided breaks nobody; kept in the release.")] = "",
) -> None:
    """Keep the contract of this working tree as a release, which later ones are held against.

    What breaks somebody is released only under a new first number; what is undecided only with --judged.

    Example: footing contract release 1.2.0 --judged "better words for two codes"
    """
    from ops import releases

    releases.release(version, judged)


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
