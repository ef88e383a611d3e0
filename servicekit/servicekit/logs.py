"""One canonical line a batch and a refused event, on standard output: JSON unless a person watches a terminal."""

import logging
import sys
from typing import Any, Final

import structlog

_STAMPS: Final = (structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True))


def configure(log_format: str) -> None:
    """Set up structlog once, at the start of a process. Warnings of libraries come out in the same form."""
    console = log_format == "console" or (log_format == "auto" and sys.stdout.isatty())
    renderer = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_STAMPS, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    of_libraries = logging.StreamHandler(sys.stdout)
    of_libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_STAMPS],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_texts, renderer],
        )
    )
    logging.basicConfig(handlers=[of_libraries], level=logging.WARNING, force=True)


def _without_texts(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Of an exception only its type: its text and its traceback may hold values."""
    raised = event.pop("exc_info", None)
    return event if not raised else {**event, "cause": raised[0].__name__}
