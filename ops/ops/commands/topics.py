"""`footing topics`: what stands in Kafka, and whether it is set up as the contract wants."""

import json
from dataclasses import asdict
from pathlib import Path

import typer
from aiokafka.errors import KafkaError
from rich.table import Table
from rich.text import Text

from ops import localstack, tables
from ops.commands.options import AsJson, StackName
from ops.connection import kafka_connection, no_answer
from ops.standing import showing
from ops.standing.topics import TopicRow, topics_of

_MB = 1_000_000


def topics(stack: StackName = "dev", as_json: AsJson = False) -> None:
    """List the topics: partitions, records, size on disk, how long kept, whether set up as the contract wants, readers.

    Records are those that the topic holds now, repeats among them. Exit code 1: one is not as the contract wants.

    Example: footing topics --stack demo
    """
    kafka = kafka_connection(stack)
    try:
        rows = topics_of(kafka, _data_of(stack, kafka["bootstrap_servers"]))
    except KafkaError as error:
        raise no_answer(error) from None
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        tables.console().print(_table(rows))
    if any(row.problem for row in rows):
        raise typer.Exit(1)


def _data_of(name: str, kafka_url: str) -> Path | None:
    """Where the broker keeps its files, if it is a child process of this machine."""
    found = localstack.find(name)
    part = found.known.part("kafka") if found else None
    return Path(part.data) if part and part.data and part.url == kafka_url else None


def _table(rows: list[TopicRow]) -> Table:
    made = tables.table("topic", right=("partitions", "records", "MB"))
    for name in ("kept", "read by", "set up"):
        made.add_column(name, overflow="fold")
    for row in rows:
        size = "-" if row.bytes is None else f"{row.bytes / _MB:,.1f}"
        kept = "for ever" if row.kept_days is None else f"{row.kept_days:g} days"
        state = Text(row.problem, style="bold red") if row.problem else showing.word("as the contract wants")
        made.add_row(
            row.topic, str(row.partitions), f"{row.records:,}", size, kept, ", ".join(row.readers) or "-", state
        )
    return made
