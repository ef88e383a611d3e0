"""`footing release`: what an analyst does with releases that are there, and what is told where something is not."""

import asyncio
import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import Result
from pymongo import AsyncMongoClient
from support.counted import count, person
from support.real_parts import UniqueNames
from support.releases import release, row, shelve
from typer.testing import CliRunner

from ops.demo.releases import release_all
from ops.main import build
from ops.releasing import files
from outcomes_service.releases.drafting import SAME
from outcomes_service.releases.model import Release, Table
from servicekit.settings import ServiceSettings


@dataclass
class Desk:
    """An analyst's desk: the command, and a shelf of its own."""

    mongo_url: str
    prefix: str

    def footing(self, *words: str) -> Result:
        environment = {"KAFKA_URL": "127.0.0.1:1", "MONGO_URL": self.mongo_url, "DATABASE_PREFIX": self.prefix}
        return CliRunner().invoke(build("release"), ["release", *words], env=environment)

    def shelve(self, *releases: Release, exact: tuple[Table, ...] | None = None) -> None:
        async def put() -> None:
            async with AsyncMongoClient[dict[str, Any]](self.mongo_url) as client:
                for made in releases:
                    await shelve(client[f"{self.prefix}outcomes"], made, exact)

        asyncio.run(put())

    def count(self, sizes: Mapping[str, int]) -> None:
        """Made-up people in areas of WorkWell are counted."""

        async def put() -> None:
            async with AsyncMongoClient[dict[str, Any]](self.mongo_url, tz_aware=True) as client:
                people = [person(area, number) for area, size in sizes.items() for number in range(size)]
                await count(client[f"{self.prefix}outcomes"], people)

        asyncio.run(put())


@pytest.fixture
def desk(mongo_url: str, unique_names: UniqueNames) -> Iterator[Desk]:
    desk = Desk(mongo_url, f"{unique_names.prefix}_")
    yield desk

    async def clear() -> None:
        async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
            await client.drop_database(f"{desk.prefix}outcomes")

    asyncio.run(clear())


def draft(release_id: str = "draft", *tables: Table) -> Release:
    """A draft of safe figures, or of these tables."""
    at: dict[str, str | None] = {"scheme": "rhyl", "measure": "returned", "definition": "seed"}
    safe = Table(id="schemes", title="Each scheme", dimensions=SAME, rows=(row(60, 140, 10, **at),))
    return release(release_id, status="draft", published_at=None, tables=tables or (safe,))


def test_a_draft_is_checked_published_and_never_changes(desk: Desk) -> None:
    desk.shelve(draft())
    assert desk.footing("check", "draft").stdout == "draft: no suppressed count can be worked out; 1 cells.\n"
    published = desk.footing("publish", "draft", "--json")
    assert (published.exit_code, json.loads(published.stdout)["status"]) == (0, "published")
    for words in (("publish", "draft"), ("discard", "draft")):
        again = desk.footing(*words)
        assert (again.exit_code, again.stdout) == (1, "")
    assert "Release draft is published already." in desk.footing("publish", "draft").stderr


def test_what_gives_a_count_away_is_shown_and_not_published(desk: Desk) -> None:
    """Of 48 to 52 people 38 to 42 are in one area: in the other, whose count is not shown, there are at least 6."""
    at = {"scheme": "paisley-argyll", "measure": "users", "definition": "seed"}
    rows = (row(50, **at, area=None), row(40, **at, area="paisley"), row(**at, area="argyll"))
    table = Table(id="areas", title="By area", dimensions=(*SAME, "area"), rows=rows)
    counted = (row(48, **at, area=None), row(41, **at, area="paisley"), row(7, **at, area="argyll"))
    exact = msgspec.structs.replace(table, rows=counted)
    desk.shelve(draft("leaky", table), exact=(exact,))
    checked = desk.footing("check", "leaky", "--json")
    assert checked.exit_code == 1
    (found,) = json.loads(checked.stdout)["found"]
    assert (found["least"], found["most"]) == (6, 14)
    (count,) = found["counts"]
    assert (count["population"]["area"], count["measure"], count["part"]) == ("argyll", "users", "k")
    refused = desk.footing("publish", "leaky")
    assert refused.exit_code == 1
    assert "argyll" in refused.stderr
    assert "It is not published." in refused.stderr
    assert json.loads(desk.footing("list", "--json").stdout)[0]["status"] == "draft"


def test_a_published_release_is_withdrawn_with_a_reason_and_a_draft_is_dropped(desk: Desk) -> None:
    desk.shelve(release("out"), draft())
    assert desk.footing("withdraw", "out", "--because", " ").exit_code == 2
    assert desk.footing("withdraw", "out", "--because", "Two areas were swapped.").exit_code == 0
    assert desk.footing("discard", "draft").exit_code == 0
    (left,) = json.loads(desk.footing("list", "--json").stdout)
    assert (left["id"], left["status"], left["withdrawn_because"]) == ("out", "withdrawn", "Two areas were swapped.")
    assert "Two areas were swapped." in desk.footing("show", "out").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("check", "x"),
        ("verify", "x"),
        ("publish", "x"),
        ("show", "x"),
        ("discard", "x"),
        ("withdraw", "x", "--because", "y"),
        ("export", "x", "--output", "x.json"),
    ],
)
def test_what_is_not_there_is_said(desk: Desk, words: tuple[str, ...]) -> None:
    answer = desk.footing(*words)
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert answer.stderr.startswith("There is no ")


def test_files_of_a_release_are_what_everybody_downloads(desk: Desk, tmp_path: Path) -> None:
    desk.shelve(release("out"))
    whole, areas = tmp_path / "out.json", tmp_path / "areas.csv"
    assert desk.footing("export", "out", "--output", str(whole)).exit_code == 0
    assert json.loads(whole.read_text())["content_hash"] == release("out").content_hash
    assert desk.footing("export", "out", "--table", "workwell-areas", "--output", str(areas)).exit_code == 0
    with areas.open() as file:
        assert [line["area"] for line in csv.DictReader(file)][1:] == [
            "south-yorkshire",
            "frimley",
            "surrey-heartlands",
        ]
    for words, said in (
        (("--output", "x.xlsx"), "A file ends with .json or .csv."),
        (("--output", "x.csv"), "A CSV is of one table: --table schemes, workwell-areas."),
        (
            ("--output", "x.csv", "--table", "ages"),
            "Release out has no table ages. There are: schemes, workwell-areas.",
        ),
    ):
        refused = desk.footing("export", "out", *words)
        assert (refused.exit_code, refused.stderr.strip()) == (1, said)
    assert desk.footing("export", "out", "--output", str(tmp_path / "no" / "such.json")).exit_code == 2


def interrupted() -> Iterator[bytes]:
    """Content that somebody stops halfway."""
    yield b"new, and"
    raise KeyboardInterrupt


def test_an_export_that_is_stopped_leaves_what_stood_there(tmp_path: Path) -> None:
    target = tmp_path / "areas.csv"
    files.write(target, [b"old"])

    with pytest.raises(KeyboardInterrupt):
        files.write(target, interrupted())
    assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"old", [target])


def test_a_day_a_name_and_a_plan_that_are_wrong_are_used_wrongly(desk: Desk, tmp_path: Path) -> None:
    assert desk.footing("draft", "--as-of", "yesterday").exit_code == 2
    assert desk.footing("draft", "--id", "My Release").exit_code == 2
    plan = tmp_path / "plan.yaml"
    plan.write_text("title: T\ntables: [{id: a, title: A, schemes: [nowhere]}]")
    answer = desk.footing("draft", "--plan", str(plan))
    assert answer.exit_code == 1
    assert answer.stderr.startswith("plan.yaml: table a: there is no scheme nowhere. There are: bridgend")


def test_what_was_counted_is_drafted_from_a_plan_and_a_correction_says_what_differs(desk: Desk, tmp_path: Path) -> None:
    desk.count({"south-yorkshire": 30, "frimley": 20})
    plan = tmp_path / "plan.yaml"
    table = "{id: areas, title: By area, by: [area], schemes: [workwell], measures: [start-rate]}"
    plan.write_text(f"title: WorkWell\ntables: [{table}]")
    words = ("draft", "--plan", str(plan), "--synthetic", "--profile", "open", "--as-of", "2026-03-31", "--json")
    drafted = json.loads(desk.footing(*words, "--note", "Of fifty.").stdout)
    assert (drafted["id"], drafted["status"], drafted["notes"][-1]) == (
        "2026-03-31-synthetic-open",
        "draft",
        "Of fifty.",
    )
    assert desk.footing("publish", drafted["id"]).exit_code == 0
    desk.count({"frimley": 3})
    corrected = json.loads(desk.footing(*words, "--corrects", drafted["id"]).stdout)
    assert corrected["changes"] == [
        "areas: workwell, start-rate, seed, all areas: 35 of 53; it was 33 of 50.",
        "areas: workwell, start-rate, seed, frimley: 15 of 23; it was 13 of 20.",
    ]
    refused = desk.footing("draft", "--plan", str(plan))
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (
        1,
        "There is nothing to release: no such event is counted up to that day.",
    )


def test_a_release_that_lacks_what_was_known_by_then_is_found_out(desk: Desk, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("title: Areas\ntables: [{id: areas, title: By area, schemes: [workwell], measures: [users]}]\n")
    desk.count({"south-yorkshire": 30})
    drafted = desk.footing("draft", "--synthetic", "--plan", str(plan), "--as-of", "2026-03-31", "--id", "early")
    assert drafted.exit_code == 0, drafted.output
    agrees = desk.footing("verify", "early")
    assert (agrees.exit_code, agrees.stdout) == (0, "early says what was known when it was drafted.\n")
    desk.count({"south-yorkshire": 9})  # accepted long before, and counted only now: six of nine are seen
    differs = desk.footing("verify", "early")
    assert differs.exit_code == 1
    said = "areas: workwell, users, seed: 20 of 30 was published; 26 of 39 was known.\n"
    assert differs.stdout.endswith(said)


def test_the_demo_publishes_what_it_counted_protected_and_exact(desk: Desk) -> None:
    desk.count({"south-yorkshire": 30, "frimley": 20, "black-country": 3})
    settings = ServiceSettings(
        kafka_url="127.0.0.1:1", mongo_url=desk.mongo_url, http_port=0, database_prefix=desk.prefix
    )
    said: list[str] = []
    protected, exact = release_all(settings, said.append)
    assert [(each.profile, each.status) for each in (protected, exact)] == [
        ("default", "published"),
        ("open", "published"),
    ]
    assert len(said) == 2
    assert {row.protection for table in exact.tables for row in table.rows} == {"exact"}
    assert "suppressed" in {row.protection for table in protected.tables for row in table.rows}
