"""Comparison, as funnel plots only: schemes and areas against chance, in the order of names, never ranked."""

from typing import Final

from fastapi import APIRouter, Request, Response

from outcomes_service.dashboard.charts.comparing import FEWEST, Compared, comparisons
from outcomes_service.dashboard.charts.funnels import WHERE
from outcomes_service.dashboard.layout import NotHere, answered
from outcomes_service.dashboard.naming import Names
from outcomes_service.dashboard.public import definition_of, page
from outcomes_service.dashboard.reading import Reader, Reading
from outcomes_service.indicators.catalogue import Known

HERE: Final = "/compare"


def routes(known: Known, reader: Reader) -> APIRouter:
    """The list of comparisons, and a page a measure."""
    router = APIRouter()
    pages = _Pages(known, reader)
    for path, answer in {HERE: pages.measures, HERE + "/{measure_id}": pages.measure}.items():
        router.add_api_route(path, answered(answer), methods=["GET"], response_model=None, include_in_schema=False)
    return router


class _Pages:
    def __init__(self, known: Known, reader: Reader) -> None:
        self._known, self._reader, self._names = known, reader, Names(known)

    async def measures(self, request: Request) -> Response:
        """Which measures can be compared in this release."""
        reading = await self._reader.reading(request)
        definitions = reading.release.definitions if reading else ()
        found = [(definition, self._compared(reading, definition.measure)) for definition in definitions]
        listed = [(definition, compared) for definition, compared in found if compared]
        out = [scheme for scheme in self._known.schemes.values() if scheme.opt_out_of_comparison]
        return page("public/compare.html", request, reading, here=HERE, listed=listed, out=out, fewest=FEWEST)

    async def measure(self, request: Request) -> Response:
        """The comparisons of one measure."""
        reading = await self._reader.reading(request)
        wanted = request.path_params["measure_id"]
        released = {definition.measure for definition in reading.release.definitions} if reading else set[str]()
        if wanted not in released | self._known.measures.keys():
            raise NotHere("There is no such measure", "No measure of this name is known.", self._choices(reading))
        compared = self._compared(reading, wanted)
        definition = definition_of(wanted, self._known, reading)
        return page(
            "public/compare_measure.html",
            request,
            reading,
            here=HERE,
            definition=definition,
            compared=compared,
            where=WHERE,
            fewest=FEWEST,
        )

    def _compared(self, reading: Reading | None, measure: str) -> list[Compared]:
        return comparisons(reading.release, reading.lines, self._names, measure) if reading else []

    def _choices(self, reading: Reading | None) -> list[tuple[str, str]]:
        keep = reading.keep if reading else ""
        return [(f"{HERE}/{name}{keep}", measure.title) for name, measure in self._known.measures.items()]
