"""One canonical line a batch and a refused event, on standard output: JSON unless a person watches a terminal."""

import logging
import sys

import structlog


def configure(log_format: str) -> None:
    """Set up structlog once, at the start of a process."""
    console = log_format == "console" or (log_format == "auto" and sys.stdout.isatty())
    renderer = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
