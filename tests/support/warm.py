"""Services as processes forked from one that has imported them all: a start takes no import, which costs seconds."""

import importlib
import os
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from ops.services import SERVICES
from servicekit.service import run

_WARM: Final = get_context("forkserver")
_WARM.set_forkserver_preload(  # pytest too: a child imports the script that its parent was started by
    ["pytest", "ops.services", "servicekit.service", "uvicorn.protocols.http.auto"]
    + [f"{name}_service.app" for name in SERVICES]
)


def start(service: str, environment: Mapping[str, str], log: Path) -> BaseProcess:
    """Start the service with exactly this environment; what it prints is appended to the log."""
    process = _WARM.Process(target=_live, args=(service, dict(environment), str(log)), daemon=True)
    process.start()
    return process


def _live(service: str, environment: dict[str, str], log: str) -> None:
    """This process is the service now: what `python -m <service>` does."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.environ.clear()
    os.environ.update(environment)
    run(importlib.import_module(f"{service}_service.app").build)
