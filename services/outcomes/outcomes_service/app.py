"""The outcomes service, put together: the only place that knows all of it."""

from functools import partial
from typing import Final

import schemes
from outcomes_service import declarations, downloads, reads
from outcomes_service.api import routes
from outcomes_service.breakdowns.answering import Breakdowns
from outcomes_service.breakdowns.routes import routes as breakdown_routes
from outcomes_service.dashboard import about, compare, public
from outcomes_service.dashboard.charts import serving as charts
from outcomes_service.dashboard.reading import Reader
from outcomes_service.dashboard.staff import curves, history
from outcomes_service.dashboard.staff import routes as staff
from outcomes_service.dashboard.staff.gate import Gate
from outcomes_service.dashboard.staff.live import Live
from outcomes_service.dashboard.stories import pages as stories
from outcomes_service.domain import Outcomes
from outcomes_service.handlers import HEARS
from outcomes_service.indicators.catalogue import Known
from outcomes_service.measuring import measures_short, rebuilds
from outcomes_service.openapi import document
from outcomes_service.progress import Watch
from outcomes_service.projections import building, rebuilding
from outcomes_service.projections.journeys import PROJECTS, Journey, read_record
from outcomes_service.projections.roll_ups import RollUps
from outcomes_service.releases.watching import watching
from outcomes_service.settings import OutcomesSettings
from schemes import published, register
from servicekit import signing_in
from servicekit.entrance import Entrance
from servicekit.loop import Loop
from servicekit.running import Running, Service
from servicekit.settings import secret_of

GATE: Final = "gate"
PROJECTOR: Final = rebuilding.PROJECTOR


def _entrance(settings: OutcomesSettings) -> Entrance:
    door = secret_of(settings.door_token_file)
    return Entrance(live_without_sign_in=settings.live_without_sign_in, door_secret=door)


def build(settings: OutcomesSettings | None = None) -> Service:
    """Two loops with groups and positions of their own: the gate decides, the projector counts."""
    known = Known(schemes.load(), register.load())
    settings = settings or OutcomesSettings()
    watch = Watch({"referral": settings.referral_url, "case": settings.case_url})
    roll_ups, entrance, live = RollUps(known), _entrance(settings), Live(known, watch)
    paths = routes(known, watch)
    paths.include_router(declarations.routes(known))
    paths.include_router(downloads.routes(known))
    paths.include_router(staff.routes(known, entrance, live))
    breakdowns = Breakdowns(known, settings)
    paths.include_router(breakdown_routes(known, breakdowns, watch))
    paths.include_router(history.routes(known, breakdowns))
    paths.include_router(curves.routes(known))
    reader = Reader(known)
    for pages in (public, about, compare, charts):
        paths.include_router(pages.routes(known, reader))
    paths.include_router(stories.routes(known, reader, published.sources()))
    paths.include_router(about.nowhere())  # the last: it answers what nothing else does

    async def prepare(running: Running) -> None:
        roll_ups.begin(await building.prepare(running.database, known))
        await signing_in.prepare(running.registry.database)
        await reads.prepare(running.database)

    return Service(
        "outcomes",
        settings=settings,
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
        openapi=document,
        wraps=(partial(Gate, entrance=entrance, schemes=known.schemes),),
        background=(live.follow, watching(known, breakdowns, settings.releases_every_seconds)),
        read_models=watch.ages,
        prepare=(prepare,),
        closing=(watch.close, breakdowns.close),
        measures=(rebuilds, measures_short(known, watch)),
    )
