"""A bug in one handler: a session of three quarters of an hour divides by nought."""

from typing import Any


def plant(_service: str) -> None:
    """Break it in this process of the case service."""
    from case_service import handlers  # noqa: PLC0415  only the life that is to have the bug knows it

    right = handlers.with_session

    def wrong(case: Any, event: Any) -> Any:
        return right(case, event) if event.data.minutes % 45 else 1 // (event.data.minutes % 45)

    handlers.with_session = wrong
