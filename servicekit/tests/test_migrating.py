"""Stored documents have a version: older ones are migrated, before newer ones a service stops with a sentence."""

import asyncio
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import msgspec
import pytest
from support import toy
from support.stage import Stage

from contracts.envelope import Event
from contracts.session_held import SessionHeld
from servicekit import migrating
from servicekit.documents import Document, NewerData, from_stored, to_stored
from servicekit.endings import Accept, Wait
from servicekit.hears import Hears, Moment
from servicekit.migrating import migrate
from servicekit.running import Service
from servicekit.service import serve
from servicekit.settings import ServiceSettings

Stored = dict[str, Any]


class Newer(Document, kw_only=True, omit_defaults=True):
    """The toy two versions on: its sessions are `held`, and their number is kept."""

    schema: ClassVar[int] = 3
    migrations: ClassVar[Mapping[int, Callable[[Stored], Stored]]] = {
        1: lambda old: {n: v for n, v in old.items() if n != "sessions"} | {"held": old.get("sessions", [])},
        2: lambda old: old | {"count": len(old["held"])},
    }
    opened: bool = False
    held: tuple[str, ...] = ()
    count: int = 0


def _broken_off(old: Stored) -> Stored:
    if old["_id"] == "r00700":
        raise InterruptedError
    return Newer.migrations[2](old)


class BrokenOff(Newer, kw_only=True, omit_defaults=True):
    """The same, by a worker that does not live to see the end."""

    migrations: ClassVar[Mapping[int, Callable[[Stored], Stored]]] = {1: Newer.migrations[1], 2: _broken_off}


def on_session(newer: Newer, event: Event[SessionHeld], _at: Moment[None]) -> Accept[Newer] | Wait:
    held = (*newer.held, event.data.session_id)
    return Accept(msgspec.structs.replace(newer, held=held, count=len(held))) if newer.opened else Wait()


NEWER: Any = replace(toy.LOOP, document=Newer, hears=Hears(gate={SessionHeld: on_session}))


def _older(*numbers: int) -> list[Stored]:
    return [{"_id": f"r{n:05d}", "version": 2, "opened": True, "sessions": [f"s{n}"]} for n in numbers]


def test_a_document_of_the_first_version_carries_no_version_and_is_read_by_newer_code() -> None:
    stored = to_stored(toy.Toy(id="r", version=2, opened=True, sessions=("s",)))
    assert stored == {"_id": "r", "version": 2, "opened": True, "sessions": ("s",)}
    newer = from_stored(Newer, stored)
    assert newer == Newer(id="r", version=2, opened=True, held=("s",), count=1)
    assert to_stored(newer) == {"_id": "r", "version": 2, "opened": True, "held": ("s",), "count": 1, "v": 3}


def test_a_newer_document_is_not_misread() -> None:
    with pytest.raises(NewerData, match="documents of version 3 and this code knows versions up to 1: start the newer"):
        from_stored(toy.Toy, {"_id": "r", "version": 2, "v": 3, "opened": True})


async def test_workers_that_start_together_migrate_once_and_carry_on_what_was_broken_off(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_DOCUMENTS", 20)
    toys, versions = stage.database["toys"], stage.database["stored_versions"]
    await toys.insert_many([*_older(*range(1500)), {"_id": "r99999", "version": 1, "held": [], "count": 0, "v": 3}])
    with pytest.raises(InterruptedError):
        await migrate(stage.database, "toys", BrokenOff)
    broken_off = await versions.find_one()
    assert broken_off is not None
    assert (broken_off["done"], broken_off["version"], broken_off["documents"]) == (False, 3, 700)
    await asyncio.gather(*(migrate(stage.database, "toys", Newer) for _ in range(2)))
    standing = await versions.find_one()
    assert standing is not None
    assert (standing["done"], standing["documents"]) == (True, 1500)
    assert await toys.count_documents({"v": 3, "sessions": {"$exists": False}}) == 1501
    assert await toys.find_one({"_id": "r00700"}) == {
        "_id": "r00700", "version": 2, "opened": True, "held": ["s700"], "count": 1, "v": 3
    }  # fmt: skip


async def test_an_upgrade_over_todays_data_goes_on_where_it_was_and_older_code_stops_at_it(stage: Stage) -> None:
    referral, other = str(uuid.uuid4()), str(uuid.uuid4())
    for made in (referral, other):
        await stage.referral(made)
    worker = await stage.worker()
    for made in (referral, other):
        await stage.until(lambda key=made: stage.toy(key))
    await stage.session(referral)
    await stage.until(lambda: _has(stage, referral, "sessions", 1))
    await migrate(stage.database, "toys", Newer)  # a newer worker starts while the older one still runs
    await stage.session(other)
    await stage.until(lambda: _stopped(worker))
    assert worker.stopped_because == (
        "The collection of Toy holds documents of version 3 and this code knows versions up to 1: "
        "start the newer release again, or restore a backup from before it"
    )
    await worker.stop()
    stage.runners.clear()
    await stage.worker(NEWER)
    await stage.until(lambda: _has(stage, other, "held", 1))
    await stage.session(referral)
    await stage.until(lambda: _has(stage, referral, "held", 2))
    assert await stage.database["parked"].count_documents({"key": {"$in": [referral, other]}}) == 0
    service = Service("toy", _settings(stage), loops=(toy.LOOP,))
    with pytest.raises(NewerData, match=r"^toys holds documents of version 3 and this code knows versions up to 1"):
        await serve(service)


async def test_a_process_of_older_code_exits_and_says_why(stage: Stage) -> None:
    await stage.database["stored_versions"].insert_one({"_id": "toys", "version": 3, "done": True})
    toy_service = (sys.executable, "-m", "support.toy_service")
    child = await asyncio.create_subprocess_exec(*toy_service, stdout=asyncio.subprocess.PIPE, env=stage.environment)
    said, _ = await asyncio.wait_for(child.communicate(), 60)
    assert child.returncode == 3
    assert b'"event": "refuses_to_run"' in said
    assert b"toys holds documents of version 3 and this code knows versions up to 1: start the newer release" in said


def _settings(stage: Stage) -> ServiceSettings:
    return stage.settings.model_copy(update={"database_prefix": stage.database.name.removesuffix("toy")})


async def _has(stage: Stage, referral: str, field: str, count: int) -> bool:
    return len((await stage.toy(referral)).get(field, [])) == count


async def _stopped(runner: Any) -> bool:
    return runner.stopped_because is not None
