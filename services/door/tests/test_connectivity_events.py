"""Every so often each partner hears that the way back is open: from one door, however many there are."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.world import World, made

from contracts import connectivity
from contracts.receipt import is_receipt
from contracts.topics import receipts
from door_service.connectivity import next_slot
from door_service.handlers import HEARS, read_receipt

QUARTER = timedelta(minutes=15)
SHORT_SECONDS = 0.5


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-02T{text}").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "due"), [("09:30:00", "09:45:00"), ("09:44:59.999", "09:45:00"), ("09:45:00", "10:00:00")]
)
def test_it_is_due_at_the_quarters_of_the_hour(now: str, due: str) -> None:
    assert next_slot(at(now), QUARTER) == at(due)


def test_a_door_that_hears_one_keeps_nothing_of_it() -> None:
    said = connectivity.record("acme", at("09:30:00"), at("09:45:00"))
    item = read_receipt(said, None)  # type: ignore[arg-type]
    assert item.read.id == said.place  # type: ignore[union-attr]
    assert type(item.read.data) not in HEARS.follow  # type: ignore[union-attr]


@pytest.fixture
async def world(
    kafka_url: str, mongo_url: str, unique_names: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setenv("CONNECTIVITY_SECONDS", str(SHORT_SECONDS))
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"james-wigg"})) as world:
        yield world


async def test_two_doors_tell_a_partner_once_each_time(world: World) -> None:
    slots: list[datetime] = []
    async with world.running("door"), world.running("door"):
        async for record in world._records(receipts(world.partner)):
            assert not is_receipt(record.headers)
            said = connectivity.Connectivity.model_validate_json(record.value or b"")
            assert said.partner == world.partner
            assert said.next_at - said.at == timedelta(seconds=SHORT_SECONDS)
            slots.append(said.at)
            if len(slots) == 6:
                break
        fates = world.database("door")["fates"]
        assert await fates.count_documents({"_id": {"$regex": f"^{world.partner}/"}}) == 0
        parked = world.database("door")["parked"]
        assert await parked.count_documents({"record.topic": receipts(world.partner)}) == 0
    assert len(set(slots)) == 6
