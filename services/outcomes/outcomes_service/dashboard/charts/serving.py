"""Charts at addresses: `/charts/<release>/<what>.svg`, and the same with `-narrow` for telephones.

What a release says never changes, so a chart is drawn once and kept, and readers may keep it for a while.
"""

import asyncio
from collections import OrderedDict
from typing import Final

from fastapi import APIRouter, Request, Response

from outcomes_service.dashboard.charts.choosing import Charts
from outcomes_service.dashboard.charts.pictures import CHARTS, NARROW, Picture
from outcomes_service.dashboard.layout import NotHere, answered
from outcomes_service.dashboard.naming import Names
from outcomes_service.dashboard.reading import Reader, Reading
from outcomes_service.indicators.catalogue import Known

_KEPT: Final = 300  # charts kept in memory, some 10 kB each
_SAFE: Final = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}


def routes(known: Known, reader: Reader) -> APIRouter:
    """Every chart of every published release."""
    router = APIRouter()
    served = _Served(Names(known), reader)
    path = CHARTS + "/{release}/{chart:path}.svg"
    router.add_api_route(path, answered(served.chart), methods=["GET"], response_model=None, include_in_schema=False)
    return router


class _Served:
    def __init__(self, names: Names, reader: Reader) -> None:
        self._names, self._reader = names, reader
        self._drawn: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    async def chart(self, request: Request) -> Response:
        """One chart."""
        reading = await self._reader.named(request, request.path_params["release"])
        wanted: str = request.path_params["chart"]
        key = (reading.release.content_hash, wanted)
        if key not in self._drawn:
            picture = self._find(reading, wanted.removesuffix(NARROW))
            drawn = await drawing(picture, wide=not wanted.endswith(NARROW))
            self._keep(key, drawn)
        return answer(self._drawn[key], "public, max-age=300")  # a release may be withdrawn

    def _find(self, reading: Reading, path: str) -> Picture:
        found = Charts(reading.release, reading.lines, self._names).find(path)
        if found is None:
            said = f"Release {reading.release.id} has no chart of this name."
            raise NotHere("There is no such chart", said, [(f"/compare?release={reading.release.id}", "Comparisons")])
        return found

    def _keep(self, key: tuple[str, str], drawn: bytes) -> None:
        while len(self._drawn) >= _KEPT:
            self._drawn.popitem(last=False)
        self._drawn[key] = drawn


async def drawing(picture: Picture, *, wide: bool) -> bytes:
    """The file of a chart, drawn in a thread: others are answered meanwhile."""
    return await asyncio.to_thread(_draw, picture, wide=wide)


def answer(drawn: bytes, kept: str) -> Response:
    """The file as it is sent; `kept` says how long readers may keep it."""
    return Response(drawn, media_type="image/svg+xml", headers={**_SAFE, "Cache-Control": kept})


def _draw(picture: Picture, *, wide: bool) -> bytes:
    drawing = picture.drawing
    return drawing.draw(wide=wide).svg(drawing.title, drawing.alt)
