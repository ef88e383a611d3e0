"""Parked records on real Kafka and MongoDB, asked for from outside: once the bug is mended, all go out, in order."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import Result
from support import toy
from support.stage import Stage
from typer.testing import CliRunner

from ops.main import build
from servicekit import topics

Footing = Callable[..., Any]


@pytest.fixture
async def footing(stage: Stage, kafka_url: str, mongo_url: str) -> AsyncIterator[Footing]:
    """`footing parked ...` as an operator runs it, on the toy, which stands in the place of the case service."""
    prefix = stage.database.name.removesuffix("toy")
    environment = {"KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": prefix, "COLUMNS": "300"}
    stage.database = stage.database.client[f"{prefix}case"]

    async def run(*words: str) -> Result:
        run = CliRunner().invoke
        return await asyncio.to_thread(run, build("parked"), ["parked", *words], env=environment)

    yield run
    await stage.database.client.drop_database(stage.database.name)


async def _counted(stage: Stage) -> dict[str, int]:
    """How records ended, over all partitions; the sums must be the offsets."""
    counted: dict[str, int] = {}
    async for position in stage.database["positions"].find({"topic": {"$regex": stage.partner}}):
        endings = position.get("endings", {})
        assert sum(endings.values()) == position["next"]
        for ending, n in endings.items():
            counted[ending] = counted.get(ending, 0) + n
    return {ending: n for ending, n in counted.items() if n}


async def _parked(stage: Stage, count: int) -> bool:
    """Tests share a broker: what others' partners said there is parked as well, by us as by them."""
    ours = {"record.topic": {"$regex": stage.partner}}
    return await stage.database["parked"].count_documents(ours) == count


async def test_after_a_repair_the_records_of_a_key_go_out_in_order_and_others_did_not_wait(
    stage: Stage, footing: Footing
) -> None:
    unlucky, sound = str(uuid.uuid4()), str(uuid.uuid4())
    for referral in (unlucky, sound):
        await stage.referral(referral)
    worker = await stage.worker()
    for referral in (unlucky, sound):
        await stage.until(lambda key=referral: stage.toy(key))
    said = [str(uuid.uuid4()) for _ in range(4)]
    sent = [
        await stage.session(unlucky, session_id=said[0], minutes=13),
        await stage.session(unlucky, session_id=said[1]),
        await stage.session(sound),
    ]
    await stage.until(lambda: _parked(stage, 2))
    assert await stage.receipts(1, "accepted") == [(sent[2], "accepted")]
    listed = await footing("list", "--records")
    assert (unlucky in listed.stdout, "ValueError" in listed.stdout, "minutes" in listed.stdout) == (True, True, False)
    still = await footing("retry", "--key", unlucky)
    assert (still.exit_code, "parked: ValueError" in still.stdout) == (1, True)
    assert await _counted(stage) == {"applied": 1, "parked": 2}
    await worker.stop()
    stage.runners.clear()
    await stage.worker(toy.MENDED)
    sent.append(await stage.session(unlucky, session_id=said[2]))  # parked behind them
    await stage.until(lambda: _parked(stage, 3))
    done = await footing("retry", "--key", unlucky)
    assert (done.exit_code, done.stdout.endswith(": done\n")) == (0, True), done.output
    assert {i for i, _ in await stage.receipts(4, "accepted")} == set(sent)
    assert {i for i, _ in await stage.receipts(3, "parked")} == {sent[0], sent[1], sent[3]}
    stored = await stage.toy(unlucky)
    assert (stored["version"], stored.get("parked"), stored["sessions"]) == (4, None, said[:3])
    assert await _counted(stage) == {"applied": 4}
    sent.append(await stage.session(unlucky, session_id=said[3]))
    assert {i for i, _ in await stage.receipts(5, "accepted")} == set(sent)  # by itself again
    assert (await footing("list", "--key", unlucky)).stdout.endswith("Nothing is parked.\n")


async def test_what_was_asked_of_a_worker_that_died_is_done_by_its_successor(stage: Stage, footing: Footing) -> None:
    referral = str(uuid.uuid4())
    await stage.referral(referral)
    first = await stage.worker()
    await stage.until(lambda: stage.toy(referral))
    event_id = await stage.session(referral, minutes=13)
    await stage.until(lambda: _parked(stage, 1))
    await first.stop()
    stage.runners.clear()
    nobody = await footing("retry", "--key", referral, "--wait", "0")
    assert (nobody.exit_code, isinstance(nobody.exception, Exception)) == (1, True)  # `Missing`: exit 3 in a process
    assert "no service took 1 of them up" in str(nobody.exception)
    second = await stage.worker(toy.MENDED)
    await second.relay.stop()  # it dies between commit and send
    await stage.until(lambda: _parked(stage, 0))
    await second.stop()
    stage.runners.clear()
    await stage.worker(toy.MENDED)
    assert await stage.receipts(1, "accepted") == [(event_id, "accepted")]
    assert len((await stage.toy(referral))["sessions"]) == 1


async def test_a_stale_worker_answers_nothing(stage: Stage) -> None:
    referral = str(uuid.uuid4())
    await stage.referral(referral)
    stale = await stage.worker()
    await stage.until(lambda: stage.toy(referral))
    await stage.session(referral, minutes=13)
    await stage.until(lambda: _parked(stage, 1))
    async with stale.batch_lock:
        asked = {"what": "discard", "at": datetime.now(UTC)}
        await stage.database["parked"].update_one({"key": referral}, {"$set": {"asked": asked}})
        [request] = await stale.unparking.requests()
        await stage.database["positions"].update_many({}, {"$set": {"owner": "another"}})
        assert await stale.unparking.answer(request) == ([], False)
    assert await _parked(stage, 1)
    assert (await stage.toy(referral))["parked"] == 1


async def test_a_record_given_up_is_refused_and_the_next_of_its_key_is_taken(stage: Stage, footing: Footing) -> None:
    referral = str(uuid.uuid4())
    await stage.referral(referral)
    await stage.worker()
    await stage.until(lambda: stage.toy(referral))
    sent = [await stage.session(referral, partition=0, minutes=13), await stage.session(referral, partition=0)]
    await stage.until(lambda: _parked(stage, 2))
    place = f"inbox.{stage.partner}.session-held/0/0"
    assert (await footing("discard", place)).exit_code == 2
    assert (await footing("discard", place, "--because", "made up")).exit_code == 1  # nobody said yes
    done = await footing("discard", place, "--because", "made up", "--yes")
    assert (done.exit_code, done.stdout.endswith(f"case gate {place}: done\n")) == (0, True)
    assert await stage.receipts(1, "refused") == [(sent[0], "refused")]
    assert await stage.receipts(1, "accepted") == [(sent[1], "accepted")]
    assert await _counted(stage) == {"applied": 1, "refused": 1}
    assert "parked" not in await stage.toy(referral)


async def test_an_accepted_event_is_never_given_up(stage: Stage, footing: Footing) -> None:
    record = {"topic": "referral-made", "partition": 3, "offset": 7, "key": b"k", "value": b"v", "headers": []}
    said = {"loop": "gate", "key": "k", "cause": "KeyError", "at": datetime.now(UTC), "record": record}
    await stage.database["parked"].insert_one({"_id": "gate/referral-made/3/7", **said})
    refused = await footing("discard", "referral-made/3/7", "--because", "in the way", "--yes")
    assert refused.exit_code == 1
    assert refused.stderr == (
        "referral-made/3/7 was accepted: without it read models would differ from the log. Mend what keeps it, then: "
        "footing parked retry referral-made/3/7\n"
    )


async def test_a_partner_that_is_registered_later_is_taken_by_a_retry(stage: Stage, footing: Footing) -> None:
    referral, newcomer = str(uuid.uuid4()), f"{stage.partner}-newcomer"
    await stage.referral(referral)
    await stage.worker()
    await stage.until(lambda: stage.toy(referral))
    inbox = f"inbox.{newcomer}.session-held"
    said = toy.headers("session-held", referral, partner=newcomer)
    await topics.ensure_partner(stage.settings.kafka_connection(), f"receipts.{newcomer}", [inbox])
    await stage.producer.send_and_wait(inbox, toy.session(referral), key=referral.encode(), headers=said, partition=1)
    await stage.until(lambda: _parked(stage, 1))
    registry = stage.database.client[stage.database.name.removesuffix("case") + "registry"]["partners"]
    await registry.insert_one({"_id": newcomer, "number": 2, "schemes": ["bridgend"], "events": ["session-held"]})
    done = await footing("retry", f"{inbox}/1/0")
    assert done.exit_code == 0, done.output
    assert len((await stage.toy(referral))["sessions"]) == 1
