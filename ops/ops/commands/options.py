"""Options that several commands have, said once."""

from typing import Annotated

import typer

StackName = Annotated[str, typer.Option("--stack", help="Stack to use where KAFKA_URL and MONGO_URL are not set.")]
Why = Annotated[str, typer.Option("--why", help="Why, for the audit log. No personal data.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
