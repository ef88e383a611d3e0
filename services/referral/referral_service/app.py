"""The referral service, put together: the only place that knows all of it."""

from typing import Final

import schemes
from referral_service.domain import PERSONS, Known, Referral
from referral_service.handlers import HEARS
from referral_service.settings import ReferralSettings
from referral_service.store import ERASURES, GATE, REFERRALS, PersonMap, prepare
from schemes import register
from servicekit.loop import Loop
from servicekit.running import Running, Service

NAME: Final = "referral"


def build(settings: ReferralSettings | None = None) -> Service:
    """One loop: the gate of referrals and permissions, with the map of persons beside it."""
    known = Known(schemes.load(), register.load())

    async def indexes(running: Running) -> None:
        await prepare(running.database)

    return Service(
        NAME,
        settings=settings or ReferralSettings(),
        loops=(Loop(GATE, HEARS, Referral, REFERRALS, known, companion=PersonMap()),),
        stores=(PERSONS, ERASURES),
        prepare=(indexes,),
    )
