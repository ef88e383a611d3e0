"""`footing restore`: databases as they were at a backup; services then catch up from the topics."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from ops.audit import audited
from ops.backup.erasing import NotErased
from ops.backup.folder import NotABackup, read
from ops.backup.restoring import MayNot, Restored, Wishes
from ops.backup.restoring import restore as restored_from
from ops.commands.backup import Services, chosen, say
from ops.commands.options import AsJson, StackName
from ops.connection import no_answer, settings_for
from ops.errors import Missing
from servicekit import logs
from servicekit.unfit import Unfit


def restore(
    folder: Annotated[Path, typer.Argument(help="What `footing backup` made.", exists=True, file_okay=False)],
    *,
    service: Services = None,
    replace: Annotated[bool, typer.Option("--replace", help="Throw away what the databases hold now.")] = False,
    despite_gaps: Annotated[
        bool, typer.Option("--despite-gaps", help="Also where Kafka no longer has all that was said since.")
    ] = False,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Bring databases back from a backup, apply every erasure since, and leave the rest to the services.

    Services must be stopped. All is checked and made ready aside; only then is anything replaced. Exit 1: it may not be
    restored, and why.

    Example: footing restore /backups/2026-03-31
    """
    settings = settings_for(stack)
    logs.beside_the_answer()
    services = chosen(service) if service else ()
    try:
        manifest = read(folder)
        if absent := [name for name in services if name not in manifest.databases]:
            raise NotABackup(f"{folder} holds nothing of {', '.join(absent)}.")
        wishes = Wishes(services, replace, despite_gaps)
        with audited(settings, f"restore {folder}") as entry:
            done = asyncio.run(restored_from(settings, folder, manifest, wishes, say))
            entry.after = {"as_of": done.as_of, "databases": done.databases, "documents": done.documents}
    except NotABackup as why:
        raise Missing(str(why), "Name a folder that `footing backup` said it had made.") from None
    except MayNot as why:
        say(str(why))
        raise typer.Exit(1) from None
    except NotErased as why:
        raise Missing(f"An erasure could not be applied ({why}): nothing was replaced.", "Mend that first.") from None
    except Unfit as why:
        raise Missing(f"{why}.", "See: footing doctor") from None
    except (KafkaError, PyMongoError) as away:
        raise no_answer(away) from None
    except KeyboardInterrupt:
        say("Stopped.")
        raise typer.Exit(1) from None
    if as_json:
        print(json.dumps(asdict(done) | {"as_of": done.as_of.isoformat()}, indent=2))
        return
    for line in _told(done):
        print(line)


def _told(done: Restored) -> list[str]:
    told = [
        f"Restored {', '.join(done.databases)} as of {done.as_of:%Y-%m-%d %H:%M:%S} UTC: {done.documents:,} documents.",
        f"Applied {done.erasures:,} erasures; kept {done.names_kept:,} names of people and {done.refusals_kept:,} "
        "refusals that were given since.",
        f"{done.behind:,} records are left to read: start the services, and once they have caught up: footing verify",
    ]
    if done.gaps:
        told.append(f"Gone, and never to be decided again: {'; '.join(done.gaps)}.")
    if done.unknown:
        told.append(
            f"Not registered at the backup: {', '.join(done.unknown)}. Add them again before the services start."
        )
    return told
