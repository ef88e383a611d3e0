"""What a handler raises is a bug of ours: it becomes an answer, so that one record or document stops no other."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any, TypeVar

T = TypeVar("T")


def tried(call: Callable[..., T], *arguments: Any) -> T | Exception:
    """What the call gives, or the exception it raised: the one try/except around handling in the whole system."""
    try:
        return call(*arguments)
    except Exception as bug:
        return bug


def place_of(bug: BaseException) -> str:
    """File and line where it was raised; never its text, which may carry values."""
    at = bug.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{PurePath(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else ""
