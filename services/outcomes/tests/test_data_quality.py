"""How good are the data: follow-ups done, statuses that fit, referrals that are meant, events that come late?"""

from dataclasses import replace

import pytest
from support.events import accepted_referral, at, numbered, session_held
from support.outcomes import accepted, closed, figure, journey, programme, work_status

SCHEME = "workwell-out-of-work"
AREA = "south-yorkshire"


def case(*more, number: int = 1, on: str = "2025-03-03T10:00", scheme: str = SCHEME, **data):
    """A journey; `more` are functions of the referral id."""
    about = {"referral_id": numbered(number)}
    made = accepted_referral(
        scheme_id=scheme, scheme_area=AREA, person_ref=numbered(7000 + number), on=on, **about, **data
    )
    return journey(made, *(say(about) for say in more), key=numbered(number))


def ended(on: str = "2025-06-02"):
    return lambda about: programme("completed", on=on, **about)


def status(weeks: int, said: str, on: str, number: int = 401, **data):
    return lambda about: work_status(weeks, said, on=on, number=number, **about, **data)


def counted(
    journeys, measure: str, as_of: str = "2026-12-31", scheme: str = SCHEME
) -> tuple[int | None, int | None, int]:
    found = figure(journeys, scheme, measure, as_of)
    return found.k, found.n, found.u


def test_follow_ups_are_known_recorded_as_unknown_or_absent() -> None:
    """Of five follow-ups after 2 June 2025: two known, one unknown, one too late for its window, one never recorded."""
    made = case(
        ended(),
        status(0, "entered_work", "2025-06-02", 401),
        status(4, "unknown", "2025-06-30", 402),
        status(13, "entered_work", "2025-09-01", 403),
        status(26, "entered_work", "2026-03-01", 404),
    )
    assert counted([made], "follow-ups-known") == (2, 5, 1)
    # 13 weeks after 2 June are 1 September; the window closes with 29 September
    assert counted([made], "follow-ups-known", "2025-09-29") == (1, 2, 0)
    assert counted([made], "follow-ups-known", "2025-09-30") == (2, 3, 0)


@pytest.mark.parametrize("reason", ["declined", "ineligible", "withdrew", "died"])
def test_who_went_away_is_not_followed_up(reason: str) -> None:
    made = case(lambda about: closed(reason, on="2025-06-02", **about))
    assert counted([made], "follow-ups-known") == (0, 0, 0)


def test_statuses_do_not_fit_by_group_by_window_or_by_definition() -> None:
    made = case(
        ended(),
        status(0, "entered_work", "2025-06-02", 401),
        status(0, "returned_to_work", "2025-06-03", 402),
        status(13, "entered_work", "2025-12-01", 403),
        status(13, "entered_work", "2025-09-01", 404, definition="ips-grow"),
        status(26, "not_in_work", "2025-12-01", 405),
        scheme="workwell",  # it shows one definition
    )
    assert counted([made], "statuses-not-fitting", scheme="workwell") == (3, 5, 0)


def test_before_the_end_nothing_lies_outside_a_window() -> None:
    assert counted([case(status(13, "entered_work", "2025-12-01"))], "statuses-not-fitting") == (0, 1, 0)


def test_referrals_are_held_against_whom_the_scheme_is_meant_for() -> None:
    meant = case(number=1)
    absent = case(number=2, employment_status="01", sickness_absence="Y")
    assert counted([meant, absent], "referrals-not-eligible") == (1, 2, 0)


def test_an_event_is_as_late_as_the_days_until_it_was_accepted() -> None:
    """The referral on the day, a session five days late: in London it was accepted half an hour after midnight."""
    late = replace(session_held(101, on="2025-06-10T22:30"), accepted_at=at("2025-06-14T23:30"))
    made = case(lambda _about: accepted(late))
    found = figure([made], SCHEME, "lateness", "2026-12-31")
    assert (found.n, found.value, found.p90) == (2, 2.5, 5)
    assert figure([made], SCHEME, "lateness", "2025-06-14").n == 1


def test_at_later_checkpoints_the_same_group_is_counted_from_the_close_of_that_window() -> None:
    made = [
        case(ended(), status(13, "entered_work", "2025-09-01"), number=1),
        case(ended(), status(13, "not_in_work", "2025-09-01"), number=2),
        case(ended(), number=3),
    ]
    assert counted(made, "entered-13", "2025-09-29") == (0, 0, 0)
    assert counted(made, "entered-13", "2025-09-30") == (1, 3, 1)
    assert counted(made, "entered-26") == (0, 3, 3)


def test_sustained_work_of_those_known_leaves_the_unknown_out() -> None:
    at_the_end = status(0, "entered_work", "2025-06-02", 401)
    made = [
        case(ended(), at_the_end, status(13, "entered_work", "2025-09-01", 402), number=1),
        case(ended(), at_the_end, status(13, "left_work", "2025-09-01", 402), number=2),
        case(ended(), at_the_end, number=3),
    ]
    assert counted(made, "sustained-13") == (1, 3, 1)
    assert counted(made, "sustained-13-known") == (1, 2, 0)


def test_a_later_sight_takes_back_the_earlier_one_on_its_own_day() -> None:
    """In work at the end; then one still at 13 weeks, one not, one not seen again; at 52 weeks the first is in work."""
    at_the_end = status(0, "entered_work", "2025-06-02", 401)
    made = [
        case(ended(), at_the_end, status(13, "entered_work", "2025-09-01", 402),
             status(52, "entered_work", "2026-06-01", 403), number=1),
        case(ended(), at_the_end, status(13, "left_work", "2025-09-02", 402), number=2),
        case(ended(), at_the_end, number=3),
    ]  # fmt: skip

    def steps(as_of: str) -> list[tuple[int, int, int, int]]:
        found = figure(made, SCHEME, "sustained-work", as_of)
        return [(step.day, step.at_risk, step.events, step.censored) for step in found.steps or ()]

    assert steps("2025-06-30") == []
    assert steps("2025-07-01") == [(0, 3, 0, 3)]
    assert steps("2025-09-29") == [(0, 3, 0, 3)]
    assert steps("2025-09-30") == [(0, 3, 0, 1), (91, 2, 0, 1), (92, 1, 1, 0)]
    assert steps("2026-06-30") == [(0, 3, 0, 1), (92, 2, 1, 0), (364, 1, 0, 1)]
    found = figure(made, SCHEME, "sustained-work", "2026-06-30")
    assert (found.n, found.k, found.rate) == (3, None, 0.5)
    assert figure(made, SCHEME, "sustained-work", "2026-06-29").rate == 0
