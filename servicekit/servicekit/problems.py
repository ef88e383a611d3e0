"""How a service says over HTTP what is wrong: problem+json (RFC 9457) with our reason code; never what was sent."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from contracts.envelope import Problem
from contracts.reasons import REASONS

PROBLEM_JSON: Final = "application/problem+json"
OF_THE_ROUTER: Final = {
    404: Problem("path_unknown", "request", "a path of the service"),
    405: Problem("method_unknown", "request", "a method that the path has"),
}
_ROUTERS_WORDS: Final = ("Not Found", "Method Not Allowed")
_FAULT: Final = Problem("fault", "request", "an answer")


def problem_json(status: int, problem: Problem) -> dict[str, Any]:
    """A problem as RFC 9457 has it, with the reason code, the field, what was expected and what to do."""
    reason = REASONS[problem.code]
    return {
        "type": f"urn:footing:reason:{problem.code}",
        "title": reason.meaning,
        "status": status,
        "code": problem.code,
        "field": problem.field,
        "expected": problem.expected,
        "remedy": reason.remedy,
        "detail": f"{problem.field}: expected {problem.expected}.",
    }


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer that says so, with the status of its reason."""
    status = REASONS[problem.code].status
    return JSONResponse(problem_json(status, problem), status, headers=headers, media_type=PROBLEM_JSON)


async def on_no_route(_request: Request, error: HTTPException) -> JSONResponse:
    """No such path, or another method. A service that says in words of its own what is not there keeps them."""
    told = problem_json(error.status_code, OF_THE_ROUTER[error.status_code])
    if error.detail not in _ROUTERS_WORDS:
        told |= {"detail": error.detail}
    return JSONResponse(told, error.status_code, headers=error.headers, media_type=PROBLEM_JSON)


async def on_bug(_request: Request, _error: Exception) -> JSONResponse:
    """A bug of ours: the log says of which kind, the client that it is not theirs."""
    return problem_response(_FAULT)
