"""The case service, put together: the only place that knows all of it."""

from typing import Final

import schemes
from case_service.api import routes
from case_service.domain import Case, Known
from case_service.handlers import HEARS, on_tick
from case_service.settings import CaseSettings
from case_service.store import CASES, prepare
from servicekit.loop import Loop
from servicekit.running import Running, Service
from servicekit.tick import Tick

NAME: Final = "case"
GATE: Final = "gate"


def build(settings: CaseSettings | None = None) -> Service:
    """One loop that keeps the gate of sessions and follows what opens and ends a case; a tick for what is due."""
    known = Known(schemes.load())

    async def indexes(running: Running) -> None:
        await prepare(running.database)

    return Service(
        NAME,
        settings=settings or CaseSettings(),
        loops=(Loop(GATE, HEARS, Case, CASES, known),),
        routes=routes(known),
        ticks=(Tick(GATE, "next_due_on", on_tick),),
        prepare=(indexes,),
    )
