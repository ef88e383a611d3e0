"""A loop that operators hold is held by every worker, also by one that joins while they ask who is there."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from support import toy
from support.stage import Stage

from servicekit.pausing import pause_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_a_worker_that_joins_after_nobody_was_seen_holds_what_is_paused(stage: Stage) -> None:
    early, made = str(uuid.uuid4()), str(uuid.uuid4())
    loop = replace(toy.LOOP, pattern=rf"^(inbox\.{stage.partner}\.session-held|referral-made)$")
    said = {"since": NOON, "who": "an operator", "why": "maintenance", "intake": True}
    await stage.database["paused"].insert_one({"_id": "gate", **said})  # it began to start before that
    await stage.session(early)
    runner = await stage.worker(loop)
    await stage.referral(made)
    await stage.until(lambda: stage.toy(made))
    assert runner.paused == await pause_of(stage.database, "gate")
    assert await stage.toy(early) == {}, "inboxes are held"

    await runner.obey(None)
    await stage.until(lambda: stage.toy(early))
