"""What nobody caught or waited for. Python and asyncio would show it with its text, which may hold values."""

import asyncio
from types import TracebackType
from typing import Any

import structlog

from servicekit.tried import place_of

log = structlog.get_logger()


def unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The exception handler of a service's event loop: of which kind and where, never the text."""
    bug = context.get("exception")
    if bug is None:
        log.error("event_loop", about=context["message"])
    else:
        log.error("unhandled", cause=type(bug).__name__, where=place_of(bug))


def ended_by(kind: type[BaseException], bug: BaseException, _trace: TracebackType | None) -> None:
    """What ends a process: `sys.excepthook` of a service."""
    log.critical("ended_by_a_bug", cause=kind.__name__, where=place_of(bug))
