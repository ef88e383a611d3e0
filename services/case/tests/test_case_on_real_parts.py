"""Does a case open in a real process, do its sessions go out, and is it said what is due?"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.events import accepted_referral, numbered, session_held
from support.world import World, made

from servicekit.days import day_of

REFERRAL = numbered(72_000_001)


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: Any, tmp_path: Path) -> AsyncIterator[World]:
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"leicester"})) as world:
        yield world


async def test_what_is_due_is_announced_until_a_session_that_waited_meets_it(world: World) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0)
    due_on = day_of(yesterday) + timedelta(days=7)
    opened = accepted_referral(
        721,
        referral_id=REFERRAL,
        scheme_id="leicester",
        scheme_area="leicester",
        on=yesterday.replace(tzinfo=None).isoformat(),
    )
    held = session_held(722, referral_id=REFERRAL, on=yesterday.replace(tzinfo=None).isoformat())
    correction = session_held(
        723, session=901, referral_id=REFERRAL, supersedes=722, on=yesterday.replace(tzinfo=None).isoformat()
    )
    cases = world.database("case")["cases"]
    async with world.running("case") as url, httpx.AsyncClient(base_url=url) as http:
        await world.say(correction)
        await world.until(lambda: cases.find_one({"_id": REFERRAL}))
        await world.announce(replace(opened, accepted_at=yesterday, sequence=1))
        [due] = await world.accepted("follow-up-due", REFERRAL, 1)
        assert (due.partner, due.data.what, due.data.due_on) == ("footing", "first_contact", due_on)
        answer = (await http.get("/api/due", params={"scheme": "leicester"})).json()
        assert [(row["referral_id"], row["what"], row["overdue_days"]) for row in answer["due"]] == [
            (REFERRAL, "first_contact", 0)
        ]

        await world.say(held)
        went_out = await world.accepted("session-held", REFERRAL, 2)
        assert [event.id for event in went_out] == [held.id, correction.id]
        _, met = await world.accepted("follow-up-due", REFERRAL, 2)
        assert (met.data.withdraws.id, met.data.reason) == (due.id, "met")
        case = (await http.get(f"/api/cases/{REFERRAL}")).json()
        assert (case["wait_days"], case["sessions"], case["due"]) == (0, 1, [])
        assert (await http.get("/api/due", params={"scheme": "nowhere"})).status_code == 404
        assert set(await world.fates(3)) == {
            (correction.id, "waiting"),
            (held.id, "accepted"),
            (correction.id, "accepted"),
        }
