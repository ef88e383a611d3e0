"""What stands at the addresses of releases: as they were published, after a correction, after a withdrawal."""

import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pymongo import AsyncMongoClient
from support.outcomes import known
from support.real_parts import UniqueNames
from support.releases import definition, release, shelve

from outcomes_service import downloads
from outcomes_service.releases import shelf
from outcomes_service.releases.defining import defined

Database = Any
LATER = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
async def database(mongo_url: str, unique_names: UniqueNames) -> AsyncIterator[Database]:
    async with AsyncMongoClient[dict[str, Any]](mongo_url, tz_aware=True) as client:
        name = unique_names.database("outcomes")
        yield client[name]
        await client.drop_database(name)


@pytest.fixture
async def web(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The addresses alone, over the shelf."""
    app = FastAPI()
    app.state.running = SimpleNamespace(database=database)
    app.include_router(downloads.routes(known()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://outcomes") as http:
        yield http


async def test_a_release_says_all_of_itself_and_its_hash_can_be_worked_out_again(
    database: Database, web: httpx.AsyncClient
) -> None:
    made = await shelve(database)
    answer = await web.get("/releases/2026-03-31.json")
    said = answer.json()
    assert (answer.status_code, said["id"], said["as_of"]) == (200, "2026-03-31", "2026-03-31")
    for name in ("since", "status", "drafted_at", "content_hash", "published_at", "withdrawn_at", "withdrawn_because"):
        del said[name]
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).hexdigest() == made.content_hash


async def test_what_was_published_need_not_be_sent_twice(database: Database, web: httpx.AsyncClient) -> None:
    made = await shelve(database)
    for path in ("/releases/2026-03-31.json", "/releases/2026-03-31/schemes.csv", "/releases/2026-03-31/schemes.json"):
        first = await web.get(path)
        assert first.headers["cache-control"] == "public, max-age=3600, immutable"
        assert made.content_hash in first.headers["etag"]
        again = await web.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_a_csv_is_plain_and_its_metadata_says_what_each_column_is(
    database: Database, web: httpx.AsyncClient
) -> None:
    await shelve(database)
    answer = await web.get("/releases/2026-03-31/workwell-areas.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["area"], row["k"], row["n"], row["protection"]) for row in rows] == [
        ("", "400", "900", "rounded"),
        ("south-yorkshire", "30", "65", "rounded"),
        ("frimley", "", "", "suppressed"),
        ("surrey-heartlands", "", "", "suppressed"),
    ]
    assert 'rel="describedby"' in answer.headers["link"]
    described = await web.get("/releases/2026-03-31/workwell-areas.csv-metadata.json")
    said = described.json()
    assert described.headers["content-type"] == "application/csvm+json"
    assert said["url"] == "workwell-areas.csv"
    assert [column["name"] for column in said["tableSchema"]["columns"]] == list(rows[0])
    assert [each["measure"] for each in said["notes"][0]["definitions"]] == ["returned"]


async def test_the_list_has_the_newest_first_and_no_drafts(database: Database, web: httpx.AsyncClient) -> None:
    await shelve(database, release("one"))
    await shelve(database, release("two", drafted_at=LATER))
    await shelve(database, release("three", status="draft", published_at=None))
    said = (await web.get("/releases")).json()["releases"]
    assert [(each["id"], each["url"]) for each in said] == [
        ("two", "/releases/two.json"),
        ("one", "/releases/one.json"),
    ]
    assert (await web.get("/releases/three.json")).status_code == 404


async def test_what_is_not_there_says_what_is(database: Database, web: httpx.AsyncClient) -> None:
    nothing = (await web.get("/releases/2020.json")).json()
    assert (nothing["status"], nothing["detail"]) == (404, "None is published yet.")
    await shelve(database)
    for path, detail in (
        ("/releases/2020.json", "It was never published. There are: 2026-03-31."),
        ("/releases/2020/schemes.csv", "It was never published. There are: 2026-03-31."),
        (
            "/releases/2026-03-31/ages.csv",
            "Release 2026-03-31 has none of this name. There are: schemes, workwell-areas.",
        ),
    ):
        answer = await web.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert answer.json()["detail"] == detail
    assert "2026-03-31" in (await web.get("/releases/2020.json", headers=BROWSER)).text


async def test_a_withdrawn_release_leaves_its_reason_where_it_stood(database: Database, web: httpx.AsyncClient) -> None:
    gone = await shelve(database)
    await shelf.withdraw(database, "2026-03-31", LATER, "Two areas were swapped.")
    for path in ("/releases/2026-03-31.json", "/releases/2026-03-31/schemes.csv"):
        answer = await web.get(path)
        assert answer.status_code == 410
        assert answer.json()["detail"] == "Withdrawn on 2026-05-01: Two areas were swapped."
        page = await web.get(path, headers=BROWSER)
        assert (page.status_code, page.headers["content-type"]) == (410, "text/html; charset=utf-8")
        assert "Two areas were swapped." in page.text
    listed = (await web.get("/releases")).json()["releases"]
    assert [(each["status"], each["withdrawn_because"]) for each in listed] == [
        ("withdrawn", "Two areas were swapped.")
    ]
    (kept,) = await shelf.went_out(database, release("later"))
    assert kept.published == gone.tables, "a later release must be held against it: somebody may have kept it"


async def test_what_changed_around_a_release_is_said_beside_it_and_the_hash_stays(
    database: Database, web: httpx.AsyncClient
) -> None:
    now = defined(known().measures["entered"])
    made = await shelve(database, release("old", definitions=(now, definition("stayed", version="0"))))
    before = await web.get("/releases/old.json")
    assert before.json()["since"][0] == (
        "Stayed: the definition has changed since. The figures here follow version 0; now it is version "
        f"{defined(known().measures['stayed']).version}."
    )
    await shelve(database, release("new", corrects="old"))
    after = await web.get("/releases/old.json")
    assert after.json()["since"][0] == "Corrected by release new: read that one."
    assert after.json()["content_hash"] == made.content_hash
    assert after.headers["etag"] != before.headers["etag"]


async def test_areas_whose_codes_changed_since_are_named(database: Database, web: httpx.AsyncClient) -> None:
    await shelve(database, release("old", definitions=(), as_of=date(2026, 3, 31)))
    said = (await web.get("/releases/old/workwell-areas.json")).json()["since"]
    assert said == [
        "Frimley: its organisation code is S0E4D and S9B9J and QRL since 2026-04-01; at the time of these figures it "
        "was QNQ.",
        "Surrey Heartlands: its organisation code is S9B9J since 2026-04-01; at the time of these figures it was QXU.",
    ]
