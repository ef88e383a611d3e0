"""`footing parked` on a running loop: groups, what would come of them, what is covered, what is put down."""

import asyncio
import json
import signal
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import Result
from support import toy
from support.stage import Stage
from typer.testing import CliRunner

from ops.main import build
from ops.parked import parked_records
from ops.parking.groups import members
from servicekit.settings import ServiceSettings

_BOTH_FOUND_THEM = threading.Barrier(2)
Footing = Callable[..., Any]


@pytest.fixture
async def footing(stage: Stage, kafka_url: str, mongo_url: str) -> AsyncIterator[Footing]:
    """`footing ...` as j-smith runs it, on the toy, which stands in the place of the case service."""
    prefix = stage.database.name.removesuffix("toy")
    environment = {"KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": prefix, "COLUMNS": "300"}
    environment["FOOTING_OPERATOR"] = "j-smith"
    client = stage.database.client
    stage.database = client[f"{prefix}case"]

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, build(words[0]), [*words], env=environment)

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))  # stdout is the command's alone
    yield run
    structlog.reset_defaults()
    for name in ("case", "ops"):
        await client.drop_database(prefix + name)


async def said(footing: Footing, *words: str) -> Any:
    """What a command answers to a program."""
    done = await footing(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


async def ours(stage: Stage, footing: Footing) -> list[dict[str, Any]]:
    """The groups of what our partner said: tests share a broker, and others' records are parked here too."""
    return [group for group in await said(footing, "parked", "list") if stage.partner in group["topic"]]


async def test_a_group_is_seen_tried_out_noted_and_retried_and_all_of_it_is_put_down(
    stage: Stage, footing: Footing
) -> None:
    referrals = [str(uuid.uuid4()) for _ in range(2)]
    for referral in referrals:
        await stage.referral(referral)
    worker = await stage.worker()
    for referral in referrals:
        await stage.until(lambda key=referral: stage.toy(key))
        await stage.session(referral, partition=0, minutes=13)
        await stage.session(referral, partition=0)

    async def parked(count: int) -> bool:
        return [group["records"] for group in await ours(stage, footing)] == [count]

    await stage.until(lambda: parked(4))
    [group] = await ours(stage, footing)
    assert (group["heads"], group["referrals"], group["schemes"]) == (2, 2, ["bridgend"])
    assert (group["service"], group["loop"], group["cause"]) == ("case", "gate", "ValueError")
    assert group["where"].startswith("toy.py:")

    still = await said(footing, "parked", "retry", "--group", group["id"], "--dry-run")
    assert [trial["trial"]["stuck"]["cause"] for trial in still["trials"]] == ["ValueError", "ValueError"]
    failed = await footing("parked", "retry", "--group", group["id"], "--why", "perhaps")
    assert (failed.exit_code, failed.stdout.count("parked: ValueError")) == (1, 2)
    rows = await said(footing, "parked", "list", "--group", group["id"])
    assert [(row["failures"], row["first_cause"], row["behind"]) for row in rows] == [(2, "ValueError", 1)] * 2

    assert (await footing("parked", "note", group["id"], "mended in the next release")).exit_code == 0
    assert (await footing("parked", "note", "nowhere", "x")).exit_code == 1
    [noted] = await ours(stage, footing)
    assert noted["note"] == "mended in the next release"
    assert "mended in the next release" in (await footing("parked", "list")).stdout

    await worker.stop()
    stage.runners.clear()
    await stage.worker(toy.MENDED)
    before = [await stage.toy(referral) for referral in referrals]
    tried = await said(footing, "parked", "retry", "--group", group["id"], "--dry-run")
    for trial in (each["trial"] for each in tried["trials"]):
        assert (trial["offered"], trial["gone"], trial["endings"]) == (2, 2, {"applied": 2})
        assert (trial["stuck"], trial["announced"]) == (None, {"session-held": 2})
        [document] = trial["documents"]
        assert (document["version"], document["parked"], document["fields"]) == ([1, 3], [2, 0], ["sessions"])
    words = (await footing("parked", "discard", "--group", group["id"], "--dry-run")).stdout
    assert "Only tried, nothing was done: discard of 2" in words
    assert "2 applied, 2 refused" in words
    assert [await stage.toy(referral) for referral in referrals] == before
    [unchanged] = await ours(stage, footing)
    assert (unchanged["records"], unchanged["asked"]) == (4, 0)

    settings = stage.settings.model_copy(update={"database_prefix": stage.database.name.removesuffix("case")})
    retried = await asyncio.gather(*(asyncio.to_thread(_retried, settings, group["id"]) for _ in range(2)))
    assert retried == [["done", "done"]] * 2
    assert await ours(stage, footing) == []
    assert [len((await stage.toy(referral))["sessions"]) for referral in referrals] == [2, 2]
    assert len(await stage.receipts(4, "accepted")) == 4

    done = await said(footing, "audit")
    assert {entry["who"] for entry in done} == {"j-smith"}
    noted, failed_then = done[-2], done[-1]
    assert (noted["what"], noted["after"]) == (f"parked note {group['id']}", {"note": "mended in the next release"})
    assert (failed_then["what"], failed_then["why"]) == (f"parked retry {group['id']}", "perhaps")
    assert (failed_then["before"], failed_then["after"]) == ({"parked": 2}, {"parked": 2})


def _retried(settings: ServiceSettings, group: str) -> list[str]:
    """What two who retry at the same time are told, each of what both found."""
    with parked_records(settings) as there:
        rows = members(there.heads(), group)
        _BOTH_FOUND_THEM.wait(30)
        there.ask(rows, "retry")
        return [word for _, word in there.answers(rows, 30)]


async def test_what_a_record_says_is_covered_until_somebody_says_why_and_ctrl_c_halves_nothing(
    stage: Stage, footing: Footing
) -> None:
    referral = str(uuid.uuid4())
    await stage.referral(referral)
    worker = await stage.worker()
    await stage.until(lambda: stage.toy(referral))
    await stage.session(referral, partition=0, minutes=13)
    place = f"inbox.{stage.partner}.session-held/0/0"

    async def there() -> bool:
        return (await footing("parked", "show", place)).exit_code == 0

    await stage.until(there)
    shown = await said(footing, "parked", "show", place)
    assert (json.loads(shown["value"])["minutes"], json.loads(shown["value"])["mechanism"]) == (99, "01")
    assert "fictional-adviser-token-1" not in json.dumps(shown)
    assert (await footing("parked", "show", place, "--reveal")).exit_code == 2
    assert await said(footing, "audit") == []

    revealed = await footing("parked", "show", place, "--reveal", "--why", "the partner asks what it sent")
    assert "fictional-adviser-token-1" in revealed.stdout
    [looked] = await said(footing, "audit", "--what", "--reveal")
    assert (looked["what"], looked["why"]) == (f"parked show {place} --reveal", "the partner asks what it sent")
    await worker.stop()
    stage.runners.clear()
    words = ("retry", place, "--wait", "60")
    prefix = stage.database.name.removesuffix("case")
    environment = {**stage.environment, "DATABASE_PREFIX": prefix}
    child = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("footing"), "parked", *words, stderr=asyncio.subprocess.PIPE, env=environment
    )
    await stage.until(lambda: stage.database["parked"].find_one({"key": referral, "asked.what": "retry"}))
    child.send_signal(signal.SIGINT)
    _, told = await child.communicate()
    assert (child.returncode, b"What was asked is done all the same" in told) == (1, True)
    assert await stage.database["parked"].find_one({"key": referral, "asked.what": "retry"})
    [ended] = await said(footing, "audit", "--what", "retry")
    assert ended["ended"] == "interrupted"
    assert (await footing("parked", "show", "inbox.nobody.session-held/0/0")).exit_code == 1
    assert (await footing("parked", "show", "nowhere")).exit_code == 1
