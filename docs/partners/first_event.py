"""Publish a made-up referral through the door, and print what became of it."""

import asyncio
import os

from contracts.ids import new_id
from contracts.publishing.over_http import HttpPublisher
from contracts.referral_made import ReferralMade

REFERRAL = ReferralMade(
    referral_id=new_id(),
    synthetic=True,
    scheme_id="gateshead",
    person_token=f"made-up-person-{new_id()}",
    source_code="A1",
    employment_status="02",
    sickness_absence="8",
    voluntary=True,
    permissions=(),
)


async def main() -> None:
    door, partner, token = (os.environ[name] for name in ("DOOR_URL", "PARTNER", "FOOTING_TOKEN"))
    async with HttpPublisher(door, partner=partner, token=token) as publisher:
        fate = await publisher.publish(REFERRAL)
    print(fate.fate, fate.reason or "", fate.field or "")


asyncio.run(main())
