"""Does a referral go through a real process, Kafka and MongoDB, and does its erasure reach what is kept?"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.events import TOKEN, at, numbered, permission, referral_made
from support.world import World, made

from contracts.permission import PermissionGiven
from referral_service.domain import person_key
from referral_service.store import erase

MINE = numbered(71_000_001)
OTHERS = numbered(71_000_002)


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: Any, tmp_path: Path) -> AsyncIterator[World]:
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"james-wigg"})) as world:
        yield world


async def test_a_referral_goes_through_and_can_be_forgotten(world: World) -> None:
    said = referral_made(711, referral_id=MINE)
    again = referral_made(712, referral_id=numbered(71_000_003))
    somebody_else = referral_made(713, referral_id=OTHERS, person_token="fictional-person-token-2")
    early = permission(PermissionGiven, 714, referral_id=MINE)
    persons = world.database("referral")["persons"]
    async with world.running("referral"):
        await world.say(early)
        await world.until(lambda: world.database("referral")["referrals"].find_one({"_id": MINE}))
        for event in (said, again, somebody_else):
            await world.say(event)

        [first] = await world.accepted("referral-made", MINE, 1)
        [second] = await world.accepted("referral-made", numbered(71_000_003), 1)
        [third] = await world.accepted("referral-made", OTHERS, 1)
        assert first.data.scheme_area == "kentish-town"
        assert first.data.person_ref == second.data.person_ref != third.data.person_ref
        assert [event.id for event in await world.accepted("permissions", MINE, 1)] == [early.id]
        assert await persons.count_documents({}) == 2
        assert set(await world.fates(5)) == {
            (early.id, "waiting"),
            (said.id, "accepted"),
            (early.id, "accepted"),
            (again.id, "accepted"),
            (somebody_else.id, "accepted"),
        }

        erased = await erase(
            world.database("referral"),
            world.settings.kafka_connection(),
            persons=[person_key(world.partner, "james-wigg", TOKEN)],
            reason="person_asked",
            at=at("2026-01-05T10:00"),
        )
        assert (erased.persons, erased.referrals) == (1, 2)
        [request] = await world.accepted("erasure-requested", MINE, 1)
        assert (request.partner, request.data.person_ref) == ("footing", first.data.person_ref)
        await world.until(lambda: _is_erased(world, MINE))
        late = referral_made(715, referral_id=MINE, supersedes=711)
        await world.say(late)
        assert (late.id, "erased") in await world.fates(6)

    proof = await world.database("referral")["erasures"].find_one({}, {"_id": 0})
    assert proof == {"at": at("2026-01-05T10:00"), "reason": "person_asked", "persons": 1, "referrals": 2}
    assert await persons.find_one({"_id": person_key(world.partner, "james-wigg", TOKEN)}) is None
    assert await world.database("referral")["outbox"].count_documents({}) == 0


async def _is_erased(world: World, referral: str) -> bool:
    stored = await world.database("referral")["referrals"].find_one({"_id": referral})
    return stored is not None and "erased_at" in stored and "entries" not in stored
