"""What the measures mean, over HTTP: their declarations, without any figure. Anybody may read them."""

from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response

from outcomes_service.dashboard.layout import NotHere, problem
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.definitions import DEFINITIONS
from outcomes_service.indicators.measure import Measure

PATH: Final = "/api/measures"


def routes(known: Known) -> APIRouter:
    """`GET /api/measures` and `GET /api/measures/{measure}`."""
    router = APIRouter()

    async def everything(_request: Request) -> Response:
        """Every measure, and the definitions of success."""
        return _json({"measures": [declared(m, known) for m in known.measures.values()], "definitions": DEFINITIONS})

    async def one(request: Request) -> Response:
        """One measure."""
        wanted = request.path_params["measure"]
        if wanted not in known.measures:
            there = [(f"{PATH}/{name}", name) for name in known.measures]
            return problem(NotHere("No such measure", "No measure has this id.", there))
        measure = known.measures[wanted]
        named = [definition for definition in DEFINITIONS if definition.id in measure.definitions]
        return _json({**declared(measure, known), "definitions": named})

    for path, answer in {PATH: everything, f"{PATH}/{{measure}}": one}.items():
        router.add_api_route(path, answer, methods=["GET"], response_model=None)
    return router


def declared(measure: Measure, known: Known) -> dict[str, Any]:
    """A measure as it is declared, and which schemes show it."""
    shown_by = [scheme for scheme, shown in known.shown.items() if any(each is measure for each, _ in shown)]
    return {
        "id": measure.id,
        "family": measure.family,
        "version": measure.version,
        "title": measure.title,
        "words": measure.words,
        "unit": measure.unit,
        "numerator": measure.numerator,
        "denominator": measure.denominator,
        "unknown": measure.unknown,
        "cohort": measure.cohort,
        "checkpoint_weeks": measure.checkpoint,
        "window": measure.window,
        "polarity": measure.polarity,
        "caveats": measure.caveats,
        "source": measure.source,
        "definitions": measure.definitions,
        "schemes": shown_by,
    }


def _json(content: Any) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
