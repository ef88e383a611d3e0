"""Does what is read out of MongoDB give the figures of whole journeys: narrowed, shared out, in other processes?"""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Any

import msgspec
import pytest
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
from outcomes_service.breakdowns.rows import rows
from outcomes_service.breakdowns.table import Asked, Taking
from outcomes_service.projections.building import prepare
from outcomes_service.projections.journeys import Journey
from outcomes_service.settings import OutcomesSettings
from servicekit.documents import to_stored

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
        assert question.measures == ("fit-note-share",) or sum(len(table) > 0 for table in tables) == 3


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
