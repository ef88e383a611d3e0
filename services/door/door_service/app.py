"""Puts the door together: the API, and one loop that follows all receipts."""

from contracts.topics import PARTNER_PATTERN
from door_service import connectivity
from door_service.api import routes
from door_service.counted import Outcomes
from door_service.domain import Fates
from door_service.handlers import HEARS, read_receipt
from door_service.settings import DoorSettings
from door_service.store import FATES, Door, prepare
from servicekit.loop import Loop
from servicekit.running import Running, Service


def build(settings: DoorSettings | None = None) -> Service:
    """The service, ready to run."""
    door = Door()
    settings = settings or DoorSettings()
    outcomes = Outcomes(settings.outcomes_url)
    loop = Loop(
        name="fates",
        hears=HEARS,
        document=Fates,
        collection=FATES,
        known=None,
        remembers=False,
        pattern=rf"^receipts\.{PARTNER_PATTERN}$",
        reader=read_receipt,
    )

    async def indexes(running: Running) -> None:
        await prepare(running.database)

    async def closing(running: Running) -> None:
        await running.stopping.wait()
        if door.publisher is not None:
            await door.publisher.close()
        await outcomes.close()

    return Service(
        "door",
        settings,
        loops=(loop,),
        routes=routes(door, outcomes),
        prepare=(indexes,),
        background=(closing, connectivity.every(settings.connectivity_seconds)),
    )
