"""`/stories` and a page for each published source."""

from typing import Final

from fastapi import APIRouter, Request, Response

from outcomes_service.dashboard.layout import NotHere, answered
from outcomes_service.dashboard.naming import Names
from outcomes_service.dashboard.public import page
from outcomes_service.dashboard.reading import Reader
from outcomes_service.dashboard.stories.told import story
from outcomes_service.indicators.catalogue import Known
from schemes.published import Source

HERE: Final = "/stories"


def routes(known: Known, reader: Reader, sources: tuple[Source, ...]) -> APIRouter:
    """The list of stories, and a page a source."""
    router = APIRouter()
    pages = _Pages(known, reader, sources)
    for path, answer in {HERE: pages.stories, HERE + "/{story_id}": pages.story}.items():
        router.add_api_route(path, answered(answer), methods=["GET"], response_model=None, include_in_schema=False)
    return router


class _Pages:
    def __init__(self, known: Known, reader: Reader, sources: tuple[Source, ...]) -> None:
        self._names, self._reader = Names(known), reader
        self._sources = {source.id: source for source in sources}

    async def stories(self, request: Request) -> Response:
        """The list of published sources."""
        reading = await self._reader.reading(request)
        return page("public/stories.html", request, reading, here=HERE, sources=self._sources.values())

    async def story(self, request: Request) -> Response:
        """One source: its figures beside those of events, exact and protected."""
        source = self._sources.get(request.path_params["story_id"])
        if source is None:
            choices = [(f"{HERE}/{each.id}", each.title) for each in self._sources.values()]
            raise NotHere("There is no such story", "No published source of this name is told here.", choices)
        exact = await self._reader.newest(request, exact=True)
        protected = await self._reader.newest(request, exact=False)
        told = story(source, exact, protected, self._names)
        return page("public/story.html", request, None, here=HERE, story=told)
