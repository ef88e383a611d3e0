"""The simulated MongoDB answers as a real one does, in what the mechanism rests on; the same calls on both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from typing import Any

import pytest
from pymongo import AsyncMongoClient, DeleteMany, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError
from simulation.clockwork import Clockwork, Process
from simulation.mongo import Client, Server
from simulation.wire import Faults, Wire

Scene = Callable[[Any], Awaitable[Any]]


async def _last_writer_loses(database: Any) -> Any:
    """Who writes second, while the first is open, gets a conflict; the first commits."""
    rows = database["rows"]
    await rows.bulk_write([InsertOne({"_id": 1, "n": 0})])
    first, second = database.client.start_session(), database.client.start_session()
    await first.start_transaction()
    await second.start_transaction()
    await _write(rows, {"$inc": {"n": 1}}, first)
    failed = await _failure(_write(rows, {"$inc": {"n": 10}}, second))
    await first.commit_transaction()
    return failed, await _all(rows)


async def _a_snapshot_is_old(database: Any) -> Any:
    """Who read before another committed does not see it, and cannot write over it."""
    rows = database["rows"]
    await rows.bulk_write([InsertOne({"_id": 1, "n": 0})])
    session = database.client.start_session()
    await session.start_transaction()
    before = await _all(rows, session)
    await _write(rows, {"$set": {"n": 5}})
    meanwhile = await _all(rows, session)
    failed = await _failure(_write(rows, {"$inc": {"n": 1}}, session))
    gone = await _failure(session.commit_transaction())
    return before, meanwhile, failed, gone, await _all(rows)


async def _own_writes_are_seen(database: Any) -> Any:
    rows, session = database["rows"], database.client.start_session()
    await session.start_transaction()
    await rows.bulk_write([InsertOne({"_id": 1, "n": 1})], session=session)
    seen = await _all(rows, session)
    outside = await _all(rows)
    await session.abort_transaction()
    return seen, outside, await _all(rows)


async def _a_killed_session_has_no_transaction(database: Any) -> Any:
    rows, session = database["rows"], database.client.start_session()
    await rows.bulk_write([InsertOne({"_id": 1, "n": 0})])
    await session.start_transaction()
    await _write(rows, {"$inc": {"n": 1}}, session)
    await database.client.admin.command("killSessions", [session.session_id])
    failed = await _failure(session.commit_transaction())
    await _write(rows, {"$inc": {"n": 100}})  # nothing holds it
    return failed, await _all(rows)


async def _a_commit_asked_twice_is_one(database: Any) -> Any:
    rows, session = database["rows"], database.client.start_session()
    await rows.bulk_write([InsertOne({"_id": 1, "n": 0})])
    await session.start_transaction()
    await _write(rows, {"$inc": {"n": 1}}, session)
    await session.commit_transaction()
    await session.commit_transaction()
    return await _all(rows)


async def _an_insert_of_what_is_there_fails(database: Any) -> Any:
    rows, session = database["rows"], database.client.start_session()
    await rows.bulk_write([InsertOne({"_id": 1})])
    await session.start_transaction()
    failed = await _failure(rows.bulk_write([InsertOne({"_id": 2}), InsertOne({"_id": 1})], session=session))
    return failed, await _all(rows)


async def _two_insert_the_same(database: Any) -> Any:
    rows = database["rows"]
    first, second = database.client.start_session(), database.client.start_session()
    await rows.bulk_write([InsertOne({"_id": 9})])
    for session in (first, second):
        await session.start_transaction()
        await _all(rows, session)
    await rows.bulk_write([InsertOne({"_id": 1})], session=first)
    await first.commit_transaction()
    return await _failure(rows.bulk_write([InsertOne({"_id": 1})], session=second)), await _all(rows)


async def _queries_and_updates(database: Any) -> Any:
    rows = database["rows"]
    await rows.insert_many([{"_id": n, "of": "ab"[n % 2], "n": n, "list": list(range(n))} for n in range(5)])
    result = await rows.bulk_write(
        [
            UpdateOne({"_id": 7}, {"$set": {"a": 1}, "$inc": {"m": 1}, "$setOnInsert": {"b": 2}}, upsert=True),
            UpdateOne({"_id": 1, "n": 1}, {"$inc": {"deep.er": 2, "n": 1}, "$unset": {"of": ""}}),
            UpdateOne({"_id": 1, "n": 1}, {"$set": {"never": True}}),
            ReplaceOne({"_id": 2, "list": {"$size": 2}, "none": {"$exists": False}}, {"_id": 2, "new": True}),
            DeleteMany({"n": {"$in": [3]}}),
        ]
    )
    found = [
        [row["_id"] async for row in rows.find(query).sort({"_id": -1})]
        for query in (
            {"of": "a"}, {"of": {"$ne": "a"}}, {"n": {"$lte": 2}},
            {"_id": {"$in": [4, 1, 9]}}, {"deep.er": {"$exists": True}},
        )
    ]  # fmt: skip
    one = await rows.find_one({"_id": {"$in": [0]}})
    return result.matched_count, result.deleted_count, found, one, await _all(rows)


async def _write_outside_waits(database: Any) -> Any:
    """As a claim does while a predecessor's transaction holds the position."""
    rows, session = database["rows"], database.client.start_session()
    await rows.bulk_write([InsertOne({"_id": 1, "n": 1})])
    await session.start_transaction()
    await _write(rows, {"$inc": {"n": 1}}, session)
    waiting = asyncio.ensure_future(_write(rows, {"$inc": {"n": 10}}))
    await asyncio.sleep(0.05)
    was_done = waiting.done()
    await session.commit_transaction()
    await waiting
    return was_done, await _all(rows)


SCENES = [
    _last_writer_loses, _a_snapshot_is_old, _own_writes_are_seen, _a_killed_session_has_no_transaction,
    _a_commit_asked_twice_is_one, _an_insert_of_what_is_there_fails, _two_insert_the_same, _queries_and_updates,
    _write_outside_waits,
]  # fmt: skip


@pytest.fixture
async def real(mongo_url: str, unique_names: Any) -> AsyncIterator[Any]:
    async with AsyncMongoClient[dict[str, Any]](mongo_url, w="majority", readConcernLevel="majority") as client:
        database = client[unique_names.database("simulated")]
        await database.create_collection("rows")
        yield database
        await client.drop_database(database.name)


@pytest.mark.parametrize("scene", SCENES, ids=[scene.__name__.strip("_") for scene in SCENES])
async def test_a_simulated_mongodb_answers_as_a_real_one(real: Any, scene: Scene) -> None:
    expected = await scene(real)
    assert await asyncio.to_thread(_simulated, scene) == expected


def _simulated(scene: Scene) -> Any:
    clockwork = Clockwork(Random(1))
    process = Process(clockwork, "test")
    server = Server(lambda: clockwork.now, lambda *_: None)
    database = Client(server, Wire(process, Faults(), None))["rows"]
    task = process.create_task(scene(database))
    clockwork.run(task.done, 60.0)
    return task.result()


async def _write(rows: Any, update: dict[str, Any], session: Any = None) -> None:
    await rows.bulk_write([UpdateOne({"_id": 1}, update)], session=session)


async def _all(rows: Any, session: Any = None) -> Any:
    return [row async for row in rows.find({"_id": {"$in": list(range(10))}}, session=session).sort("_id", 1)]


async def _failure(call: Awaitable[Any]) -> Any:
    """What matters of an error: which it is, and whether the transaction may be tried again."""
    try:
        await call
    except BulkWriteError as error:
        return "bulk", [written["code"] for written in error.details["writeErrors"]]
    except OperationFailure as error:
        return error.code, error.has_error_label("TransientTransactionError")
    except PyMongoError as error:
        return type(error).__name__
    return None
