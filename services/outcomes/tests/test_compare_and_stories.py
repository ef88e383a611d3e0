"""Comparison and stories: what stands on the pages, of releases made by hand, and the charts at their addresses."""

import re
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from pymongo import AsyncMongoClient
from support.outcomes import known
from support.real_parts import UniqueNames
from support.releases import definition, release, row, shelve

from outcomes_service.dashboard import compare
from outcomes_service.dashboard.charts import serving
from outcomes_service.dashboard.reading import Reader
from outcomes_service.dashboard.stories import pages as stories
from outcomes_service.releases.model import Release, Row, Table
from schemes.published import sources

MEASURES = ("returned", "completer-success", "work-at-52-weeks", "work-at-52-weeks-of-completers", "fit-note-share")
RETURNED = {  # k of n in each scheme; together 370 of 550
    "rhyl": (20, 30),
    "bridgend": (15, 20),
    "tomorrows-people": (210, 250),
    "gateshead": (25, 60),
    "workwell": (100, 190),
}
SVG = "{http://www.w3.org/2000/svg}"


def made(*rows: Row, release_id: str = "2026-03-31", profile: str = "default") -> Release:
    table = Table(id="schemes", title="Schemes", dimensions=("scheme", "measure", "definition"), rows=rows)
    defined = tuple(definition(measure, unit="case") for measure in MEASURES)
    return release(release_id, tables=(table,), definitions=defined, profile=profile)


def share(scheme: str, measure: str, *counts: int) -> Row:
    return row(*counts, scheme=scheme, measure=measure, definition="seed")


def compared() -> Release:
    shown = [share(scheme, "returned", *counts) for scheme, counts in RETURNED.items()]
    opted_out = share("fit-notes", "returned", 90, 100)  # its file says that it takes no part
    return made(*shown, share("kent-margate", "returned"), opted_out)


@pytest.fixture
async def database(mongo_url: str, unique_names: UniqueNames) -> AsyncIterator[Any]:
    async with AsyncMongoClient[dict[str, Any]](mongo_url, tz_aware=True) as client:
        name = unique_names.database("outcomes")
        yield client[name]
        await client.drop_database(name)


@pytest.fixture
async def web(database: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.running = SimpleNamespace(database=database)
    reader = Reader(known())
    for pages in (compare.routes(known(), reader), serving.routes(known(), reader)):
        app.include_router(pages)
    app.include_router(stories.routes(known(), reader, sources()))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://o", headers={"accept": "text/html"}) as http:
        yield http


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.partition("<main")[2]))


def table(html: str) -> list[list[str]]:
    """The cells of every row of the page's tables, without headings."""
    rows = re.findall(r"<tr>(.*?)</tr>", html.partition("<main")[2], re.DOTALL)
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", each, re.DOTALL) for each in rows if "<td" in each]
    return [[re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", cell)).strip() for cell in each] for each in cells]


async def test_schemes_stand_in_the_order_of_names_and_never_of_figures(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database, compared())
    rows = table((await web.get("/compare/returned")).text)

    assert [(number, figure, where) for number, _, figure, *_, where in rows] == [
        ("1", "66.7 %", "within both limits"),
        ("2", "75.0 %", "within both limits"),
        ("3", "84.0 %", "above the 99.8 % limit"),
        ("4", "41.7 %", "below the 99.8 % limit"),
        ("5", "52.6 %", "below the 99.8 % limit"),
    ]
    names = [name for _, name, *_ in rows]
    assert names == sorted(names)


async def test_who_lies_outside_is_said_and_what_that_does_not_mean(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database, compared())
    said = words((await web.get("/compare/returned")).text)

    assert "WorkWell lies below the 99.8 % limit: 52.6 % of 190, where all together are 67.3 %." in said
    assert "It does not mean that one service is better than another." in said
    assert "suppressed or there are none yet: Several agencies together, Margate in Kent." in said
    assert "they chose not to be compared: Fit notes issued in England" in said


async def test_the_list_of_comparisons_has_what_enough_services_show(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database, compared())
    page = (await web.get("/compare")).text

    assert re.findall(r'href="/compare/([^"]+)"', page) == ["returned"]
    assert "Returned : 5 schemes" in words(page)


async def test_a_measure_of_too_few_services_and_one_that_is_not_are_answered(
    database: Any, web: httpx.AsyncClient
) -> None:
    await shelve(database, compared())

    assert "has fewer than 3 services" in words((await web.get("/compare/completer-success")).text)
    missing = await web.get("/compare/happiness", headers={"accept": "application/json"})
    assert (missing.status_code, "returned" in missing.text) == (404, True)


async def test_without_a_release_there_is_nothing_to_compare_and_a_story_says_so(web: httpx.AsyncClient) -> None:
    assert "No release is published yet" in words((await web.get("/compare")).text)
    story = table((await web.get("/stories/2008")).text)
    assert story[1][2:] == ["No exact release is published", "No protected release is published"]


async def test_the_story_of_2008_has_both_columns_and_every_denominator(database: Any, web: httpx.AsyncClient) -> None:
    exact = [
        share("james-wigg", "completer-success", 174, 200, 0),
        share("james-wigg", "work-at-52-weeks", 143, 174, 0),
        share("james-wigg", "work-at-52-weeks-of-completers", 143, 200, 0),
    ]
    protected = [
        share("james-wigg", "completer-success", 175, 200, 0),
        share("james-wigg", "work-at-52-weeks", 145, 175, 0),
    ]
    await shelve(database, made(*protected))
    await shelve(database, made(*exact, release_id="2026-03-31-open", profile="open"))
    rows = {cells[0].split(" Employment")[0]: cells[1:] for cells in table((await web.get("/stories/2008")).text)}

    assert rows["Completers in work or training Illustration."] == [
        "87 % the source",
        "87.0 % 174 of 200; 95 % interval 81.6 to 91.0 %",
        "87.5 % 175 of 200; 95 % interval 82.2 to 91.4 %",
    ]
    assert rows["Of those, in work at 12 months Illustration."] == [
        "82 % the source",
        "82.2 % 143 of 174; 95 % interval 75.8 to 87.2 %",
        "82.9 % 145 of 175; 95 % interval 76.6 to 87.7 %",
    ]
    assert rows["Of all completers, in work at 12 months Illustration."] == [
        "71.5 % worked out, not in the source",
        "71.5 % 143 of 200; 95 % interval 64.9 to 77.3 %",
        "Not in release 2026-03-31",
    ]


async def test_each_source_has_its_page_and_no_other(web: httpx.AsyncClient) -> None:
    listed = re.findall(r'href="(/stories/[^"]+)"', (await web.get("/stories")).text)
    assert listed == ["/stories/2008", "/stories/2009-11", "/stories/2025"]
    assert [(await web.get(address)).status_code for address in listed] == [200, 200, 200]
    assert (await web.get("/stories/1948")).status_code == 404


async def test_a_chart_says_what_it_shows_and_holds_text_but_no_style(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database, compared())
    page = (await web.get("/compare/returned")).text
    wide, narrow = re.findall(r'(?:srcset|src)="(/charts/[^"]+)"', page)
    assert (wide, narrow) == (
        "/charts/2026-03-31/funnel/returned/seed.svg",
        "/charts/2026-03-31/funnel/returned/seed-narrow.svg",
    )
    drawn = await web.get(wide)
    root = ET.fromstring(drawn.content)

    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "Returned: 3 of 5 schemes lie outside what chance alone allows" in page
    assert root.findtext(f"{SVG}title") == "Returned: 3 of 5 schemes lie outside what chance alone allows"
    text = [element.text for element in root.iter(f"{SVG}text")]
    assert {"99.8 %", "95 %", "all 67.3 %", "1", "5 WorkWell"} <= set(text)
    assert not any("style" in element.attrib or element.tag == f"{SVG}style" for element in root.iter())


async def test_the_same_release_gives_the_same_bytes(database: Any, web: httpx.AsyncClient) -> None:
    await shelve(database, compared())
    await shelve(database, msgspec.structs.replace(compared(), id="once-again", content_hash="another"))
    one, two = [
        (await web.get(f"/charts/{each}/funnel/returned/seed.svg")).text for each in ("2026-03-31", "once-again")
    ]

    assert one.replace("2026-03-31", "once-again") == two


@pytest.mark.parametrize("path", ["2026-03-31/funnel/happiness/seed", "2026-03-31/nothing", "1999/scheme/rhyl/shares"])
async def test_a_chart_that_is_not_there_is_answered(database: Any, web: httpx.AsyncClient, path: str) -> None:
    await shelve(database, compared())
    assert (await web.get(f"/charts/{path}.svg")).status_code == 404
