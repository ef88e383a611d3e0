"""A loop on real Kafka and MongoDB: what goes in comes out once, whoever runs it and however it ends."""

import asyncio
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.errors import OperationFailure
from support import toy
from support.stage import Stage
from support.waiting import PATIENCE_SECONDS

from contracts.envelope import Record
from servicekit import topics
from servicekit.endings import Accept
from servicekit.ledger import Ledger
from servicekit.outgoing import Outgoing
from servicekit.positions import Fenced
from servicekit.relay import Relay
from servicekit.runner import LoopRunner
from servicekit.sending import KafkaSender
from servicekit.tending import end, sweep


async def test_a_session_is_applied_announced_and_receipted(stage: Stage) -> None:
    await stage.worker()
    referral = str(uuid.uuid4())
    event_id = await stage.session(referral)
    await stage.until(lambda: stage.toy(referral))
    await stage.referral(referral)
    assert await stage.receipts(2) == [(event_id, "waiting"), (event_id, "accepted")]
    stored = await stage.toy(referral)
    assert stored["version"] == 2
    assert len(stored["sessions"]) == 1


async def test_what_was_committed_and_not_sent_is_sent_by_whoever_takes_over(stage: Stage) -> None:
    referral = str(uuid.uuid4())
    await stage.referral(referral)
    first = await stage.worker()
    await stage.until(lambda: stage.toy(referral))
    await first.relay.stop()  # as if the process had died between commit and send
    event_id = await stage.session(referral)
    await stage.until(lambda: _has(stage, referral, 1))
    await first.stop()
    stage.runners.clear()
    assert await stage.database["outbox"].count_documents({}) == 1
    await stage.worker()
    assert await stage.receipts(1) == [(event_id, "accepted")]
    await stage.until(lambda: _is_empty(stage.database["outbox"]))
    assert len((await stage.toy(referral))["sessions"]) == 1


@pytest.mark.parametrize("waits", [True, False], ids=["as_it_is", "without_the_wait"])
async def test_what_another_worker_committed_first_appears_first(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, waits: bool
) -> None:
    """Two clients may put one referral into two partitions, and so before two workers; the first is held up."""
    first, second = await stage.worker(), await stage.worker()
    await stage.until(lambda: _share(first, second))
    inbox = f"inbox.{stage.partner}.session-held"
    held, other = (first, second) if (inbox, 0) in first.writer.next else (second, first)
    referral, go_on = str(uuid.uuid4()), asyncio.Event()
    await stage.referral(referral)
    await stage.until(lambda: stage.toy(referral))
    await stage.until(lambda: _is_empty(stage.database["outbox"]))
    send = held.relay._sender.send

    async def send_late(records: Sequence[Outgoing]) -> None:
        await go_on.wait()
        await send(records)

    monkeypatch.setattr(held.relay._sender, "send", send_late)
    if not waits:
        monkeypatch.setattr(other.ledger.outbox, "still_left", _nothing)
    await stage.session(referral, partition=0)
    await stage.until(lambda: _has(stage, referral, 1))
    await stage.session(referral, partition=1)
    assert await stage.announced(referral, 1) == ([2] if waits else [3])
    go_on.set()
    await stage.until(lambda: _is_empty(stage.database["outbox"]))
    versions = await stage.announced(referral, 2)
    assert versions == ([2, 3] if waits else [3, 2])


async def test_what_was_left_is_read_in_an_order_in_which_it_may_appear(stage: Stage) -> None:
    said = Outgoing(f"receipts.{stage.partner}", 0, b"k", b"{}", ())
    ledgers = [Ledger(stage.database, "gate", "toys", toy.Toy, owner=owner) for owner in ("z", "a", "m")]
    await ledgers[0].prepare()
    written: list[str] = []
    async with stage.database.client.start_session() as session:
        for turn in (0, 1, 2, 1, 0):
            async with await session.start_transaction():
                written += [one.id for one in await ledgers[turn].outbox.put(session, [said])]
    assert written == ["z/1/0", "a/1/0", "m/1/0", "a/2/0", "z/2/0"]
    assert [one.id for one in await ledgers[0].outbox.left()] == written


async def test_positions_never_go_back_and_nothing_doubles_when_members_come_and_go(stage: Stage) -> None:
    referrals = [str(uuid.uuid4()) for _ in range(40)]
    for referral in referrals:
        await stage.referral(referral)
    await stage.worker()
    seen: dict[str, int] = {}

    over = asyncio.Event()

    async def watch() -> None:
        while not over.is_set():
            async for entry in stage.database["positions"].find():
                assert entry["next"] >= seen.get(entry["_id"], 0)
                seen[entry["_id"]] = entry["next"]
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    for round_ in range(3):
        await asyncio.gather(*(stage.session(referral) for referral in referrals))
        if round_ < 2:
            await stage.worker()  # a rebalance in the middle of the stream
    done = {"$expr": {"$eq": [{"$size": {"$ifNull": ["$sessions", []]}}, 3]}}

    async def all_done() -> bool:
        return await stage.database["toys"].count_documents(done) == len(referrals)

    await stage.until(all_done)
    over.set()
    await watching
    assert len({event_id for event_id, _ in await stage.receipts(120, "accepted")}) == 120
    assert sum(seen.values()) > 0


async def test_a_stale_worker_changes_nothing(stage: Stage) -> None:
    referral = str(uuid.uuid4())
    await stage.referral(referral)
    stale = await stage.worker()
    await stage.until(lambda: stage.toy(referral))
    await stage.database["positions"].update_many({}, {"$set": {"owner": "another"}})
    await stage.session(referral)
    await stage.until(lambda: _gave_up(stale))
    assert (await stage.toy(referral)).get("sessions", []) == []


async def test_what_a_dead_claimant_holds_is_taken_back_by_whom_kafka_gave_it(stage: Stage) -> None:
    """A worker that claims late, paused or expelled, and is killed before it joins again: nobody would handle it."""
    referral = str(uuid.uuid4())
    await stage.referral(referral)
    worker = await stage.worker()
    await stage.until(lambda: stage.toy(referral))
    await stage.database["positions"].update_many({}, {"$set": {"owner": "dead"}})
    event_id = await stage.session(referral)
    await stage.until(lambda: _gave_up(worker))
    assert await stage.receipts(1) == [(event_id, "accepted")]
    assert len((await stage.toy(referral))["sessions"]) == 1


async def test_a_claim_is_a_write_also_where_the_partition_was_ours(stage: Stage) -> None:
    """Or a commit of ours whose answer was lost could come to hold after we looked where we are."""
    worker = await stage.worker()
    await stage.until(lambda: _took_over(worker))
    place = min(worker.writer.next)
    async with worker.batch_lock:
        session = worker.writer._session
        await session.start_transaction()
        stays = {place: (worker.writer.next[place],) * 2}
        await worker.ledger.positions.move(session, stays, {}, {}, datetime.now(UTC))
        await worker.writer.claim([place])
        with pytest.raises(OperationFailure):
            await session.commit_transaction()
    assert list(worker.writer.next) == [place]


async def test_an_accepted_event_has_its_identity_though_its_partner_is_newer_than_our_snapshot(stage: Stage) -> None:
    """Without one, its repetition on the wire would be handled a second time."""
    worker = await stage.worker()
    await stage.partners.refresh()
    newcomer = f"{stage.partner}-newcomer"
    registry = stage.database.client[stage.database.name.removesuffix("toy") + "registry"]["partners"]
    await registry.insert_one({"_id": newcomer, "number": 2, "schemes": [], "events": []})
    referral = str(uuid.uuid4())
    said = (*toy.headers("referral-made", referral, partner=newcomer), ("ce_acceptedtime", b"2025-03-01T12:00:00Z"))
    record = Record("referral-made", 0, 0, referral.encode(), toy.referral_made(referral), said)
    assert (await worker.writer.read([record]))[0].identity is not None


async def test_a_tick_of_a_stale_worker_writes_and_announces_nothing(stage: Stage) -> None:
    referral = str(uuid.uuid4())
    await stage.referral(referral)
    stale = await stage.worker()
    await stage.until(lambda: stage.toy(referral))
    async with stale.batch_lock:  # as ticks have it: between two batches
        await stage.database["positions"].update_many({}, {"$set": {"owner": "another"}})
        with pytest.raises(Fenced):
            await stale.writer.tick([referral], lambda toy_, _at: Accept(toy_))
    assert (await stage.toy(referral))["version"] == 1


async def test_what_is_left_beside_the_loop_is_sent_without_a_change_of_hands(stage: Stage) -> None:
    """A command that commits and is killed before it sends: nobody takes anything over because of that."""
    worker = await stage.worker()
    by_hand: Ledger[toy.Toy] = Ledger(stage.database, "gate", "toys", toy.Toy, owner="a-command")
    said = Outgoing(f"receipts.{stage.partner}", 0, b"k", b'{"event_id": "e", "fate": "accepted"}', ())
    async with stage.database.client.start_session() as session, await session.start_transaction():
        await by_hand.outbox.put(session, [said])
    sweeping = asyncio.create_task(sweep(worker.ledger.outbox.left_ids, worker._sweep, every=0.05))
    assert await stage.receipts(1) == [("e", "accepted")]
    await stage.until(lambda: _is_empty(stage.database["outbox"]))
    await end(sweeping)


async def test_deleted_receipts_of_one_partner_hold_up_nobody(stage: Stage, kafka_url: str) -> None:
    connection: dict[str, Any] = {"bootstrap_servers": kafka_url, "request_timeout_ms": 500}
    gone, narrow = f"receipts.{stage.partner}-gone", f"receipts.{stage.partner}-narrow"
    await topics.ensure(connection, {narrow: (1, topics.RECEIPTS)})
    ledger = Ledger(stage.database, "gate", "toys", toy.Toy, owner="one")
    await ledger.prepare()
    lost = [Outgoing(topic, 1, b"k", b"{}", ()) for topic in (gone, narrow)]
    async with stage.database.client.start_session() as session, await session.start_transaction():
        (committed,) = await ledger.outbox.put(session, lost)
    relay = Relay(KafkaSender(connection), ledger.outbox, lambda _: None)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await relay.send_surely(committed)
    await relay.stop()
    await stage.until(lambda: _is_empty(stage.database["outbox"]))


async def test_a_bug_in_the_loop_stops_it_and_loses_nothing(stage: Stage) -> None:
    """A stored document that cannot be read is a fault of ours: going on with the next batch would lose this one."""
    broken, sound = str(uuid.uuid4()), str(uuid.uuid4())
    await stage.database["toys"].insert_one({"_id": broken, "version": "not a number"})
    runner = await stage.worker()
    await stage.referral(broken)
    await stage.until(lambda: _stopped(runner))
    assert "a bug in the loop: ValidationError" in (runner.trouble() or "")
    await stage.referral(sound)
    await runner.stop()
    stage.runners.clear()
    await stage.database["toys"].delete_one({"_id": broken})
    await stage.worker()
    await stage.until(lambda: stage.toy(broken))
    await stage.until(lambda: stage.toy(sound))


async def test_a_topic_with_another_partition_count_is_refused_with_a_sentence(kafka_url: str) -> None:
    connection = {"bootstrap_servers": kafka_url}
    unfit = topics.unfit("session-held", 4, {"retention.ms": "-1", "retention.bytes": "-1"})
    assert unfit == (
        "topic session-held has 4 partitions and must have 8: the order of a referral rests on it; "
        "make a new generation of topics and rebuild"
    )
    assert topics.unfit("session-held", 8, {"retention.ms": "604800000", "retention.bytes": "-1"}) == (
        "topic session-held has retention.ms=604800000 and must have -1: "
        "it is the source from which everything is rebuilt"
    )
    await topics.ensure_canonical(connection)  # the real ones are fit


async def _nothing(_ids: Sequence[str]) -> tuple[str, ...]:
    return ()


async def _share(first: LoopRunner[Any, Any], second: LoopRunner[Any, Any]) -> bool:
    return await _took_over(first) and await _took_over(second) and not first.writer.next.keys() & second.writer.next


async def _has(stage: Stage, referral: str, sessions: int) -> bool:
    return len((await stage.toy(referral)).get("sessions", [])) == sessions


async def _is_empty(collection: Any) -> bool:
    return bool(await collection.count_documents({}) == 0)


async def _stopped(runner: LoopRunner[Any, Any]) -> bool:
    return runner.stopped_because is not None


async def _took_over(runner: LoopRunner[Any, Any]) -> bool:
    return bool(runner.writer.next) and not runner.writer.leaving


async def _gave_up(runner: LoopRunner[Any, Any]) -> bool:
    return not runner.writer.next
