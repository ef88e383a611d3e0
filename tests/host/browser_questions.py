"""The ten questions of the docs, walked in a browser as they are written there, and their answers held against data."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from host.figures import Row, disagreements, numbers_in
from host.questions import MOST_CLICKS, Question, questions
from host.signing_in import sign_in
from host.world import World


class Walk:
    """Somebody on the way to an answer, and the data that say the same."""

    def __init__(self, question: Question, page: Page, running: World) -> None:
        self.question, self.page, self.running = question, page, running

    def json(self, path: str) -> Any:
        return httpx.get(f"{self.running.pages}{path}").raise_for_status().json()

    @property
    def release(self) -> str:
        """The one that the page shows."""
        return self.page.get_by_role("region", name="Release").get_by_role("link").first.inner_text()

    def row(self, release: str) -> Row:
        """The one row of a release that says the same."""
        rows = [row for table in self.json(f"/releases/{release}.json")["tables"] for row in table["rows"]]
        return next(row for row in rows if {k: v for k, v in row["at"].items() if v is not None} == self.question.at)

    def live(self) -> Row:
        """The one figure of the API that says the same."""
        at = self.question.at
        found = self.json(f"/api/schemes/{at['scheme']}/figures?synthetic=true")["figures"]
        wanted = (at["measure"], at["definition"], at.get("area"))
        return next(each for each in found if (each["measure"], each["definition"], each["area"]) == wanted)

    def data(self) -> Row:
        return self.live() if self.question.is_live else self.row(self.release)

    def unit(self) -> str:
        measure = self.question.at["measure"]
        return next(each["unit"] for each in self.json("/api/measures")["measures"] if each["id"] == measure)

    def definition(self) -> Mapping[str, Any]:
        said = self.json(f"/releases/{self.release}.json")["definitions"]
        return next(each for each in said if each["measure"] == self.question.at["measure"])

    def cells(self) -> dict[str, str]:
        """The row of the page by its columns."""
        table = self.page.get_by_role("table").filter(has=self.page.get_by_text(self.question.table)).first
        row = table.get_by_role("row").filter(has=self.page.get_by_role("rowheader").filter(has_text=self.question.row))
        named = [each for each in row.all() if _heads(each.get_by_role("rowheader").inner_text(), self.question.row)]
        columns = table.get_by_role("columnheader").all_inner_texts()
        return dict(zip(columns, named[0].locator("th, td").all_inner_texts(), strict=True))


def _heads(said: str, wanted: str) -> bool:
    return said.split("\n", maxsplit=1)[0].removesuffix(" Illustration.") == wanted


def _is_a_figure(walk: Walk) -> None:
    cells, row = walk.cells(), walk.data()
    assert not list(disagreements(cells, row, walk.unit()))
    assert numbers_in(cells["Figure"]), cells


def _is_a_share(walk: Walk) -> None:
    _is_a_figure(walk)
    assert len(numbers_in(walk.cells()["95 % interval"])) == 2


def _is_a_share_that_lies_somewhere(walk: Walk) -> None:
    _is_a_share(walk)
    assert walk.cells()["Where it lies"]


def _is_published_and_came_out(walk: Walk) -> None:
    cells = walk.cells()
    assert "71.5" in numbers_in(cells["Published"])
    for column, release in (("Exact", "made-up-exact"), ("Protected", "made-up")):
        row = walk.row(release)
        due = [f"{row['rate'] * 100:.1f}", f"{row['k']:,}", f"{row['n']:,}"]
        assert numbers_in(cells[column])[:3] == due


def _is_a_meaning(walk: Walk) -> None:
    definition, said = walk.definition(), walk.page.locator("main").inner_text()
    for part in ("words", "numerator", "denominator", "unknown"):
        assert definition[part].replace("`", "").replace("_", " ") in said.replace("_", " ")


def _is_a_file(walk: Walk) -> None:
    with walk.page.expect_download() as downloaded:
        walk.page.get_by_role("link", name=walk.question.clicks[-1]).click()
    rows = list(csv.DictReader(io.StringIO(downloaded.value.path().read_text(encoding="utf-8"))))
    wanted = walk.json(f"/releases/{walk.release}/{walk.question.data}.json")["rows"]
    assert [row["k"] for row in rows] == ["" if row["k"] is None else str(row["k"]) for row in wanted]
    assert len(rows) > 100


def _are_all_releases(walk: Walk) -> None:
    for release in walk.json("/releases")["releases"]:
        expect(walk.page.get_by_role("heading", name=release["id"], exact=True)).to_be_visible()


def _are_as_many_referrals(walk: Walk) -> None:
    references = walk.page.locator("main th a[href^='/staff/referrals/']").all_inner_texts()
    assert len(set(references)) == walk.live()["n"]


_ANSWERS: Mapping[str, Callable[[Walk], None]] = {
    "a share, out of how many, and how sure": _is_a_share,
    "a share, and where it lies": _is_a_share_that_lies_somewhere,
    "what was published, and what came out": _is_published_and_came_out,
    "how many": _is_a_figure,
    "how long": _is_a_figure,
    "what it means": _is_a_meaning,
    "all figures of a table": _is_a_file,
    "all releases": _are_all_releases,
    "as many referrals as are counted": _are_as_many_referrals,
}


@pytest.mark.parametrize("question", questions(), ids=lambda question: question.words)
def test_a_question_is_answered_in_three_clicks(question: Question, visitor: Page, running: World) -> None:
    if question.begin.startswith("/staff"):
        sign_in(visitor, running)
    visitor.goto(running.pages + question.begin)
    is_file = question.answer == "all figures of a table"  # its last click is what downloads it
    for name in question.clicks[:-1] if is_file else question.clicks:
        visitor.get_by_role("link", name=name, exact=True).first.click()
        visitor.wait_for_load_state()
    _ANSWERS[question.answer](Walk(question, visitor, running))


def test_there_are_ten_questions_of_at_most_three_clicks() -> None:
    asked = questions()
    assert len(asked) == 10
    assert all(1 <= len(question.clicks) <= MOST_CLICKS for question in asked)
