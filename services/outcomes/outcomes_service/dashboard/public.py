"""The public pages of figures: front page, schemes, measures, areas. They read published releases and nothing live."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from outcomes_service.dashboard import layout, places
from outcomes_service.dashboard.charts.choosing import Charts
from outcomes_service.dashboard.charts.comparing import comparisons
from outcomes_service.dashboard.charts.pictures import Picture
from outcomes_service.dashboard.layout import NotHere, answered
from outcomes_service.dashboard.lines import Line, by_table, shown, wholes
from outcomes_service.dashboard.naming import Names
from outcomes_service.dashboard.reading import Reader, Reading
from outcomes_service.dashboard.selecting import Parts, headlines, narrowed, quality, said
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases.defining import defined
from outcomes_service.releases.model import Definition


def routes(known: Known, reader: Reader) -> APIRouter:
    """Every public page of figures."""
    router = APIRouter()
    pages = _Pages(known, reader)
    for path, answer in {
        "/": pages.front,
        "/schemes": pages.schemes,
        "/schemes/{scheme_id}": pages.scheme,
        "/measures": pages.measures,
        "/measures/{measure_id}": pages.measure,
        "/areas": pages.areas,
        "/areas/{area_id}": pages.area,
    }.items():
        router.add_api_route(path, answered(answer), methods=["GET"], response_model=None, include_in_schema=False)
    return router


def page(template: str, request: Request, reading: Reading | None, *, status: int = 200, **values: Any) -> Response:
    """A public page, with the band of its release."""
    keep = reading.keep if reading else ""
    path = request.url.path
    return layout.page(template, status=status, reading=reading, path=path, keep_release=keep, **values)


def definition_of(measure: str, known: Known, reading: Reading | None) -> Definition:
    """What a measure meant in the release; of one that the release does not have, what it means now."""
    said = {definition.measure: definition for definition in reading.release.definitions} if reading else {}
    return said.get(measure) or defined(known.measures[measure])


class _Pages:
    def __init__(self, known: Known, reader: Reader) -> None:
        self._known, self._reader, self._names = known, reader, Names(known)

    async def front(self, request: Request) -> Response:
        """What this is, the latest release, and what it says."""
        reading, found = await self._read(request)
        return page(
            "public/front.html", request, reading, says=headlines(found, self._known), schemes=len(self._known.schemes)
        )

    async def schemes(self, request: Request) -> Response:
        """The list of schemes."""
        reading, found = await self._read(request)
        released = {line.at.get("scheme") for line in found}
        listed = sorted(self._known.schemes.values(), key=lambda scheme: scheme.title)
        return page("public/schemes.html", request, reading, here="/schemes", listed=listed, released=released)

    async def scheme(self, request: Request) -> Response:
        """One scheme: what it is, and its figures."""
        reading, found = await self._read(request)
        wanted = request.path_params["scheme_id"]
        scheme = self._known.schemes.get(wanted)
        if scheme is None:
            raise NotHere(
                "There is no such scheme", "No scheme of this name is known.", self._choices("schemes", reading)
            )
        about, data = quality((line for line in found if line.at.get("scheme") == wanted), self._known)
        whole, charts = wholes(about), self._charts(reading)
        parts = narrowed(about, lambda line: line.definition.measure, request.query_params.get("measure"))
        return page(
            "public/scheme.html",
            request,
            reading,
            here="/schemes",
            scheme=scheme,
            facts=places.facts(scheme),
            says=said(whole),
            pictures=charts.of_scheme(wanted) if charts else [],
            pictures_of_parts=charts.by_category(wanted, parts.chosen) if charts and parts.chosen else [],
            whole=shown(f"{scheme.title}, as a whole", whole, ()),
            data=shown(f"{scheme.title}, how good the data are", wholes(data), ()),
            parts=by_table(parts.lines, beside="measure"),
            choices=self._others(parts, lambda name: definition_of(name, self._known, reading).title),
            definitions=_defined(about),
        )

    async def measures(self, request: Request) -> Response:
        """The list of measures, as the release defines them, else as they are defined now."""
        reading, found = await self._read(request)
        released = {line.definition.measure for line in found}
        listed = [definition_of(name, self._known, reading) for name in self._known.measures]
        return page("public/measures.html", request, reading, here="/measures", listed=listed, released=released)

    async def measure(self, request: Request) -> Response:
        """One measure: what it means, and what it is in every scheme."""
        reading, found = await self._read(request)
        wanted = request.path_params["measure_id"]
        if wanted not in self._known.measures and wanted not in {line.definition.measure for line in found}:
            raise NotHere(
                "There is no such measure", "No measure of this name is known.", self._choices("measures", reading)
            )
        of_it = [line for line in found if line.definition.measure == wanted]
        parts = narrowed(of_it, lambda line: line.at["scheme"] or "", request.query_params.get("scheme"))
        definition = definition_of(wanted, self._known, reading)
        by_scheme = sorted(wholes(of_it), key=lambda line: line.place["scheme"])
        return page(
            "public/measure.html",
            request,
            reading,
            here="/measures",
            definition=definition,
            whole=shown(f"{definition.title}, by scheme", by_scheme, ("scheme",)),
            pictures=self._funnels(reading, wanted),
            parts=by_table(parts.lines, beside="scheme"),
            choices=self._others(parts, self._names.scheme),
        )

    async def areas(self, request: Request) -> Response:
        """The list of areas."""
        reading, found = await self._read(request)
        released = {line.at.get("area") for line in found}
        return page("public/areas.html", request, reading, here="/areas", listed=self._names.areas, released=released)

    async def area(self, request: Request) -> Response:
        """One area: its codes, the schemes there, and their figures."""
        reading, found = await self._read(request)
        wanted = request.path_params["area_id"]
        if wanted not in self._names.areas:
            raise self._no_area(wanted, reading)
        of_it = [line for line in found if line.at.get("area") == wanted]
        parts = narrowed(of_it, lambda line: line.at["scheme"] or "", request.query_params.get("scheme"))
        about, data = quality(parts.lines, self._known)
        return page(
            "public/area.html",
            request,
            reading,
            here="/areas",
            area=places.area(wanted, self._names),
            pictures=charts.of_area(wanted) if (charts := self._charts(reading)) else [],
            parts=by_table(about, without="area", beside="scheme"),
            data=by_table(data, without="area", beside="scheme", called="how good the data are"),
            choices=self._others(parts, self._names.scheme),
            definitions=_defined(about),
        )

    def _charts(self, reading: Reading | None) -> Charts | None:
        return Charts(reading.release, reading.lines, self._names) if reading else None

    def _funnels(self, reading: Reading | None, measure: str) -> list[Picture]:
        compared = comparisons(reading.release, reading.lines, self._names, measure) if reading else []
        return [each.picture for each in compared]

    async def _read(self, request: Request) -> tuple[Reading | None, Sequence[Line]]:
        reading = await self._reader.reading(request)
        return reading, reading.lines if reading else ()

    def _others(self, parts: Parts, title: Callable[[str], str]) -> list[tuple[str, str, bool]]:
        """The kinds of figures that may be chosen: id, title, and whether it is the one that is shown."""
        return [(kind, title(kind), kind == parts.chosen) for kind in parts.kinds]

    def _choices(self, kind: str, reading: Reading | None) -> list[tuple[str, str]]:
        named = {
            "schemes": {name: scheme.title for name, scheme in self._known.schemes.items()},
            "measures": {name: measure.title for name, measure in self._known.measures.items()},
            "areas": {name: self._names.area(name) for name in self._names.areas},
        }[kind]
        keep = reading.keep if reading else ""
        return [(f"/{kind}/{name}{keep}", title) for name, title in sorted(named.items(), key=lambda item: item[1])]

    def _no_area(self, wanted: str, reading: Reading | None) -> NotHere:
        """What there is instead: for an organisation code the areas that have or had it, for all else every area."""
        coded = places.with_code(wanted, self._names)
        if not coded:
            return NotHere("There is no such area", "No area of this name is known.", self._choices("areas", reading))
        keep = reading.keep if reading else ""
        choices = [(f"/areas/{area_id}{keep}", said) for area_id, said in coded]
        return NotHere(
            "This is an organisation code", "Codes change and are shared, so areas have names of their own.", choices
        )


def _defined(found: Iterable[Line]) -> list[Definition]:
    """The definitions of the lines, each once."""
    return list({line.definition.measure: line.definition for line in found}.values())
