"""What falls due, on real parts: a bug met by one document is seen, and stops no other."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
from support import toy
from support.stage import Stage

from servicekit.endings import Accept
from servicekit.tick import Tick
from servicekit.ticking import run_tick

DAY = date(2025, 6, 1)


class Due(toy.Toy, kw_only=True, omit_defaults=True):
    due_on: str | None = None


async def test_a_document_whose_tick_meets_a_bug_stops_no_other_and_is_tried_again(stage: Stage) -> None:
    broken, sound = str(uuid.uuid4()), str(uuid.uuid4())
    await stage.database["toys"].insert_many(
        [{"_id": referral, "version": 1, "opened": True, "due_on": "2025-05-01"} for referral in (broken, sound)]
    )
    there_is_a_bug = True

    def due(document: Due, today: date, _at: Any) -> Accept[Due]:
        assert today == DAY
        if there_is_a_bug and document.id == broken:
            raise ValueError("a bug of the toy")
        return Accept(msgspec.structs.replace(document, due_on=None))

    worker = await stage.worker(replace(toy.LOOP, document=Due))
    await stage.until(lambda: _has_all_lanes(worker))
    tick = Tick("gate", "due_on", due)

    def failures() -> float | None:
        return worker.metrics.registry.get_sample_value("footing_tick_failures_total", {"loop": "gate"})

    async def is_told(referral: str) -> bool:
        await run_tick(worker, tick, DAY)  # where its lanes move meanwhile it does nothing, and is asked again
        return bool((await stage.toy(referral))["version"] == 2)

    await stage.until(lambda: is_told(sound))
    assert (await stage.toy(broken))["version"] == 1
    assert failures()
    there_is_a_bug = False
    await stage.until(lambda: is_told(broken))
    assert (await stage.toy(sound))["version"] == 2
    assert await stage.database["parked"].count_documents({"key": {"$in": [broken, sound]}}) == 0
    assert worker.trouble() is None


async def _has_all_lanes(worker: Any) -> bool:
    return len(worker.lanes) == 8 and not worker.writer.leaving
