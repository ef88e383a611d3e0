"""What charts say, and that every kind is drawn in both widths; live curves for staff."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from pymongo import AsyncMongoClient
from support.outcomes import known
from support.real_parts import UniqueNames

from outcomes_service.dashboard.charts.canvas import NARROW, WIDE
from outcomes_service.dashboard.charts.fit_notes import FitNotes
from outcomes_service.dashboard.charts.funnels import Funnel, Unit
from outcomes_service.dashboard.charts.lasting import Lasting
from outcomes_service.dashboard.charts.pictures import Drawing
from outcomes_service.dashboard.charts.reach import Reach, Reached
from outcomes_service.dashboard.charts.shares import Share, Shares
from outcomes_service.dashboard.charts.waits import Wait, Waits
from outcomes_service.dashboard.staff import curves
from outcomes_service.indicators.survival import kaplan_meier
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS
from servicekit.signing_in import Member

FROM = "Made-up events."
CURVE = kaplan_meier({28: 20, 91: 10}, {91: 5, 364: 65})
SHARES = (
    Share("Absent from work", 40, 80, 0.5, 0.39, 0.61),
    Share("At work", 20, 60, 0.333, 0.23, 0.38),
    Share("Out of work"),
)
CHARTS: dict[str, Drawing] = {
    "shares": Shares("Returned", SHARES, FROM),
    "shares of one scheme": Shares("WorkWell", SHARES[:2], FROM, alike=False),
    "nothing but suppressed": Shares("Returned", SHARES[2:], FROM),
    "waits": Waits("Leicester", "day", (Wait("First session", 30, 4, 7), Wait("Return", 10), Wait("Call", 9, 1)), FROM),
    "reach": Reach("Roll-out", (Reached("People reached", 4_000, 4_000), Reached("Practices", 38, 40)), FROM),
    "fit notes": FitNotes(93, 100, FROM),
    "lasting": Lasting("Still in work", 100, CURVE.steps, 52, FROM),
    "funnel": Funnel(
        "Returned", "schemes", 0.5,
        (Unit(1, "Bury", 15, 30, "within"), Unit(2, "Rhyl", 90, 100, "above_998"), Unit(3, "York", 40, 90, "within")),
        FROM,
    ),
}  # fmt: skip


def test_a_title_says_the_finding() -> None:
    assert {name: chart.title for name, chart in CHARTS.items()} == {
        "shares": "Returned: 33.3 % to 50.0 %, and not all intervals overlap",
        "shares of one scheme": "WorkWell: from 33.3 % (at work) to 50.0 % (absent from work)",
        "nothing but suppressed": "Returned: every figure is suppressed",
        "waits": "Leicester: half were within 1 to 4 days",
        "reach": "Roll-out: practices: 38 of 40 aimed at",
        "fit notes": "93.0 % of 100 fit notes say: not fit for work",
        "lasting": "Still in work: about 70 % after 52 weeks (between 60 and 78 %)",
        "funnel": "Returned: 1 of 3 schemes lies outside what chance alone allows: Rhyl",
    }


def test_the_alternative_says_what_the_picture_shows() -> None:
    assert CHARTS["shares"].alt == (
        "Dots with intervals. Absent from work: 50.0 %, 40 of 80, 95 % interval 39.0 to 61.0 %. "
        "At work: 33.3 %, 20 of 60, 95 % interval 23.0 to 38.0 %. Out of work: suppressed."
    )
    assert CHARTS["waits"].alt == (
        "Bars. First session: half within 4 days, nine in ten within 7 (of 30). Return: suppressed. "
        "Call: half within 1 day (of 9)."
    )
    assert CHARTS["lasting"].alt == (
        "A falling curve of 100 cases, from 100 % at the end. "
        "After 4 weeks 80.0 %, 13 weeks 70.0 %, 26 weeks 70.0 %, 52 weeks 70.0 %."
    )


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("name", CHARTS)
def test_every_kind_is_drawn_within_its_width_and_says_its_numbers(name: str, wide: bool) -> None:
    chart = CHARTS[name]
    root = ET.fromstring(chart.draw(wide=wide).svg(chart.title, chart.alt))
    said = " ".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text"))

    assert float(root.get("width", 0)) == (WIDE if wide else NARROW)
    assert FROM in said
    assert set(re.findall(r"\d[\d.,]*", chart.title)) <= set(re.findall(r"\d[\d.,]*", said))


@pytest.fixture
async def staff(mongo_url: str, unique_names: UniqueNames) -> AsyncIterator[httpx.AsyncClient]:
    """The page of curves alone, for somebody who is signed in."""
    async with AsyncMongoClient[dict[str, Any]](mongo_url, tz_aware=True) as client:
        database = client[unique_names.database("outcomes")]
        app = FastAPI()
        app.state.running = SimpleNamespace(database=database)
        app.include_router(curves.routes(known()))

        @app.middleware("http")
        async def signed_in(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
            request.state.member = Member(name="ana")
            return await call_next(request)

        parts = {"n": 100, "ended-28": 30, "seen-364": 70}
        await database[READ_MODELS].insert_one({"_id": POINTER, "cells": "cells_x"})
        await database["cells_x"].insert_one({
            "scheme_id": "workwell", "area": "frimley", "measure": "sustained-work", "definition": "seed",
            "synthetic": True, "parts": {part: {"2025-06-01": count} for part, count in parts.items()},
        })  # fmt: skip
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://o") as http:
            yield http
        await client.drop_database(database.name)


async def test_staff_see_how_long_work_lasts_as_a_curve_with_its_table(staff: httpx.AsyncClient) -> None:
    page = await staff.get("/staff/schemes/workwell/lasting")
    cells = re.findall(r"<t[dh] [^>]*>([^<]*)</t[dh]>", page.text)
    wide, narrow = re.findall(r'(?:srcset|src)="(/staff/[^"]+\.svg)"', page.text)

    assert cells[4:] == ["4", "70.0 %", "60.0 to 78.0 %", "100", "13", "70.0 %", "60.0 to 78.0 %", "70",
                     "26", "70.0 %", "60.0 to 78.0 %", "70", "52", "70.0 %", "60.0 to 78.0 %", "70"]  # fmt: skip
    for address in (wide, narrow):
        drawn = await staff.get(address)
        assert drawn.headers["cache-control"] == "no-store"
        assert "about 70 % after 52 weeks" in drawn.text


@pytest.mark.parametrize("path", ["nowhere/lasting", "rhyl/lasting/sustained-work-seed-real.svg"])
async def test_curves_that_are_not_there_are_answered(staff: httpx.AsyncClient, path: str) -> None:
    assert (await staff.get(f"/staff/schemes/{path}")).status_code == 404
