"""What a client is told when a request is declined."""

from typing import Final

from fastapi.responses import JSONResponse

from door_service.domain import Declined
from servicekit.problems import PROBLEM_JSON, problem_json

_CHALLENGE: Final = "Bearer"


def answer(declined: Declined, *, hang_up: bool = False) -> JSONResponse:
    """The problem. `hang_up`: what is left of the body is not read, so nothing can follow on the connection."""
    headers = {}
    if declined.status == 401:
        headers["WWW-Authenticate"] = _CHALLENGE
    if declined.retry_after_seconds is not None:
        headers["Retry-After"] = str(declined.retry_after_seconds)
    if hang_up:
        headers["Connection"] = "close"
    body = problem_json(declined.status, declined.problem)
    return JSONResponse(body, declined.status, headers=headers, media_type=PROBLEM_JSON)
