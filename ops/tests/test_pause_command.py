"""A loop is held and let go on real parts: nothing of it is handled meanwhile, not after a restart either."""

import asyncio
import gc
import json
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import structlog
from click.testing import Result
from support import toy
from support.stage import Stage
from typer.testing import CliRunner

from ops.localstack import ports
from ops.main import build
from servicekit.running import Service
from servicekit.service import serve

Footing = Callable[..., Any]


@pytest.fixture
async def footing(stage: Stage, kafka_url: str, mongo_url: str) -> AsyncIterator[Footing]:
    """`footing ...` on the toy, which stands in the place of the case service."""
    prefix = stage.database.name.removesuffix("toy")
    environment = {"KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": prefix}
    client = stage.database.client
    stage.database = client[f"{prefix}case"]

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, build(words[0]), [*words], env=environment)

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))  # stdout is the command's alone
    yield run
    structlog.reset_defaults()
    for name in ("case", "ops"):
        await client.drop_database(prefix + name)


@asynccontextmanager
async def running(stage: Stage) -> AsyncIterator[str]:
    """The toy as the case service, in this very process; its address."""
    port, started, stop = ports.take(None, None, "the toy"), asyncio.Event(), asyncio.Event()
    prefix = stage.database.name.removesuffix("case")
    settings = stage.settings.model_copy(update={"http_port": port, "database_prefix": prefix})
    ended = asyncio.create_task(serve(Service("case", settings, loops=(toy.LOOP,)), started, stop))
    try:
        await asyncio.wait((ended, asyncio.ensure_future(started.wait())), return_when=asyncio.FIRST_COMPLETED)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await ended
        gc.enable()  # a service does without, and this process goes on
        gc.unfreeze()


async def ready(address: str) -> dict[str, Any]:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{address}/health/ready")
    assert answer.status_code == 200
    said: dict[str, Any] = answer.json()
    return said


async def test_a_held_loop_handles_nothing_until_it_is_resumed_and_a_restart_changes_nothing(
    stage: Stage, footing: Footing
) -> None:
    early, late = str(uuid.uuid4()), str(uuid.uuid4())
    await stage.referral(early)
    async with running(stage) as address:
        await stage.until(lambda: stage.toy(early))
        assert (await footing("pause", "case", "gate")).exit_code == 2  # nobody said why
        assert (await footing("pause", "case", "nothing", "--why", "x")).exit_code == 2
        held = await footing("pause", "case", "gate", "--why", "a new release")
        assert held.exit_code == 0, held.output
        assert (await ready(address))["paused"].keys() == {"gate"}
        said = await stage.session(early)
    async with running(stage) as address:  # it asks what is held once its partitions are its own

        async def held_again() -> bool:
            return "gate" in (await ready(address)).get("paused", {})

        await stage.until(held_again)
        [listed] = json.loads((await footing("pause", "--json")).stdout)
        assert (listed["service"], listed["loop"], listed["intake"]) == ("case", "gate", False)
        assert listed["why"] == "a new release"

        intake = await footing("pause", "case", "gate", "--intake", "--why", "only what is accepted")
        assert intake.exit_code == 0, intake.output
        await stage.referral(late)
        await stage.until(lambda: stage.toy(late))  # what was accepted is followed
        assert "sessions" not in await stage.toy(early)  # what a partner said before is not

        assert (await footing("resume", "case", "gate", "--why", "done")).stdout == "case gate goes on.\n"
        assert await stage.receipts(1, "accepted") == [(said, "accepted")]
        assert len((await stage.toy(early))["sessions"]) == 1
        again = await footing("resume", "case", "gate")
        assert (again.exit_code, again.stdout) == (1, "case gate is not paused.\n")
        assert (await footing("pause")).stdout == "Nothing is paused.\n"

    done = json.loads((await footing("audit", "--json")).stdout)
    assert [entry["what"] for entry in done] == ["resume case gate"] * 2 + ["pause case gate"] * 2
    assert (done[1]["before"], done[1]["why"]) == ({"paused": ["case gate"]}, "done")
    assert (done[3]["before"]["paused"], done[3]["after"]["paused"]) == (False, True)
