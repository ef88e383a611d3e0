"""Two services as processes: a session that came before its referral goes out when the case opens, in order."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.events import numbered, referral_made, session_held, withdrawn
from support.world import World, made

REFERRAL = numbered(74_000_001)


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: Any, tmp_path: Path) -> AsyncIterator[World]:
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"james-wigg"})) as world:
        yield world


async def test_a_session_waits_until_its_referral_was_accepted_and_a_withdrawn_referral_takes_no_more(
    world: World,
) -> None:
    referral = referral_made(741, referral_id=REFERRAL)
    first = session_held(742, referral_id=REFERRAL, session=901)
    late = session_held(743, referral_id=REFERRAL, session=902)
    async with world.running("case"), world.running("referral"):
        await world.say(first)
        await world.until(lambda: world.database("case")["cases"].find_one({"_id": REFERRAL}))
        await world.say(referral)
        [held] = await world.accepted("session-held", REFERRAL, 1)
        assert (held.id, held.sequence) == (first.id, 2)

        await world.say(withdrawn(referral, id=numbered(744)))
        cases = world.database("case")["cases"]
        await world.until(lambda: cases.find_one({"_id": REFERRAL, "withdrawn_at": {"$exists": True}}))
        await world.say(late)
        assert set(await world.fates(5)) == {
            (first.id, "waiting"),
            (referral.id, "accepted"),
            (first.id, "accepted"),
            (numbered(744), "accepted"),
            (late.id, "referral_withdrawn"),
        }
