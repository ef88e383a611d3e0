"""Every figure that the sources published comes out of events alone: on the API, in releases and on story pages.

What partners say goes through the gates, late, doubled, corrected and withdrawn as they say it, in a system to which
nobody else says anything. Expected values were written by hand.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest
from pymongo import AsyncMongoClient
from support.settling import settle
from support.whole import Whole, running

from ops.demo.watch import Watch
from ops.simulator import to_kafka
from ops.simulator.scenarios import SCENARIOS, surgeries
from ops.simulator.telling import Telling, of_casts
from ops.simulator.wire import Said
from outcomes_service.breakdowns.answering import asking
from outcomes_service.breakdowns.question import Question, Row
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases import drafting, making
from outcomes_service.releases.plans import Plan, Planned
from schemes import load, register
from servicekit.days import day_of, to_milliseconds

EXACT: Final = {  # scheme and measure: k, n, share or value
    ("james-wigg", "completer-success"): (174, 200, 0.87),
    ("james-wigg", "work-at-52-weeks"): (143, 174, 0.8218),
    ("james-wigg", "work-at-52-weeks-of-entered"): (137, 160, 0.8562),
    ("james-wigg", "work-at-52-weeks-of-completers"): (143, 200, 0.715),
    ("james-wigg", "capacity-used"): (30_000, 54_000, 0.5556),
    ("roll-out-2008", "reach-practices"): (40, 40, 1.0),
    ("roll-out-2008", "reach-people"): (4_000, 4_000, 1.0),
    ("roll-out-2008", "cost-per-person-seen"): (5_000_000, 4_000, 1_250),
    ("roll-out-2008", "cost-per-area"): (5_000_000, 12, 416_666.6667),
    ("roll-out-2008", "cost-per-area-year"): (5_000_000, 36, 138_888.8889),
    ("leicester", "cost-per-pilot"): (13_000_000, 10, 1_300_000),
    ("fit-notes", "fit-note-share"): (10_230_000, 11_000_000, 0.93),
    ("fit-note-fund", "cost-per-area"): (1_500_000, 15, 100_000),
    ("exercise-programme", "programme-length"): (None, 40, 12),
}
INTERVALS: Final = {  # of the exact shares, Wilson's 95 %
    "completer-success": (0.816, 0.910),
    "work-at-52-weeks": (0.758, 0.872),
}
PROTECTED: Final = {  # the same counts rounded to five, and the share that they give
    ("james-wigg", "completer-success"): (175, 200, 0.875),
    ("james-wigg", "work-at-52-weeks"): (145, 175, 0.8286),
}
PAGES: Final = {  # what a story page says of a figure: published, exact, protected
    "/stories/2008": (
        ("Completers in work or training", "87 %", "87.0 % 174 of 200", "87.5 % 175 of 200"),
        ("Of those, in work at 12 months", "82 %", "82.2 % 143 of 174", "82.9 % 145 of 175"),
        ("Of all completers, in work at 12 months", "71.5 %", "71.5 % 143 of 200", "72.5 % 145 of 200"),
        ("Of those who entered work, in work at 12 months", "85.6 %", "85.6 % 137 of 160", "suppressed"),  # 6 trainees
        ("People seen, against the target", "4,000", "4,000", "suppressed"),  # all who were referred
        ("Practices that referred, against the target", "40", "40", "40"),
        ("Pounds a person seen", "GBP 1,250", "£1,250", "suppressed"),
        ("Pounds a location", "GBP 416,667", "£416,667", "£416,667"),
        ("Pounds a location and year", "GBP 138,889", "£138,889", "£138,889"),
        ("Five 50-minute sessions in a 7.5-hour day", "55.6 %", "55.6 %", "55.6 %"),
    ),
    "/stories/2009-11": (("Pounds a pilot, of ten", "GBP 1.3m", "£1,300,000", "£1,300,000"),),
    "/stories/2025": (
        ("Fit notes that say not fit for work", "93 %", "93.0 % 10,230,000 of 11,000,000", "93.0 %"),
        ("Pounds an area, of fifteen", "GBP 100k", "£100,000", "£100,000"),
        ("Programme start to at least day 84, median of completers", "12 weeks", "12 weeks", "12 weeks"),
    ),
}
PLAN: Final = Plan(
    title="What the sources tell of",
    tables=(Planned(id="schemes", title="Schemes", schemes=tuple(sorted({scheme for scheme, _ in EXACT}))),),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """All that these figures need is said and counted, and published exact and protected."""
    with running("yardstick", tmp_path_factory.mktemp("yardstick") / "schemes") as whole:
        to_kafka.send(_said(), whole.settings, None, lambda: None)
        with Watch(whole.settings) as watch:
            settle(watch, 180)
        asyncio.run(_published(whole))
        yield whole


def _said() -> Iterator[Said]:
    telling = Telling(schemes=load(), register=register.load(), yearly=True)
    yield from SCENARIOS["james-wigg"].tell(telling)
    yield from of_casts([cast for cast in surgeries.CASTS if cast.scheme_id == "exercise-programme"])(telling)
    yield from SCENARIOS["roll-out-2008"].tell(telling.sliced(0.0, beginnings=True))
    yield from SCENARIOS["fit-notes"].tell(telling)


async def _published(whole: Whole) -> None:
    known, now = Known(load(), register.load()), to_milliseconds(datetime.now(UTC))
    async with AsyncMongoClient[dict[str, Any]](**whole.settings.mongo_connection()) as client:
        database = client[f"{whole.settings.database_prefix}outcomes"]
        ask, answers = asking(database, known), dict[Question, Sequence[Row]]()

        async def once(question: Question) -> Sequence[Row]:
            if question not in answers:
                answers[question] = await ask(question)
            return answers[question]

        for profile in ("default", "open"):
            wishes = drafting.Wishes(
                as_of=day_of(now), known_on=now, synthetic=True, profile=profile, id=f"yardstick-{profile}"
            )
            await making.draft(database, known, once, PLAN, wishes, say=lambda _: None)
            await making.publish(database, f"yardstick-{profile}", now)


def _counts(figure: dict[str, Any]) -> tuple[int | None, int | None, float]:
    said = figure["rate"] if figure["value"] is None else figure["value"]
    return figure["k"], figure["n"], round(said, 4)


def _get(whole: Whole, path: str, **params: str) -> httpx.Response:
    return httpx.get(f"{whole.services.urls['outcomes']}{path}", params=params, timeout=60).raise_for_status()


def _released(whole: Whole, release: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows = _get(whole, f"/releases/{release}.json").json()["tables"][0]["rows"]
    return {(row["at"]["scheme"], row["at"]["measure"]): row for row in rows}


@pytest.mark.parametrize("scheme", sorted({scheme for scheme, _ in EXACT}))
def test_the_api_gives_every_published_figure_to_the_unit(told: Whole, scheme: str) -> None:
    found = _get(told, f"/api/schemes/{scheme}/figures", synthetic="true").json()["figures"]
    wanted = {measure: figures for (of, measure), figures in EXACT.items() if of == scheme}
    whole = {figure["measure"]: figure for figure in found if figure["area"] is None and figure["measure"] in wanted}

    assert {measure: _counts(figure) for measure, figure in whole.items()} == wanted
    for measure in INTERVALS.keys() & whole.keys():
        assert (round(whole[measure]["low"], 3), round(whole[measure]["high"], 3)) == INTERVALS[measure]


def test_the_exact_release_has_every_published_figure_to_the_unit(told: Whole) -> None:
    found = _released(told, "yardstick-open")
    assert {figure: _counts(found[figure]) for figure in EXACT} == EXACT


def test_the_protected_release_has_them_rounded_and_the_shares_that_follow(told: Whole) -> None:
    found = _released(told, "yardstick-default")
    assert {figure: _counts(found[figure]) for figure in PROTECTED} == PROTECTED


@pytest.mark.parametrize("path", PAGES)
def test_the_story_pages_have_them_beside_what_was_published(told: Whole, path: str) -> None:
    rows = re.findall(r"<tr>(.*?)</tr>", _get(told, path).text, re.DOTALL)
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows if "<td" in row]
    said = [[re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", cell)).strip() for cell in row] for row in cells]

    for what, published, exact, protected in PAGES[path]:
        found = next(row for row in said if row[0].startswith(f"{what} "))
        assert found[1].startswith(f"{published} ")
        assert found[2].startswith(exact), found
        assert protected in found[3], found


def test_illustrations_are_marked_where_they_are_one_and_nowhere_else(told: Whole) -> None:
    assert _get(told, "/stories/2008").text.count("<strong>Illustration.</strong>") == 6
    assert "Illustration" not in _get(told, "/stories/2025").text
