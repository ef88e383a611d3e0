"""One canonical line a batch and a refused event, on standard output: JSON unless a person watches a terminal.

Where something is traced, a line has `trace_id` and `span_id`: of the batch, the request or the event that it is about.
"""

import logging
import sys
import time
from typing import Any, Final

import structlog

_STAMPS: Final = (structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True))

_AGAIN_SECONDS: Final = 10.0


class Repeated(logging.Filter):
    """Lets a library say the same thing, whatever the values in it, once in ten seconds.

    While Kafka is away each of a client's tasks says so at every try; the first to say it is enough.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int], float] = {}  # by place in the code: as many as there are lines that log

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it was not said lately."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._said.get(place, -_AGAIN_SECONDS) < _AGAIN_SECONDS:
            return False
        self._said[place] = now
        return True


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
            foreign_pre_chain=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_logger_name, *_STAMPS],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _without_texts, renderer],
        )
    )
    of_libraries.addFilter(Repeated())
    logging.basicConfig(handlers=[of_libraries], level=logging.WARNING, force=True)


def beside_the_answer() -> None:
    """Log to what is standard error at that moment: what a command prints is its answer alone."""
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


def _without_texts(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Of an exception only its type: its text and its traceback may hold values."""
    raised = event.pop("exc_info", None)
    return event if not raised else {**event, "cause": raised[0].__name__}
