"""Programs that run beside the walk and end with it, however it ends."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_WITH_PARENT: Final = ("setpriv", "--pdeathsig", "KILL")  # of the same package as `unshare`
_END_SECONDS: Final = 10.0


@contextmanager
def child(
    line: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> "Iterator[subprocess.Popen[bytes]]":
    """A process, until the block ends; what it says stands in `log`."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            (*_WITH_PARENT, *line),
            env=dict(environment or os.environ),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
