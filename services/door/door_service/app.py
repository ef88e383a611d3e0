"""Puts the door together: the API, and one loop that follows all receipts."""

from typing import Final

from contracts.topics import PARTNER_PATTERN
from door_service import canary, connectivity, heard, quiet
from door_service.api import routes
from door_service.contract.asyncapi import asyncapi_routes
from door_service.contract.routes import contract_routes
from door_service.counted import Outcomes
from door_service.domain import Fates
from door_service.fhir.api import routes as fhir_routes
from door_service.fhir.known import known
from door_service.handlers import HEARS, read_receipt
from door_service.limits import Limits
from door_service.openapi.document import document
from door_service.settings import DoorSettings
from door_service.store import FATES, Door, prepare
from servicekit.loop import Loop
from servicekit.running import Running, Service
from servicekit.settings import secret_of

_GATHERS_MS: Final = 100  # whoever asks for a fate can wait so long; a batch of one costs as much as one of a hundred


def build(settings: DoorSettings | None = None) -> Service:
    """The service, ready to run. Raises `Unfit` where the key of person tokens is not as it must be."""
    settings = settings or DoorSettings()
    door = Door(Limits(settings.partner_events_a_second, settings.partner_burst_seconds))
    outcomes = Outcomes(settings.outcomes_url, secret_of(settings.outcomes_token_file))
    api = routes(door, outcomes)
    api.include_router(contract_routes())
    api.include_router(asyncapi_routes())
    api.include_router(quiet.routes())
    if settings.fhir_key_file is not None:
        api.include_router(fhir_routes(door, known(settings.fhir_key_file)))
    loop = Loop(
        name="fates",
        hears=HEARS,
        document=Fates,
        collection=FATES,
        known=None,
        companion=heard.Listener(),
        remembers=False,
        pattern=rf"^receipts\.{PARTNER_PATTERN}$",
        gathers_ms=_GATHERS_MS,
        reader=read_receipt,
    )

    async def indexes(running: Running) -> None:
        await prepare(running.database)
        await heard.prepare(running.database)

    return Service(
        "door",
        settings,
        loops=(loop,),
        routes=api,
        openapi=document,
        stores=(heard.SPOKEN,),
        prepare=(indexes,),
        background=(
            connectivity.every(settings.connectivity_seconds),
            canary.every(settings.canary_seconds, outcomes),
            quiet.watch,
        ),
        closing=(door.close, outcomes.close),
    )
