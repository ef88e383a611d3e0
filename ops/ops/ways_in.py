"""The two ways in for partners, as a command that speaks for one of them opens them."""

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.publishing.over_http import HttpPublisher
from contracts.publishing.over_kafka import KafkaPublisher
from contracts.publishing.publisher import Publisher
from ops.connection import door_url
from ops.errors import Missing

TOKEN: Final = "FOOTING_TOKEN"  # noqa: S105  the name of the variable
TokenFile = Annotated[
    Path | None, typer.Option(help=f"A file that holds the token for the door, else {TOKEN}.", exists=True)
]


class Way(StrEnum):
    """The two ways in for partners."""

    KAFKA = "kafka"
    HTTP = "http"


def publisher(
    partner: str, via: Way, *, kafka: Callable[[], dict[str, Any]], stack: str, token_file: Path | None
) -> Publisher:
    """A publisher of the partner, not open yet. `kafka` gives what aiokafka's clients are given. Raises `Missing`."""
    if via is Way.KAFKA:
        connection = kafka()
        return KafkaPublisher(connection.pop("bootstrap_servers"), partner=partner, **connection)
    return HttpPublisher(door_url(stack), partner=partner, token=_token(token_file))


def _token(file: Path | None) -> str:
    token = file.read_text(encoding="utf-8").strip() if file else os.environ.get(TOKEN, "")
    if not token:
        raise Missing("The door asks for the partner's token.", f"Give --token-file, or set {TOKEN}.")
    return token
