"""Do figures come out right by every dimension, with their totals, and as they were known?"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from support.events import accepted_referral, at, numbered, session_held, withdrawn
from support.histories import History
from support.outcomes import accepted, fit_notes, journey, known, programme, work_status

from contracts.session_not_held import SessionNotHeld
from outcomes_service.breakdowns.conditions import checked
from outcomes_service.breakdowns.knowing import as_known
from outcomes_service.breakdowns.question import Question, Row, Unanswerable
from outcomes_service.breakdowns.rows import rows
from outcomes_service.breakdowns.table import Asked, Taking
from outcomes_service.projections.cells import cells, cells_of_person
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow, visit_of

SCHEMES = ("james-wigg", "workwell", "gateshead", "exercise-programme", "salus-advice-line")
LAST = date(2025, 12, 31)


def answer(journeys: Iterable[Journey], measure: str, *by: str, as_of: date = LAST, **asked: Any) -> list[Row]:
    """The rows of a question about one measure, told from these journeys."""
    question = checked(Question(measures=(measure,), by=by, as_of=as_of, **asked), known())
    taking = Taking(Asked(known().schemes, known().register, frozenset({measure}), frozenset(question.schemes)))
    for each in journeys:
        taking.take(each)
    return rows([taking.done()], question, known())


def told(found: Iterable[Row]) -> dict[tuple[str | None, ...], tuple[int | None, ...]]:
    """k, n and u by category, of rows in which something was counted."""
    return {tuple(row.at.values()): (row.values.k, row.values.n, row.values.u) for row in found if row.sums}


def referred(number: int, *more: Any, on: str = "2025-03-03T10:00", **data: Any) -> Journey:
    """One referral of WorkWell and what came after it."""
    key = numbered(number)
    said = {"referral_id": key, "scheme_id": "workwell", "scheme_area": "south-yorkshire", **data}
    events = [accepted_referral(number, on=on, **{"person_ref": numbered(7000 + number), **said})]
    return journey(*events, *(make(key) for make in more), key=key)


def seen(on: str) -> Any:
    """A first session."""
    return lambda key: accepted(session_held(on=on, referral_id=key))


STARTED = [
    referred(1, seen("2025-03-10T10:00"), age_band="25-34", main_barrier="msk"),
    referred(2, seen("2025-04-02T10:00"), age_band="25-34", on="2025-03-31T23:30"),  # the first of April in London
    referred(3, age_band="35-44", scheme_area="frimley", employment_status="01", sickness_absence="Y"),
    referred(4, seen("2025-05-01T10:00"), source_code="D1", on="2025-03-20T10:00"),
]


def test_by_age_with_what_is_not_known_and_the_total_first() -> None:
    found = answer(STARTED, "start-rate", "age", schemes=("workwell",))
    assert [(row.at["age"], row.values.k, row.values.n) for row in found] == [
        (None, 3, 4), ("16-24", 0, 0), ("25-34", 2, 2), ("35-44", 0, 1), ("45-54", 0, 0), ("55-64", 0, 0),
        ("65+", 0, 0), ("not_known", 1, 1),
    ]  # fmt: skip


def test_the_day_that_begins_to_count_decides_the_month_in_london_and_its_successes_follow() -> None:
    found = answer(STARTED, "start-rate", "month", schemes=("workwell",))
    assert told(found) == {(None,): (3, 4, 0), ("2025-03",): (2, 3, 0), ("2025-04",): (1, 1, 0)}


def test_quarters_and_financial_years_leave_no_gap() -> None:
    later = referred(5, on="2025-11-03T10:00")
    found = answer([*STARTED, later], "start-rate", "quarter", schemes=("workwell",))
    assert [(row.at["quarter"], row.values.n) for row in found] == [
        (None, 5), ("2025-Q1", 3), ("2025-Q2", 1), ("2025-Q3", 0), ("2025-Q4", 1),
    ]  # fmt: skip
    years = told(answer([*STARTED, later], "start-rate", "financial_year", schemes=("workwell",)))
    assert years == {(None,): (3, 5, 0), ("2024-25",): (2, 3, 0), ("2025-26",): (1, 2, 0)}


def test_crossed_with_both_totals() -> None:
    found = told(answer(STARTED, "start-rate", "route", "entry", schemes=("workwell",)))
    assert found == {
        (None, None): (3, 4, 0),
        ("gp", None): (2, 3, 0),
        ("employer", None): (1, 1, 0),
        (None, "absent"): (0, 1, 0),
        (None, "out_of_work"): (3, 3, 0),
        ("gp", "absent"): (0, 1, 0),
        ("gp", "out_of_work"): (2, 2, 0),
        ("employer", "out_of_work"): (1, 1, 0),
    }


def test_a_condition_narrows_what_is_counted() -> None:
    found = answer(STARTED, "start-rate", "month", schemes=("workwell",), where=(("route", "gp"), ("area", "frimley")))
    assert told(found) == {(None,): (0, 1, 0), ("2025-03",): (0, 1, 0)}


def test_a3_is_an_assessors_where_the_scheme_has_it_so() -> None:
    of_exercise = referred(6, scheme_id="exercise-programme", scheme_area="england", source_code="A3")
    made = [of_exercise, referred(7, source_code="A3")]
    found = answer(made, "start-rate", "scheme", "route", schemes=("exercise-programme", "workwell"))
    assert {(row.at["scheme"], row.at["route"]) for row in found if row.values.n and row.at["route"]} == {
        (None, "assessor"),
        (None, "gp"),
        ("exercise-programme", "assessor"),
        ("workwell", "gp"),
    }


def test_a_person_is_one_and_stands_where_the_first_referral_found_them() -> None:
    twice = [
        referred(1, seen("2025-04-01T10:00"), person_ref=numbered(7), age_band="25-34", on="2025-03-05T10:00"),
        referred(2, person_ref=numbered(7), age_band="35-44", on="2025-03-03T10:00"),
    ]
    assert told(answer(twice, "users", "age", schemes=("workwell",))) == {
        (None,): (1, 1, 0),
        ("35-44",): (1, 1, 0),
    }


def test_fit_notes_by_practice_and_by_the_code_of_the_register() -> None:
    notes = [journey(fit_notes("F83023", not_fit=90, may_be_fit=10), key="ods:F83023")]
    assert told(answer(notes, "fit-note-share", "practice")) == {(None,): (90, 100, 0), ("F83023",): (90, 100, 0)}
    assert told(answer(notes, "fit-note-share", "board")) == {(None,): (90, 100, 0), ("QMJ",): (90, 100, 0)}
    with pytest.raises(Unanswerable, match=r"fit-note-share cannot be told by age.*without any person"):
        answer(notes, "fit-note-share", "age")


def boards(as_of: str, **data: Any) -> dict[str | None, tuple[int | None, tuple[str, ...]]]:
    """Referrals made by organisation code, with the marks of each row."""
    areas = ("frimley", "surrey-heartlands", "north-central-london", "north-west-london", "south-yorkshire")
    made = [referred(number, scheme_area=area, **data) for number, area in enumerate(areas, 1)]
    found = answer(made, "start-rate", "board", as_of=date.fromisoformat(as_of), schemes=("workwell",))
    return {row.at["board"]: (row.values.n, row.marks) for row in found}


def test_before_the_first_of_april_each_area_has_its_own_code_and_what_becomes_of_it_is_said() -> None:
    found = boards("2026-03-31")
    assert {code: n for code, (n, _) in found.items()} == {None: 5, "QF7": 1, "QMJ": 1, "QNQ": 1, "QRV": 1, "QXU": 1}
    assert found["QF7"][1] == ()
    assert found["QNQ"][1] == (
        "To 2026-03-31; after that Frimley is S0E4D, S9B9J and QRL. The area is not the same: a break.",
    )


def test_a_shared_code_has_both_areas_and_a_split_without_the_practice_is_a_break() -> None:
    found = boards("2026-04-01", referrer_organisation={"system": "ods", "code": "F83023"})
    assert {code: n for code, (n, _) in found.items()} == {
        None: 5, "QF7": 1, "S0E4D/S9B9J/QRL": 1, "S9B9J": 1, "Z9B2Z": 2,
    }  # fmt: skip
    assert found["Z9B2Z"][1][0] == (
        "Z9B2Z is the code of North Central London and North West London: it has them together."
    )
    assert found["S0E4D/S9B9J/QRL"][1] == (
        "A break: Frimley, until 2026-03-31 QNQ, was split into S0E4D, S9B9J and QRL, and the practice register, "
        f"which is of {known().register.as_of}, does not say under which of them these referrals belong.",
    )


def test_across_a_split_the_practice_says_which_code_where_the_register_is_of_after_it() -> None:
    practices = dict(known().register.practices)
    practices["F83023"] = practices["F83023"]._replace(area_code="S0E4D")
    newer = type(known())(known().schemes, type(known().register)(practices, date(2026, 6, 1)))
    made = [
        referred(1, scheme_area="frimley", referrer_organisation={"system": "ods", "code": "F83023"}),
        referred(2, scheme_area="frimley"),
    ]
    question = checked(
        Question(measures=("start-rate",), by=("board",), as_of=date(2026, 6, 1), schemes=("workwell",)), newer
    )
    taking = Taking(Asked(newer.schemes, newer.register, frozenset({"start-rate"}), frozenset({"workwell"})))
    for each in made:
        taking.take(each)
    found = rows([taking.done()], question, newer)
    assert {row.at["board"]: row.values.n for row in found} == {None: 2, "S0E4D": 1, "S0E4D/S9B9J/QRL": 1}


def drawn(seed: int, count: int = 120) -> list[Journey]:
    """Journeys of histories with corrections, withdrawals, odd days and erasures."""
    random, schemes = Random(seed), [known().schemes[name] for name in SCHEMES]
    histories = [History(random, number, schemes) for number in range(count)]
    return [journey(*_projected(each.events), key=each.subject) for each in histories]


def _projected(events: Iterable[Any]) -> list[Any]:
    return [each for each in events if not isinstance(each.data, SessionNotHeld)]


@pytest.fixture(scope="module")
def histories() -> list[Journey]:
    return drawn(5)


def live(journeys: Iterable[Journey]) -> Counter[tuple[str, str, str, str, bool, str]]:
    """What the live roll-ups would have: cells summed up to the day."""
    sums: Counter[tuple[str, str, str, str, bool, str]] = Counter()
    persons: dict[str, PersonRow] = {}
    for each in journeys:
        if visit := visit_of(each):
            persons.setdefault(visit[0], PersonRow(id=visit[0])).visits[each.id] = visit[1]
    contributions = [*(c for each in journeys for c in cells(each, known()))]
    contributions += [c for row in persons.values() for c in cells_of_person(row, known())]
    for (cell, part, day), count in contributions:
        if day <= LAST:
            sums[*cell, part] += count
    return +sums


def asked_measures() -> list[str]:
    shown = {measure.id: measure for name in SCHEMES for measure, _ in known().shown[name]}
    return [name for name, measure in shown.items() if measure.counting.of in ("case", "person", "fact")]


def test_by_scheme_and_area_every_measure_equals_the_live_cells(histories: list[Journey]) -> None:
    expected = live(histories)
    assert len(expected) > 400
    found: Counter[Any] = Counter()
    for measure in asked_measures():
        for row in answer(histories, measure, "scheme", "area"):
            if None not in row.at.values():
                for part, count in row.sums.items():
                    place = (row.at["scheme"], row.at["area"], row.measure, row.definition, row.synthetic, part)
                    found[place] += count
    assert +found == expected


@pytest.mark.parametrize(
    "by", [("area",), ("practice",), ("route", "age"), ("entry", "month"), ("barrier", "financial_year"), ("quarter",)]
)
def test_the_sums_of_the_categories_are_the_whole(histories: list[Journey], by: tuple[str, ...]) -> None:
    for measure in ("users", "start-rate", "sustained-13", "wait-to-first-session", "left-with-plan"):
        for kind in (False, True):
            found = answer(histories, measure, *by, schemes=("workwell",), synthetic=kind)
            whole = next(row for row in found if set(row.at.values()) == {None})
            parts: Counter[str] = Counter()
            for row in found:
                if None not in row.at.values():
                    parts.update(row.sums)
            assert whole.sums == +parts
            assert whole.sums


def test_as_known_is_a_replay_of_what_was_accepted_till_then() -> None:
    random, schemes = Random(8), [known().schemes[name] for name in SCHEMES]
    histories = [History(random, number, schemes) for number in range(40)]
    moments = sorted(event.accepted_at for each in histories for event in each.events)
    asked = set()
    for moment in (moments[len(moments) // 3], moments[2 * len(moments) // 3]):
        whole = [journey(*_projected(each.events), key=each.subject) for each in histories if not _erased(each)]
        then = [
            journey(*(e for e in _projected(each.events) if e.accepted_at <= moment), key=each.subject)
            for each in histories
            if not _erased(each)
        ]
        for measure in ("users", "start-rate", "sustained-13", "programme-completion"):
            known_then = answer([as_known(each, moment) for each in whole], measure, "entry", "area", "scheme")
            assert known_then == answer(then, measure, "entry", "area", "scheme")
            asked.add(tuple(row.values.n for row in known_then))
    assert len(asked) > 5  # most measures at most moments have another figure


def _erased(history: History) -> bool:
    return any(event.type.endswith("erasure-requested.v1") for event in history.events)


def test_what_was_withdrawn_later_counts_as_it_was_known_before() -> None:
    end = programme(on="2025-06-02")
    status = work_status(0, "entered_work", on="2025-06-02")
    void = replace(withdrawn(status, id=numbered(900)), accepted_at=at("2025-09-01"))
    made = journey(accepted_referral(), accepted(session_held()), end, status, void)
    of = {"schemes": ("james-wigg",), "definitions": ("seed",)}
    assert told(answer([made], "completer-success", **of)) == {(): (0, 1, 1)}
    assert told(answer([as_known(made, at("2025-08-31"))], "completer-success", **of)) == {(): (1, 1, 0)}
