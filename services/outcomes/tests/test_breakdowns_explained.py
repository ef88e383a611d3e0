"""Which events stand behind a figure, and which changed it since it was known?"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
from support.events import accepted_referral, at, numbered, session_held, withdrawn
from support.histories import History
from support.outcomes import accepted, journey, known, programme, work_status

from contracts.session_not_held import SessionNotHeld
from outcomes_service.breakdowns.behind import Behind, events_behind
from outcomes_service.breakdowns.conditions import checked
from outcomes_service.breakdowns.knowing import as_known
from outcomes_service.breakdowns.question import Question
from outcomes_service.breakdowns.restating import Restated, restatements
from outcomes_service.breakdowns.rows import rows
from outcomes_service.breakdowns.subjects import Finding, Subject
from outcomes_service.breakdowns.table import Asked, Taking
from outcomes_service.projections.journeys import Journey

LAST = date(2025, 12, 31)
SCHEMES = ("james-wigg", "workwell", "gateshead", "salus-advice-line")
MEASURES = (
    "users",
    "start-rate",
    "completer-success",
    "returned",
    "sustained-13",
    "programme-completion",
    "left-with-plan",
)


def about(measure: str, **asked: Any) -> tuple[Question, Asked]:
    question = checked(Question(measures=(measure,), as_of=LAST, **asked), known())
    return question, Asked(known().schemes, known().register, frozenset({measure}), frozenset(question.schemes))


def behind(
    journeys: Iterable[Journey], question: Question, asked: Asked, part: str
) -> tuple[list[Subject], list[Behind]]:
    finding, documents = Finding(asked, question, part), {each.id: each for each in journeys}
    for each in documents.values():
        finding.take(each)
    subjects = finding.done()
    return subjects, list(events_behind(subjects, documents, asked, question, part))


def sums(journeys: Iterable[Journey], question: Question, asked: Asked) -> Counter[Any]:
    taking = Taking(asked)
    for each in journeys:
        taking.take(each)
    by_scheme = checked(Question(measures=question.measures, as_of=LAST, by=("scheme",)), known())
    return Counter({
        (row.at["scheme"], row.definition, row.synthetic, part): count
        for row in rows([taking.done()], by_scheme, known())
        if row.at["scheme"]
        for part, count in row.sums.items()
    })  # fmt: skip


COMPLETED = [
    accepted_referral(1),
    accepted(session_held(101)),
    programme(on="2025-06-02", number=301),
    work_status(0, "entered_work", on="2025-06-02", number=401),
]


def test_a_success_is_the_referral_the_completion_and_the_status() -> None:
    question, asked = about("completer-success", schemes=("james-wigg",), definitions=("seed",))
    subjects, events = behind([journey(*COMPLETED)], question, asked, "k")
    assert subjects == [(COMPLETED[0].subject,)]
    assert [(event.type, event.id[-3:], event.parts) for event in events] == [
        ("referral-made", "001", {"k": 1}),
        ("outcome-recorded", "301", {"k": 1}),
        ("outcome-recorded", "401", {"k": 1}),
    ]
    assert behind([journey(*COMPLETED)], question, asked, "u") == ([], [])


def test_a_user_is_all_their_referrals_and_what_makes_them_one() -> None:
    key, person = numbered(2), numbered(7000)
    later = accepted_referral(2, referral_id=key, person_ref=person, on="2025-04-01T10:00")
    session = accepted(session_held(102, referral_id=key, on="2025-04-08T10:00"))
    question, asked = about("users", schemes=("james-wigg",))
    made = [journey(accepted_referral(1, person_ref=person)), journey(later, session, key=key)]
    subjects, events = behind(made, question, asked, "k")
    assert subjects == [(numbered(1), key)]
    assert ("session-held", key) in {(event.type, event.subject) for event in events}


@pytest.fixture(scope="module")
def histories() -> list[History]:
    random, schemes = Random(21), [known().schemes[name] for name in SCHEMES]
    return [History(random, number, schemes) for number in range(90)]


def told(histories: Iterable[History]) -> list[Journey]:
    kept = ([e for e in each.events if not isinstance(e.data, SessionNotHeld)] for each in histories)
    return [journey(*events, key=each.subject) for each, events in zip(histories, kept, strict=True)]


@pytest.mark.parametrize("measure", MEASURES)
def test_every_one_whom_a_figure_counts_has_events_behind_it(histories: list[History], measure: str) -> None:
    question, asked = about(measure, by=("scheme",), where=(("age", "25-34"),))
    journeys, found = told(histories), 0
    for part in ("k", "n"):
        subjects, events = behind(journeys, question, asked, part)
        has_events = {event.subject for event in events}
        assert all(has_events & set(subject) for subject in subjects)
        found += len(subjects)
    assert found


def restated(journeys: Iterable[Journey], question: Question, asked: Asked, since: str) -> list[Restated]:
    return list(restatements(journeys, asked, question, at(since)))


def test_each_change_has_its_event_and_its_reason() -> None:
    status = COMPLETED[3]
    corrected = replace(
        work_status(0, "not_in_work", on="2025-06-02", number=402, outcome_id=numbered(401), supersedes=status.id),
        accepted_at=at("2025-08-01"),
    )
    void = replace(withdrawn(corrected, id=numbered(403)), accepted_at=at("2025-09-01"))
    late = replace(COMPLETED[1], id=numbered(110), accepted_at=at("2025-09-02"))
    made = journey(COMPLETED[0], *COMPLETED[2:], corrected, void, late)
    question, asked = about("completer-success", schemes=("james-wigg",), definitions=("seed",))
    found = restated([made], question, asked, "2025-07-01")
    assert [(each.reason, each.id[-3:], each.parts) for each in found] == [
        ("correction", "402", {"k": -1}),
        ("withdrawal", "403", {"u": 1}),
    ]
    question, asked = about("start-rate", schemes=("james-wigg",))
    found = restated([made], question, asked, "2025-07-01")
    assert [(each.reason, each.id[-3:], each.parts) for each in found] == [("late", "110", {"k": 1})]
    found = restated([journey(COMPLETED[0], late)], question, asked, "2025-03-05")
    assert [each.reason for each in found] == ["new"]


@pytest.mark.parametrize("measure", MEASURES)
def test_what_changed_adds_up_to_the_difference(histories: list[History], measure: str) -> None:
    journeys, changed = told(histories), Counter[Any]()
    since = _early(journeys)
    question, asked = about(measure, by=("scheme",))
    found = list(restatements(journeys, asked, question, since))
    for each in found:
        for part, count in each.parts.items():
            changed[each.scheme_id, each.definition, each.synthetic, part] += count
    after = sums(journeys, question, asked)
    before = sums([as_known(each, since) for each in journeys], question, asked)
    after.subtract(before)
    assert {key: n for key, n in changed.items() if n} == {key: n for key, n in after.items() if n}
    assert changed


def _early(journeys: Iterable[Journey]) -> datetime:
    accepted_at = sorted(fact.accepted for each in journeys for fact in each.facts)
    return accepted_at[len(accepted_at) // 6]
