"""Pages about the figures: methods and definitions, downloads, changes and corrections, accessibility."""

from fastapi import APIRouter, HTTPException, Request, Response

from outcomes_service.dashboard.layout import PUBLIC_SECTIONS, NotHere, answered
from outcomes_service.dashboard.public import definition_of, page
from outcomes_service.dashboard.reading import Reader
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.definitions import DEFINITIONS
from outcomes_service.releases.profiles import PROFILES


def routes(known: Known, reader: Reader) -> APIRouter:
    """Every public page without figures."""
    router = APIRouter()
    pages = _Pages(known, reader)
    for path, answer in {
        "/methods": pages.methods,
        "/downloads": pages.downloads,
        "/changes": pages.changes,
        "/accessibility": pages.accessibility,
    }.items():
        router.add_api_route(path, answered(answer), methods=["GET"], response_model=None, include_in_schema=False)
    return router


def nowhere() -> APIRouter:
    """What answers at every other address: to be included last."""
    router = APIRouter()
    router.add_api_route(
        "/{path:path}", answered(_nowhere), methods=["GET"], response_model=None, include_in_schema=False
    )
    return router


async def _nowhere(request: Request) -> Response:
    if request.url.path.startswith("/api/"):
        raise HTTPException(404)
    raise NotHere("There is no such page", "The address may be mistyped, or the page has moved.", PUBLIC_SECTIONS)


class _Pages:
    def __init__(self, known: Known, reader: Reader) -> None:
        self._known, self._reader = known, reader

    async def methods(self, request: Request) -> Response:
        """How it is counted, and what everything means."""
        reading = await self._reader.reading(request)
        measures = [definition_of(name, self._known, reading) for name in self._known.measures]
        return page(
            "public/methods.html",
            request,
            reading,
            here="/methods",
            successes=DEFINITIONS,
            profiles=PROFILES.values(),
            measures=measures,
            register_as_of=self._known.register.as_of,
        )

    async def downloads(self, request: Request) -> Response:
        """Everything that can be fetched by machines."""
        return page("public/downloads.html", request, await self._reader.reading(request), here="/downloads")

    async def changes(self, request: Request) -> Response:
        """Every release that went out, what it corrects, and what was withdrawn."""
        return page("public/changes.html", request, await self._reader.reading(request))

    async def accessibility(self, request: Request) -> Response:
        """How well everybody can use these pages."""
        return page("public/accessibility.html", request, None)
