"""Where the pages of the contract stand. Whoever asks is told: the contract is nobody's secret."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from fastapi import APIRouter, HTTPException, Response

from contracts.files import folder
from door_service.contract.pages import CSS, HTML, Rendered, pages
from door_service.contract.source import read
from door_service.openapi.described import Responses, problems
from servicekit.unfit import Unfit

_SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "max-age=300",
}
_SAID: Final[Responses] = {
    200: {"description": "The page or file", "content": {kind: {"schema": {"type": "string"}} for kind in (HTML, CSS)}}
}


def contract_routes() -> APIRouter:
    """The routes of the contract. Raises `Unfit` if its files are not here: better at start than when asked."""
    try:
        files = folder()
    except FileNotFoundError as missing:
        raise Unfit(str(missing)) from None
    api = APIRouter(prefix="/contract", tags=["contract"])

    @cache
    def known() -> Mapping[str, Callable[[], Rendered]]:
        return pages(read(files))

    @cache
    def rendered(path: str) -> Rendered:
        return known()[path]()

    def answer(path: str) -> Response:
        kind, text = rendered(path)
        return Response(text, media_type=kind, headers=_SAFE)

    # Not asynchronous: the first of each page is made beside the loop that others wait for.
    @api.get("", response_class=Response, responses=_SAID, operation_id="contract")
    def start() -> Response:
        """The contract as pages: events, reason codes, receipts, changes."""
        return answer("")

    @api.get("/{page:path}", response_class=Response, responses=_SAID | problems([404]), operation_id="contractPage")
    def page(page: str) -> Response:
        """One page of the contract, a schema, or an example; the start page links to all."""
        if page not in known():
            raise HTTPException(404)
        return answer(page)

    return api
