"""What a client is told when a request is declined."""

from typing import Final

from fastapi.responses import JSONResponse

from door_service.domain import Declined
from servicekit.problems import PROBLEM_JSON, problem_json

_CHALLENGE: Final = "Bearer"


def answer(declined: Declined, *, hang_up: bool = False) -> JSONResponse:
    """The problem. `hang_up`: what is left of the body is not read, so nothing can follow on the connection."""
    body = problem_json(declined.status, declined.problem)
    return JSONResponse(body, declined.status, headers=headers(declined, hang_up=hang_up), media_type=PROBLEM_JSON)


def headers(declined: Declined, *, hang_up: bool) -> dict[str, str]:
    """What goes with the problem, in whatever form the body says it."""
    told = {}
    if declined.status == 401:
        told["WWW-Authenticate"] = _CHALLENGE
    if declined.retry_after_seconds is not None:
        told["Retry-After"] = str(declined.retry_after_seconds)
    if hang_up:
        told["Connection"] = "close"
    return told
