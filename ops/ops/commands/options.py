"""Options that several commands have, said once."""

from typing import Annotated

import typer

StackName = Annotated[str, typer.Option("--stack", help="Stack to use where KAFKA_URL and MONGO_URL are not set.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
