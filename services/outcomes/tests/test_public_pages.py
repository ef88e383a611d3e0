"""What the public pages say: of a release as it stands on the shelf, of one that is gone, and where there is none."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from pymongo import AsyncMongoClient
from support.outcomes import known
from support.real_parts import UniqueNames
from support.releases import definition, release, row, shelve

from outcomes_service.dashboard import about, public
from outcomes_service.dashboard.reading import Reader, default
from outcomes_service.dashboard.wording import NONE
from outcomes_service.releases.model import Table

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGES = (
    "/", "/schemes", "/schemes/james-wigg", "/measures", "/measures/returned", "/areas", "/areas/frimley", "/methods",
    "/downloads", "/changes",
)  # fmt: skip


@pytest.fixture
async def database(mongo_url: str, unique_names: UniqueNames) -> AsyncIterator[Any]:
    async with AsyncMongoClient[dict[str, Any]](mongo_url, tz_aware=True) as client:
        name = unique_names.database("outcomes")
        yield client[name]
        await client.drop_database(name)


@pytest.fixture
async def web(database: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The public pages alone, over the shelf."""
    app = FastAPI()
    app.state.running = SimpleNamespace(database=database)
    reader = Reader(known())
    for pages in (public.routes(known(), reader), about.routes(known(), reader), about.nowhere()):
        app.include_router(pages)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://outcomes", headers=BROWSER
    ) as http:
        yield http


def words(answer: httpx.Response) -> str:
    """The text of a page, as one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text.partition("<body")[2]))


def rows(answer: httpx.Response) -> list[list[str]]:
    """The cells of every row of the tables, without headings."""
    found = re.findall(r"<tr>(.*?)</tr>", answer.text.split("<main", 1)[1], re.DOTALL)
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", each, re.DOTALL) for each in found if "<td" in each]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells]


async def test_a_scheme_is_told_in_words_and_numbers_with_all_that_they_need(
    database: Any, web: httpx.AsyncClient
) -> None:
    await shelve(database)
    page = await web.get("/schemes/james-wigg")
    assert "about 175 of 200 all, which is 87.5 %; between 82 and 91 in 100" in words(page)
    assert rows(page) == [["Completer success", "175", "175", "200", "10 (as yes: 92.5 %)", "82.2 to 91.4 %"]]
    assert (
        "Release 2026-03-31 , as of 31 March 2026. Definition: seed . Protection: rounded to the nearest 5."
        in words(page)
    )
    assert "Illustration: the numbers of this scheme are an example" in words(page)
    assert "the scenario of 200 completers is an illustration" in words(page)


async def test_what_is_suppressed_reads_so_and_what_is_rounded_beside_it(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database)
    shown = rows(await web.get("/schemes/workwell"))
    assert shown == [
        ["Returned", "400", "400", "900", "40 (as yes: 48.9 %)", "41.2 to 47.7 %"],
        ["South Yorkshire", "30", "30", "65", "5 (as yes: 53.8 %)", "34.6 to 58.1 %", "rounded to the nearest 5"],
        ["Frimley", *["suppressed"] * 3, NONE, NONE, "suppressed: 1 to 7, or hides such a count"],
        ["Surrey Heartlands", *["suppressed"] * 3, NONE, NONE, "suppressed: 1 to 7, or hides such a count"],
    ]
    assert rows(await web.get("/areas/frimley")) == [["Returned", *["suppressed"] * 3, NONE, NONE]]


async def test_a_measure_has_its_definition_and_every_scheme_in_the_order_of_names(
    database: Any, web: httpx.AsyncClient
) -> None:
    both = [
        row(k, 100, 0, scheme=name, measure="stayed", definition="seed")
        for name, k in (("workwell", 50), ("dundee", 90))
    ]
    table = Table(id="schemes", title="Each", dimensions=("scheme", "measure", "definition"), rows=tuple(both))
    stayed = definition("stayed", words="Cases recorded as `stayed_in_work`.", caveats=("Read it beside `entered`.",))
    await shelve(database, release(tables=(table,), definitions=(stayed,)))
    page = await web.get("/measures/stayed")
    assert [cells[0] for cells in rows(page)] == [known().schemes["dundee"].title, "WorkWell"]
    for said in ("Cases recorded as stayed in work.", "Read it beside entered.", "This is no ranking", "Version 1"):
        assert said in words(page)


async def test_every_page_of_a_synthetic_release_is_marked_and_so_are_exact_figures(
    database: Any, web: httpx.AsyncClient
) -> None:
    await shelve(database, release(profile="open"))
    for path in PAGES:
        said = words(await web.get(path))
        assert "Synthetic: made-up events Exact (open profile) Release 2026-03-31" in said, path


async def test_no_page_of_a_real_release_is_marked(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database, release(synthetic=False))
    for path in PAGES:
        said = words(await web.get(path))
        assert "Release 2026-03-31" in said, path
        assert "made-up events Release" not in said, path


async def test_every_page_keeps_to_the_strictest_policy_and_has_no_script_or_style_of_its_own(
    database: Any, web: httpx.AsyncClient
) -> None:
    await shelve(database)
    for path in (*PAGES, "/accessibility", "/nowhere"):
        page = await web.get(path)
        assert page.headers["content-security-policy"].startswith(
            "default-src 'none'; style-src 'self'; img-src 'self';"
        )
        assert "script-src" not in page.headers["content-security-policy"]
        assert not re.search(r"<script|<style|style=|onclick|https?://", page.text), path


async def test_where_nothing_is_published_it_is_said_how_a_release_comes_to_be(web: httpx.AsyncClient) -> None:
    front = words(await web.get("/"))
    assert "Nothing is published yet" in front
    assert all(f"footing release {word}" in front for word in ("draft", "check", "publish"))
    for path in PAGES:
        assert (await web.get(path)).status_code == 200, path


async def test_another_release_may_be_chosen_and_links_keep_to_it(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database)
    await shelve(database, release("2026-06-30", as_of=date(2026, 6, 30)))
    assert "The latest release" in words(await web.get("/"))
    assert "as of 30 June 2026" in words(await web.get("/schemes/james-wigg"))
    chosen = await web.get("/schemes/james-wigg?release=2026-03-31")
    assert "Completer success" in chosen.text
    assert "as of 31 March 2026" in words(chosen)
    assert 'href="/measures/completer-success?release=2026-03-31"' in chosen.text
    assert '<option value="2026-03-31" selected>' in chosen.text


async def test_a_corrected_release_says_by_which_and_the_other_what_it_changes(
    database: Any, web: httpx.AsyncClient
) -> None:
    await shelve(database)
    changes = ("schemes: james-wigg, completer-success, seed: 170 of 200; it was 175 of 200.",)
    await shelve(
        database,
        release("2026-03-31.2", corrects="2026-03-31", changes=changes, published_at=datetime(2026, 5, 1, tzinfo=UTC)),
    )
    old = words(await web.get("/schemes/james-wigg?release=2026-03-31"))
    assert "Corrected by release 2026-03-31.2 : read that one." in old
    told = words(await web.get("/changes"))
    assert "It corrects release 2026-03-31" in told
    assert changes[0] in told


async def test_a_withdrawn_release_is_gone_and_says_why(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database)
    why = "A scheme was counted twice."
    gone = release(
        "2025-12-31", status="withdrawn", withdrawn_at=datetime(2026, 2, 1, tzinfo=UTC), withdrawn_because=why
    )
    await shelve(database, gone)
    page = await web.get("/schemes/james-wigg?release=2025-12-31")
    assert page.status_code == 410
    assert f"Release 2025-12-31 was withdrawn on 1 February 2026: {why}" in words(page)
    assert "175" not in words(page)
    assert f"Withdrawn on 1 February 2026: {why}" in words(await web.get("/changes"))


async def test_what_is_unknown_is_answered_with_what_exists(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database)
    for path, there in {
        "/schemes/nope": "Employment adviser at the James Wigg Practice",
        "/measures/nope": "Returned to work",
        "/areas/nope": "Frimley",
        "/areas/Z9B2Z": "North Central London (Z9B2Z, since 1 April 2026)",
        "/areas/QNQ": "Frimley (QNQ, until 31 March 2026)",
        "/?release=nope": "2026-03-31: Work and health support to 31 March 2026",
        "/nope": "Methods",
    }.items():
        page = await web.get(path)
        assert (page.status_code, there in words(page)) == (404, True), path
        plain = await web.get(path, headers={"accept": "application/json"})
        assert (plain.status_code, plain.headers["content-type"]) == (404, "application/problem+json")
        assert there in plain.json()["detail"], path


async def test_a_definition_that_changed_and_a_code_that_was_split_are_stated(
    database: Any, web: httpx.AsyncClient
) -> None:
    await shelve(database, release(definitions=(definition("returned", version="0.9"),)))
    said = words(await web.get("/areas/frimley"))
    assert (
        "Returned: the definition has changed since. The figures here follow version 0.9; now it is version 1." in said
    )
    assert "On 1 April 2026 QNQ became S0E4D, S9B9J, QRL. That is more than another name" in said


async def test_figures_too_many_for_a_page_come_a_measure_at_a_time(database: Any, web: httpx.AsyncClient) -> None:
    ages = [f"{age}" for age in range(40)]
    rows_of = [row(50, 100, 0, scheme="workwell", measure=measure, definition="seed", age=age)
               for measure in ("returned", "stayed") for age in ages]  # fmt: skip
    table = Table(id="ages", title="By age", dimensions=("scheme", "measure", "definition", "age"), rows=tuple(rows_of))
    await shelve(database, release(tables=(table,)))
    page = await web.get("/schemes/workwell")
    assert len(rows(page)) == 40
    assert "Stayed: By age" not in words(page)
    assert 'href="?measure=stayed#parts"' in page.text
    assert "Stayed: By age" in words(await web.get("/schemes/workwell?measure=stayed"))
    assert (await web.get("/schemes/workwell?measure=nope")).status_code == 404


def test_who_asks_for_no_release_gets_a_real_one_before_a_made_up_and_a_protected_before_an_exact_one() -> None:
    made = {
        name: release(name, synthetic=synthetic, profile=profile, as_of=date.fromisoformat(as_of))
        for name, synthetic, profile, as_of in (
            ("real", False, "default", "2025-03-31"),
            ("protected", True, "default", "2026-03-31"),
            ("exact", True, "open", "2026-06-30"),
        )
    }
    gone = msgspec.structs.replace(made["real"], status="withdrawn")
    assert default(list(made.values())) == made["real"]
    assert default([made["exact"], made["protected"], gone]) == made["protected"]
    assert default([made["exact"], gone]) == made["exact"]
    assert default([gone]) is None
