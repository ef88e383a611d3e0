"""While databases are being replaced by a backup nobody writes into them, also who was starting already."""

import asyncio
import uuid
from dataclasses import replace
from typing import Any

import pytest
from support import toy
from support.stage import Stage

from servicekit.restoring import BeingRestored, mark
from servicekit.runner import LoopRunner
from servicekit.running import Running, Service
from servicekit.service import serve


@pytest.fixture
def toys(stage: Stage) -> Stage:
    """The stage of a service that is called as its database is."""
    return replace(stage, group="toy", settings=stage.settings.model_copy(update={"database_prefix": _prefix(stage)}))


def _prefix(stage: Stage) -> str:
    return stage.database.name.removesuffix("toy")


async def test_a_service_that_was_starting_when_a_restore_began_does_not_join(toys: Stage) -> None:
    async def a_restore_begins(running: Running) -> None:
        await mark(running.registry.database, ["toy"])

    with pytest.raises(BeingRestored, match="once `footing restore` is done"):
        await asyncio.wait_for(serve(Service("toy", toys.settings, loops=(toy.LOOP,), prepare=(a_restore_begins,))), 60)
    assert await toys.database["positions"].count_documents({}) == 0


async def test_who_is_given_partitions_while_a_restore_goes_on_takes_nothing_over(toys: Stage) -> None:
    await mark(toys.database.client[f"{_prefix(toys)}registry"], ["toy"])
    referral = str(uuid.uuid4())
    await toys.referral(referral)
    runner = await toys.worker()
    await toys.until(lambda: _stopped(runner))
    assert "its database is being replaced by a backup" in (runner.trouble() or "")
    assert await toys.database["positions"].count_documents({}) == 0
    assert await toys.toy(referral) == {}


async def _stopped(runner: LoopRunner[Any, Any]) -> bool:
    return runner.stopped_because is not None
