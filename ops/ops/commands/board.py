"""`footing board`: the operators' board, as pages."""

from typing import Annotated

import typer

from ops import localstack
from ops.board.settings import BoardSettings
from ops.commands.options import StackName
from ops.errors import Missing
from ops.standing.asking import Installation, named


def board(
    port: Annotated[int | None, typer.Option(help="Port, else HTTP_PORT, else 8105.", min=0, max=65535)] = None,
    stack: StackName = "dev",
) -> None:
    """Run the operators' board until Ctrl-C: how everything stands, live, and what operators do about it.

    It looks at KAFKA_URL, MONGO_URL and the services by REFERRAL_URL, CASE_URL, OUTCOMES_URL, NOTIFY_URL and DOOR_URL,
    else at a stack of this machine; further settings are those of every service (HTTP_HOST, DATABASE_PREFIX, ...).
    Who comes in: footing staff add NAME --operator.

    Example: footing board --port 8105
    """
    from ops.board.app import run  # pages and their templates cost half a second

    installation, settings = where(stack, port)
    print(f"The board is at http://{settings.http_host}:{settings.http_port}/board", flush=True)
    run(installation, settings)


def where(stack: str, port: int | None) -> tuple[Installation, BoardSettings]:
    """What the board looks at, and its settings. Raises `Missing`."""
    installation = named(stack, localstack.all_stacks(say=lambda _: None))
    if installation.settings is None:
        raise Missing("KAFKA_URL and MONGO_URL are not set.", "The board needs both.")
    settings = BoardSettings(kafka_url=installation.settings.kafka_url, mongo_url=installation.settings.mongo_url)
    return installation, settings if port is None else settings.model_copy(update={"http_port": port})
