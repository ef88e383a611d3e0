"""What a handler raises is a bug of ours: it becomes an answer, so that one record or document stops no other."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def tried(call: Callable[..., T], *arguments: Any) -> T | Exception:
    """What the call gives, or the exception it raised: the one try/except around handling in the whole system."""
    try:
        return call(*arguments)
    except Exception as bug:
        return bug
