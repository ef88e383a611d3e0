"""Does what is read out of MongoDB give the figures of whole journeys: narrowed, shared out, in other processes?"""

import csv
import io
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from random import Random
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from pymongo import AsyncMongoClient
from support.histories import History
from support.outcomes import fit_notes, journey, known
from support.real_parts import UniqueNames

from contracts.session_not_held import SessionNotHeld
from outcomes_service.breakdowns import answering
from outcomes_service.breakdowns.answering import Breakdowns, asking
from outcomes_service.breakdowns.conditions import checked
from outcomes_service.breakdowns.knowing import as_known
from outcomes_service.breakdowns.question import Question, Row
from outcomes_service.breakdowns.reading import Share, read
from outcomes_service.breakdowns.routes import routes
from outcomes_service.breakdowns.rows import rows
from outcomes_service.breakdowns.table import Asked, Taking
from outcomes_service.indicators.catalogue import Known
from outcomes_service.progress import Watch
from outcomes_service.projections.building import prepare
from outcomes_service.projections.journeys import Journey
from outcomes_service.settings import OutcomesSettings
from servicekit.documents import to_stored
from servicekit.metrics import Metrics
from servicekit.partners import Partners
from servicekit.running import Running, Service

SCHEMES = ("james-wigg", "workwell", "gateshead", "salus-advice-line", "small-business-support", "tomorrows-people")
LAST = date(2025, 12, 31)


@dataclass(frozen=True)
class Kept:
    """Drawn histories as journeys, here and in a database."""

    database: Any
    settings: OutcomesSettings
    journeys: list[Journey]

    @property
    def early(self) -> datetime:
        """A moment when much was still to be accepted."""
        accepted_at = sorted(fact.accepted for each in self.journeys for fact in each.facts)
        return accepted_at[len(accepted_at) // 2]


@pytest.fixture(scope="module")
async def kept(mongo_url: str) -> AsyncIterator[Kept]:
    random, schemes = Random(3), [known().schemes[name] for name in SCHEMES]
    histories = [History(random, number, schemes) for number in range(150)]
    made = [
        journey(*(e for e in each.events if not isinstance(e.data, SessionNotHeld)), key=each.subject)
        for each in histories
    ]
    made.append(journey(fit_notes("F83023"), key="ods:F83023"))
    settings = OutcomesSettings(mongo_url=mongo_url, kafka_url="nowhere:9092")
    async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as client:
        database = client[UniqueNames(f"t{uuid.uuid4().hex[:10]}").database("outcomes")]
        names = await prepare(database, known())
        await database[names.journeys].insert_many([to_stored(each) for each in made])
        yield Kept(database, settings, made)
        await client.drop_database(database.name)


def questions(known_on: datetime | None) -> list[Question]:
    """One about each measure that anything can be broken down of, by what it has."""
    measures = [m for m in known().measures.values() if m.counting.of not in ("fund", "service")]
    shown = {measure.id for name in known().schemes for measure, _ in known().shown[name]}
    return [
        checked(
            Question(
                measures=(measure.id,),
                by=("scheme", "practice", "month") if measure.counting.of == "practice" else ("scheme", "area", "age"),
                as_of=LAST,
                known_on=known_on,
            ),
            known(),
        )
        for measure in measures
        if measure.id in shown
    ]


def expected(question: Question, journeys: list[Journey]) -> list[Row]:
    """The answer from whole journeys, without a database."""
    taking = Taking(asked_by(question))
    for each in journeys:
        taking.take(each if question.known_on is None else as_known(each, question.known_on))
    return rows([taking.done()], question, known())


def asked_by(question: Question) -> Asked:
    return Asked(known().schemes, known().register, frozenset(question.measures), frozenset(question.schemes))


@pytest.mark.parametrize("as_known_early", [False, True])
async def test_no_measure_misses_what_is_not_read(kept: Kept, as_known_early: bool) -> None:
    ask, counted = asking(kept.database, known()), 0
    for question in questions(kept.early if as_known_early else None):
        found = await ask(question)
        assert found == expected(question, kept.journeys)
        counted += any(row.sums for row in found)
    assert counted > 15


@pytest.mark.parametrize("as_known_early", [False, True])
async def test_shares_are_together_the_whole_and_keep_persons_together(kept: Kept, as_known_early: bool) -> None:
    for question in questions(kept.early if as_known_early else None):
        if question.measures[0] not in ("users", "start-rate", "fit-note-share"):
            continue
        tables = []
        for number in range(3):
            taking = Taking(asked_by(question))
            journeys = kept.database["journeys_v1"]
            await read(journeys, asked_by(question), question.known_on, Share(number, 3), taking)
            tables.append(taking.done())
        assert rows(tables, question, known()) == expected(question, kept.journeys)
        assert question.measures == ("fit-note-share",) or sum(len(table) > 0 for table in tables) > 1


async def test_other_processes_give_the_same_until_something_is_counted(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "FEW", 0)
    breakdowns = Breakdowns(known(), kept.settings)
    question = Question(measures=("start-rate", "users"), by=("scheme", "month"), as_of=LAST)
    gone = next(each for each in kept.journeys if each.scheme_id == "workwell")
    try:
        first = await breakdowns.ask(kept.database, question)
        assert first == expected(checked(question, known()), kept.journeys)
        await kept.database["journeys_v1"].delete_one({"_id": gone.id})
        by_age = msgspec.structs.replace(question, by=("scheme", "age"))
        assert await breakdowns.ask(kept.database, by_age) == expected(checked(by_age, known()), kept.journeys)
        pointer = await kept.database["read_models"].find_one({"_id": "figures"})
        await kept.database[pointer["cells"]].update_one({"_id": "lane-0"}, {"$inc": {"writes": 1}})
        left = [each for each in kept.journeys if each is not gone]
        assert await breakdowns.ask(kept.database, question) == expected(checked(question, known()), left)
        assert expected(checked(question, known()), left) != first
    finally:
        await breakdowns.close()
        await kept.database["journeys_v1"].replace_one({"_id": gone.id}, to_stored(gone), upsert=True)


class Older(Known):
    """As a service that began before its files were changed."""

    @cached_property
    def fingerprint(self) -> str:
        return "of before"


async def test_what_counts_otherwise_than_the_service_is_not_asked(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "FEW", 0)
    breakdowns = Breakdowns(Older(known().schemes, known().register), kept.settings)
    question = Question(measures=("start-rate",), by=("scheme",), as_of=LAST)
    try:
        found = await breakdowns.ask(kept.database, question)
    finally:
        await breakdowns.close()
    assert found == expected(checked(question, known()), kept.journeys)


async def test_the_events_behind_a_figure_come_in_pages(kept: Kept) -> None:
    breakdowns = Breakdowns(known(), kept.settings)
    question = Question(measures=("users",), by=("scheme",), schemes=("workwell",), as_of=LAST, synthetic=False)
    whole = await breakdowns.behind(kept.database, question, "n", most=500)
    pages, after = [], ""
    while True:
        page = await breakdowns.behind(kept.database, question, "n", after=after, most=3)
        pages.append(page)
        if page.next is None:
            break
        after = page.next
    assert len(pages) == -(-whole.subjects // 3) > 1
    assert [event for page in pages for event in page.events] == whole.events
    found = [row for row in expected(checked(question, known()), kept.journeys) if row.at["scheme"]]
    assert whole.subjects == sum(row.values.n or 0 for row in found)


async def test_what_changed_is_told_with_both_figures_and_what_was_erased(kept: Kept) -> None:
    breakdowns = Breakdowns(known(), kept.settings)
    question = Question(measures=("users",), by=("scheme",), as_of=LAST)
    found = await breakdowns.restated(kept.database, question, kept.early)
    before, after = ({row.at["scheme"]: row.values.n for row in each} for each in (found.before, found.after))
    for scheme in before:
        changed = sum(each.parts.get("n", 0) for each in found.changes if each.scheme_id == scheme)
        assert before[scheme] + changed == after[scheme]
    assert found.changes
    assert found.erased == sum(each.erased_at is not None and each.erased_at > kept.early for each in kept.journeys)


@pytest.fixture
async def http(kept: Kept) -> AsyncIterator[httpx.AsyncClient]:
    """The addresses, without the service around them."""
    watch, breakdowns, app = Watch({}), Breakdowns(known(), kept.settings), FastAPI()
    app.include_router(routes(known(), breakdowns, watch))
    service = Service("outcomes", settings=kept.settings)
    partners = Partners(kept.database["partners"])
    app.state.running = Running(service, kept.database.client, kept.database, partners, Metrics())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://outcomes") as http:
        yield http
    await watch.close()
    await breakdowns.close()


ASKED = "schemes=workwell&as_of=2025-12-31&synthetic=false"


async def test_a_breakdown_is_json_with_its_meaning_and_csv_with_the_same_figures(kept: Kept, http: Any) -> None:
    said = (await http.get(f"/api/breakdowns?measures=start-rate&by=entry,quarter&{ASKED}")).json()
    question = Question(
        measures=("start-rate",), by=("entry", "quarter"), schemes=("workwell",), as_of=LAST, synthetic=False
    )
    answer = expected(checked(question, known()), kept.journeys)
    assert [(row["at"], row["k"], row["n"]) for row in said["rows"]] == [
        (row.at, row.values.k, row.values.n) for row in answer
    ]
    assert list(said["dimensions"]) == ["entry", "quarter"]
    assert [(each["scheme_id"], each["measure"]) for each in said["may_change"]] == [("workwell", "start-rate")]
    text = (await http.get(f"/api/breakdowns.csv?measures=start-rate&by=entry,quarter&{ASKED}")).text
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [(line["entry"], line["quarter"], line["k"], line["n"]) for line in lines] == [
        (row.at["entry"] or "", row.at["quarter"] or "", str(row.values.k), str(row.values.n)) for row in answer
    ]


async def test_the_events_behind_a_cell_are_one_call(kept: Kept, http: Any) -> None:
    cell = f"measures=start-rate&entry=absent&{ASKED}"
    n = (await http.get(f"/api/breakdowns?{cell}")).json()["rows"][0]["n"]
    said = (await http.get(f"/api/lineage?{cell}&part=n&limit=500")).json()
    assert said["subjects"] == len({event["subject"] for event in said["events"]}) == n > 0
    assert said["next"] is None


async def test_restatements_are_one_call(kept: Kept, http: Any) -> None:
    since = kept.early.isoformat().replace("+00:00", "Z")
    said = (await http.get(f"/api/restatements?measures=start-rate&{ASKED}&since={since}")).json()
    changed = sum(each["parts"].get("n", 0) for each in said["changes"])
    assert said["before"][0]["n"] + changed == said["after"][0]["n"]
    assert {each["reason"] for each in said["changes"]} <= {"correction", "withdrawal", "late", "new"}


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ("breakdowns?by=area", 400, "start-rate"),
        ("breakdowns?measures=happiness", 404, "start-rate"),
        ("breakdowns?measures=start-rate&schemes=nowhere", 404, "james-wigg"),
        ("breakdowns?measures=start-rate&by=colour", 400, "financial_year"),
        ("breakdowns?measures=start-rate&by=area,age,entry", 400, "At most 2"),
        ("breakdowns?measures=start-rate&by=month,quarter", 400, "One of: month"),
        ("breakdowns?measures=start-rate&schemes=workwell&area=atlantis", 404, "south-yorkshire"),
        ("breakdowns?measures=start-rate&month=2025-13", 404, "2025-03"),
        ("breakdowns?measures=start-rate&practice=surgery", 404, "five digits"),
        ("breakdowns?measures=start-rate&as_of=yesterday", 400, "2025-03-31"),
        ("breakdowns?measures=start-rate&as_of=2999-01-01", 400, "Nothing is known"),
        ("breakdowns?measures=start-rate&known_on=2025-03-31T10:00", 400, "2025-03-31T12:00:00Z"),
        ("breakdowns?measures=start-rate&synthetic=maybe", 400, "true or false"),
        ("breakdowns?measures=start-rate&colour=red", 400, "barrier"),
        ("breakdowns?measures=users", 400, "ask by scheme"),
        ("breakdowns?measures=cost-per-person", 400, "/api/schemes/{scheme}/figures"),
        ("breakdowns?measures=start-rate&schemes=workwell&board=QMJ&as_of=2026-05-01", 404, "QMJ ended on 2026-03-31"),
        ("breakdowns?measures=start-rate&schemes=workwell&board=Z9B2Z&as_of=2026-03-31", 404, "until then Q"),
        ("lineage?measures=start-rate&limit=0", 400, "from 1 to 500"),
        ("restatements?measures=start-rate", 400, "since is a day"),
        ("restatements?measures=start-rate&since=2025-03-31&known_on=2025-01-01", 400, "since is before"),
    ],
)
async def test_what_cannot_be_answered_says_what_can(http: Any, asked: str, status: int, told: str) -> None:
    answer = await http.get(f"/api/{asked}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert told in f"{answer.json()['title']} {answer.json()['detail']}"
