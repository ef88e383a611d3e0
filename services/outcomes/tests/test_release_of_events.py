"""From events to a release: drafted as of a day and as known then, protected, corrected, never half published."""

import asyncio
import csv
import io
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pymongo import AsyncMongoClient
from support.counted import count, drafted, person, publish
from support.outcomes import known
from support.real_parts import UniqueNames

from outcomes_service import store
from outcomes_service.releases import making, shelf, written
from outcomes_service.releases.drafting import CannotDraft
from outcomes_service.releases.hashing import content_hash
from outcomes_service.releases.model import Release, Row
from outcomes_service.releases.shelf import NotAsThought

DOCS = Path(__file__).parents[3] / "docs" / "analysts"
NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
PLAN = """
title: WorkWell
tables:
  - {id: schemes, title: Whole, schemes: [workwell], measures: [users, start-rate, wait-to-first-session]}
  - {id: areas, title: By area, by: [area], schemes: [workwell], measures: [users, start-rate]}
"""
PEOPLE = {"south-yorkshire": 42, "frimley": 31, "black-country": 5, "greater-manchester": 23}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file: Path = tmp_path_factory.mktemp("plans") / "workwell.yaml"
    file.write_text(PLAN)
    return file


@pytest.fixture
async def database(mongo_url: str, unique_names: UniqueNames) -> AsyncIterator[shelf.Database]:
    """Counted: 101 people who are made up, in four areas, and three who are real."""
    async with AsyncMongoClient[dict[str, Any]](mongo_url, tz_aware=True) as client:
        counted = client[unique_names.database("outcomes")]
        people = [person(area, number) for area, size in PEOPLE.items() for number in range(size)]
        await count(counted, [*people, *(person("frimley", number, synthetic=False) for number in range(3))])
        yield counted
        await client.drop_database(counted.name)


def figure(made: Release, table: str, measure: str, area: str | None = None) -> Row:
    (found,) = (
        row
        for each in made.tables
        for row in each.rows
        if each.id == table and row.at["measure"] == measure and row.at.get("area") == area
    )
    return found


async def test_an_open_release_says_the_exact_figures_of_made_up_events_alone(database: Any, plan: Path) -> None:
    made = await publish(database, plan, profile="open")
    assert (made.id, made.status) == ("2026-03-31-synthetic-open", "published")
    assert figure(made, "schemes", "users").k == 66
    assert [figure(made, "areas", "start-rate", area).n for area in (None, *PEOPLE)] == [101, 42, 31, 5, 23]
    assert figure(made, "schemes", "wait-to-first-session").value == 7.0
    live = await store.figures(database, known(), known().schemes["workwell"], made.as_of, synthetic=True)
    (start_rate,) = (each for each in live if each.measure == "start-rate" and each.area is None)
    row = figure(made, "areas", "start-rate")
    assert (row.k, row.n, row.rate, row.low, row.high) == (
        start_rate.k, start_rate.n, start_rate.rate, start_rate.low, start_rate.high,
    )  # fmt: skip


async def test_a_protected_release_hides_who_is_few_and_is_published_after_its_check(database: Any, plan: Path) -> None:
    made = await publish(database, plan)
    assert (figure(made, "schemes", "users").k, figure(made, "areas", "users").k) == (65, 65)
    few = figure(made, "areas", "start-rate", "black-country")
    assert (few.k, few.n, few.rate, few.protection) == (None, None, None, "suppressed")
    assert (await making.check(database, made.id)).narrowed == ()
    assert await shelf.get(database, made.id) == made


async def test_a_release_is_as_of_a_day_and_as_known_at_a_moment(database: Any, plan: Path) -> None:
    before = await publish(database, plan, profile="open", day="2025-03-05")
    assert figure(before, "areas", "start-rate").k in (0, None)
    with pytest.raises(CannotDraft, match="There is nothing to release"):
        await publish(database, plan, profile="open", known_on=datetime(2025, 3, 1, tzinfo=UTC), day="2025-03-01")


async def test_a_correction_lists_what_it_changes_and_stands_beside_what_it_corrects(database: Any, plan: Path) -> None:
    first = await publish(database, plan, profile="open")
    late = [person("frimley", 1) for _ in range(2)]
    await count(database, late)
    second = await publish(database, plan, profile="open", corrects=first.id)
    assert second.id == "2026-03-31-synthetic-open-2"
    assert second.changes[:2] == (
        "schemes: workwell, users, seed: 68 of 103; it was 66 of 101.",
        "schemes: workwell, start-rate, seed: 68 of 103; it was 66 of 101.",
    )
    assert await shelf.get(database, first.id) == first
    with pytest.raises(CannotDraft, match="is synthetic, of profile open: correct it by one alike"):
        await publish(database, plan, corrects=first.id)
    with pytest.raises(NotAsThought, match="There is no published release nowhere"):
        await publish(database, plan, corrects="nowhere")


async def test_of_two_who_publish_at_once_one_is_told_no_and_a_changed_draft_is_not_published(
    database: Any, plan: Path
) -> None:
    made = await publish(database, plan, profile="open")
    draft = msgspec.structs.replace(made, id="draft", status="draft", published_at=None)
    draft = msgspec.structs.replace(draft, content_hash=content_hash(draft))
    await shelf.put(database, draft, draft.tables)
    both = await asyncio.gather(*[shelf.publish(database, draft, NOW, 1) for _ in range(2)], return_exceptions=True)
    assert sorted(type(each).__name__ for each in both) == ["NotAsThought", "Release"]
    spoilt = msgspec.structs.replace(draft, id="spoilt", notes=("Another.",))
    await shelf.put(database, spoilt, spoilt.tables)
    with pytest.raises(NotAsThought, match="does not say what its hash says"):
        await making.publish(database, "spoilt", NOW)


async def test_two_drafts_that_were_not_held_against_each_other_do_not_both_go_out(database: Any, plan: Path) -> None:
    for name in ("one", "other"):
        await drafted(database, plan, id=name)
    both = await asyncio.gather(
        *[making.publish(database, name, NOW) for name in ("one", "other")], return_exceptions=True
    )
    (told,) = (each for each in both if isinstance(each, NotAsThought))
    assert "Another release went out while" in str(told)
    left = next(each.id for each in await shelf.every(database) if each.status == "draft")
    assert (await making.publish(database, left, NOW)).status == "published"


async def script(name: str, *words: str, **environment: str) -> tuple[int | None, str]:
    """What a script of the documentation prints, run as an analyst runs it."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, DOCS / name, *words, stdout=PIPE, env={**os.environ, **environment}
    )
    printed, _ = await running.communicate()
    return running.returncode, printed.decode()


async def test_the_script_of_plain_pymongo_prints_the_numbers_of_the_chart(database: Any, mongo_url: str) -> None:
    _, printed = await script("chart.py", "workwell", "start-rate", MONGO_URL=mongo_url, DATABASE=database.name)
    today = datetime.now(UTC).date()
    live = await store.figures(database, known(), known().schemes["workwell"], today, synthetic=True)
    areas = [each for each in live if each.measure == "start-rate"]
    wanted = [
        [each.area or "all", f"{each.k}", f"{each.n}", f"{each.rate:.6f}", f"{each.low:.6f}", f"{each.high:.6f}"]
        for each in sorted(areas, key=lambda each: (each.area is None, each.area))
    ]
    assert len(wanted) == 5
    assert list(csv.reader(io.StringIO(printed)))[1:] == wanted


async def test_the_script_that_checks_a_hash_finds_a_figure_that_was_changed(
    database: Any, plan: Path, tmp_path: Path
) -> None:
    made = await publish(database, plan, profile="open")
    (right := tmp_path / "right.json").write_bytes(written.of_release(made, ("Corrected since.",)))
    (wrong := tmp_path / "wrong.json").write_bytes(right.read_bytes().replace(b'"k":66', b'"k":99'))
    assert await script("check_hash.py", right.as_uri()) == (0, f"{made.id}: {made.content_hash} as it says\n")
    code, printed = await script("check_hash.py", wrong.as_uri())
    assert (code, printed.endswith("IS NOT WHAT IT SAYS\n")) == (1, True)
