"""What is still to be done about a referral, on which day, until when."""

from datetime import date, timedelta
from typing import Any

import pytest
from support.events import accepted_referral, session_held, withdrawn
from support.outcomes import accepted, closed, journey, known, programme, work_status

from outcomes_service.dashboard.staff.due import due
from outcomes_service.indicators.case import Case

SCHEME = "leicester"


def items(day: str, *events: Any) -> list[tuple[str, int, str, int]]:
    """What is due on a day: what, at which checkpoint, by when, how many days late."""
    made, today = journey(*events), date.fromisoformat(day)
    case = Case(made, known().schemes[SCHEME], "seed")
    return [(i.what, i.checkpoint_weeks, i.due_on.isoformat(), i.overdue_days(today)) for i in due(case, today)]


def referred(**more: Any) -> Any:
    """A referral to a scheme that promises a first session within 7 days and lasts 12 weeks."""
    area = "leicester-and-leicestershire"
    return accepted_referral(on="2011-03-07T10:00", scheme_id=SCHEME, scheme_area=area, **more)


def held(**more: Any) -> Any:
    """Its first session."""
    return accepted(session_held(on="2011-03-09T10:00", **more))


def completed() -> Any:
    """The end of its programme."""
    return accepted(programme(on="2011-06-01"))


def recorded(weeks: int, status: str, on: str, number: int = 401) -> Any:
    """A work status at a checkpoint."""
    return accepted(work_status(weeks, status, on=on, number=number))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2011-02-27", []),
        ("2011-03-14", [("first_contact", -1, "2011-03-14", 0)]),
        ("2011-03-20", [("first_contact", -1, "2011-03-14", 6)]),
    ],
)
def test_a_first_session_is_due_as_the_scheme_promised(day: str, expected: list[Any]) -> None:
    assert items(day, referred()) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2011-05-17", []),
        ("2011-05-18", [("programme_end", -1, "2011-06-01", 0)]),
        ("2011-06-11", [("programme_end", -1, "2011-06-01", 10)]),
    ],
)
def test_the_end_of_the_programme_is_due_after_the_weeks_of_the_scheme(day: str, expected: list[Any]) -> None:
    assert items(day, referred(), held()) == expected


def test_sessions_that_name_the_week_of_their_programme_say_when_it_ends() -> None:
    third_of_six = held(programme={"name": "return", "week": 3, "weeks": 6})
    assert items("2011-04-06", referred(), third_of_six) == [("programme_end", -1, "2011-04-06", 0)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2011-06-01", [("checkpoint", 0, "2011-06-01", 0)]),
        ("2011-06-15", [("checkpoint", 0, "2011-06-01", 14), ("checkpoint", 4, "2011-06-29", 0)]),
        ("2011-06-29", [("checkpoint", 0, "2011-06-01", 28), ("checkpoint", 4, "2011-06-29", 0)]),
        ("2011-06-30", [("checkpoint", 4, "2011-06-29", 1)]),
        ("2012-06-27", [("checkpoint", 52, "2012-05-30", 28)]),
        ("2012-06-28", []),
    ],
)
def test_a_status_is_due_while_the_window_of_its_checkpoint_is_open(day: str, expected: list[Any]) -> None:
    assert items(day, referred(), held(), completed()) == expected


@pytest.mark.parametrize("status", ["entered_work", "unknown"])
def test_what_was_recorded_in_the_window_is_due_no_more_even_if_it_says_unknown(status: str) -> None:
    assert items("2011-06-02", referred(), held(), completed(), recorded(0, status, "2011-06-02")) == []


def test_a_status_outside_the_window_leaves_it_due_and_so_does_one_that_was_withdrawn() -> None:
    early = recorded(0, "entered_work", "2011-05-17")
    assert items("2011-06-02", referred(), held(), completed(), early) == [("checkpoint", 0, "2011-06-01", 1)]
    said = recorded(0, "entered_work", "2011-06-02")
    void = accepted(withdrawn(said, id="0190a0b0-0000-7000-8000-000000000777"))
    assert items("2011-06-02", referred(), held(), completed(), said, void) == [("checkpoint", 0, "2011-06-01", 1)]


def test_without_a_programme_checkpoints_count_from_the_closure() -> None:
    said = accepted(closed("goals_met", on="2011-06-01"))
    assert items("2011-06-02", referred(), held(), said) == [("checkpoint", 0, "2011-06-01", 1)]


@pytest.mark.parametrize("reason", ["declined", "ineligible", "withdrew", "died"])
def test_nobody_is_asked_again_who_did_not_take_part_who_went_or_who_died(reason: str) -> None:
    assert items("2011-06-02", referred(), accepted(closed(reason, on="2011-06-01"))) == []


def test_a_referral_that_was_withdrawn_has_nothing_due() -> None:
    made = referred()
    void = accepted(withdrawn(made, id="0190a0b0-0000-7000-8000-000000000777"))
    assert items("2011-03-14", made, void) == []


def test_the_last_day_on_which_a_status_counts_is_said() -> None:
    made = journey(referred(), held(), completed())
    found = due(Case(made, known().schemes[SCHEME], "seed"), date(2011, 6, 1))
    assert [item.closes_on for item in found] == [date(2011, 6, 1) + timedelta(days=28)]
