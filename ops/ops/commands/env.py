"""`footing env`: how kcat, mongosh or a script joins a stack."""

import json
import shlex
from typing import Annotated

import typer

from ops import localstack
from ops.commands.options import AsJson
from ops.errors import Missing


def env(
    name: Annotated[str, typer.Option(help="Name of the stack.")] = "dev",
    as_json: AsJson = False,
) -> None:
    """Print KAFKA_URL and MONGO_URL as shell exports, and DOOR_URL and DASHBOARD_URL where the services run.

    Example: eval "$(footing env --name demo)"
    """
    stack = localstack.find(name)
    if stack is None:
        raise Missing(f"Stack {name} is not up.", f"Start it with: footing up --name {name}")
    values = {"KAFKA_URL": stack.kafka_url, "MONGO_URL": stack.mongo_url, **stack.known.urls}
    if as_json:
        print(json.dumps(values, indent=2))
    else:
        print("\n".join(f"export {key}={shlex.quote(value)}" for key, value in values.items()))
