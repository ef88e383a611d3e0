"""The head of a request: bounded, and what can be said once is said once."""

from typing import Final

from fastapi import Request

from contracts.envelope import Problem
from door_service.domain import Declined
from servicekit.listening import HEAD_TOO_LARGE, LARGEST_HEAD_BYTES, NO_REQUEST

ONCE: Final = frozenset({b"authorization", b"content-type", b"content-encoding"})
_LENGTHS: Final = {b"content-length", b"transfer-encoding"}


def check(request: Request) -> None:
    """Raise `Declined` for a head that is too large, or of which two readers could understand two things."""
    scope, seen = request.scope, set()
    size = len(scope["raw_path"]) + len(scope["query_string"])
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name in seen and name in ONCE:
            raise Declined(400, Problem("header_repeated", name.decode(), "one value"))
        seen.add(name)
    if size > LARGEST_HEAD_BYTES:  # it came in one piece, before the parser asked for more
        raise Declined(431, HEAD_TOO_LARGE)
    if seen >= _LENGTHS:  # a proxy before us may believe the other one
        raise Declined(400, NO_REQUEST)
