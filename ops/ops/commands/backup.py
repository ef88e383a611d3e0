"""`footing backup`: a copy of the databases as of one moment."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from ops.audit import audited
from ops.backup.folder import Manifest
from ops.backup.taking import take
from ops.commands.options import AsJson, StackName
from ops.connection import no_answer, settings_for
from ops.errors import Missing
from ops.services import SERVICES

Services = Annotated[
    list[str] | None, typer.Option("--service", help=f"Only this one ({', '.join(SERVICES)}); again for more.")
]


def backup(
    folder: Annotated[Path, typer.Argument(help="Where to; it is made, and must not be there yet.")],
    service: Services = None,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Copy the databases with their positions, all as of one moment, while services run.

    Topics are not in it: they are what a restored system catches up from. It holds pseudonymous data of people; keep it
    as you keep the databases.

    Example: footing backup /backups/2026-03-31
    """
    services, settings = chosen(service), settings_for(stack)
    if folder.exists():
        raise typer.BadParameter(f"{folder} is there already: a backup is never written over", param_hint="FOLDER")
    if not folder.parent.is_dir():
        raise typer.BadParameter(f"{folder.parent} is no folder", param_hint="FOLDER")
    try:
        with audited(settings, f"backup {folder}") as entry:
            manifest = asyncio.run(take(settings, folder, services, say))
            entry.after = {"as_of": manifest.as_of, "databases": manifest.databases, "documents": manifest.documents}
    except (KafkaError, PyMongoError) as away:
        raise no_answer(away) from None
    except OSError as error:
        raise Missing(f"{folder} cannot be written: {error.strerror or error}.", "Nothing was left of it.") from None
    except KeyboardInterrupt:
        say("Stopped: nothing is left of it.")
        raise typer.Exit(1) from None
    if as_json:
        print(json.dumps(about(folder, manifest), indent=2))
        return
    print(
        f"{folder}: {manifest.documents:,} documents of {len(manifest.databases)} databases, "
        f"{manifest.bytes / 1e6:.1f} MB, as of {manifest.as_of:%Y-%m-%d %H:%M:%S} UTC."
    )
    print("It holds pseudonymous data of people: keep it where only those can read it who may read the databases.")


def say(text: str) -> None:
    """What is told beside the answer."""
    print(text, file=sys.stderr)


def about(folder: Path, manifest: Manifest) -> dict[str, object]:
    """A backup as programs are told of it."""
    return {
        "folder": str(folder),
        "as_of": manifest.as_of.isoformat(),
        "databases": manifest.databases,
        "documents": manifest.documents,
        "bytes": manifest.bytes,
    }


def chosen(services: list[str] | None) -> tuple[str, ...]:
    """The services that were named, or all."""
    for name in services or ():
        if name not in SERVICES:
            raise typer.BadParameter(f"{name} is none of {', '.join(SERVICES)}", param_hint="--service")
    return tuple(services or SERVICES)
