"""The outcomes service, put together: the only place that knows all of it."""

from typing import Final

import schemes
from outcomes_service import downloads
from outcomes_service.api import routes
from outcomes_service.domain import Outcomes
from outcomes_service.handlers import HEARS
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections import building, rebuilding
from outcomes_service.projections.journeys import PROJECTS, Journey, read_record
from outcomes_service.projections.roll_ups import RollUps
from outcomes_service.settings import OutcomesSettings
from schemes import register
from servicekit.loop import Loop
from servicekit.running import Running, Service

GATE: Final = "gate"
PROJECTOR: Final = rebuilding.PROJECTOR


def build(settings: OutcomesSettings | None = None) -> Service:
    """Two loops with groups and positions of their own: the gate decides, the projector counts."""
    known = Known(schemes.load(), register.load())
    roll_ups = RollUps(known)

    paths = routes(known)
    paths.include_router(downloads.routes(known))

    async def prepare(running: Running) -> None:
        roll_ups.begin(await building.prepare(running.database, known))

    return Service(
        "outcomes",
        settings=settings or OutcomesSettings(),
        loops=(
            Loop(GATE, HEARS, Outcomes, "outcomes", known),
            Loop(
                PROJECTOR,
                PROJECTS,
                Journey,
                roll_ups.journeys,
                known,
                companion=roll_ups,
                remembers=False,
                reader=read_record,
            ),
        ),
        routes=paths,
        prepare=(prepare,),
    )
