"""Do 200 completers come out as the article counts them?"""

from functools import cache

import pytest
from support.events import accepted_referral, numbered, session_held
from support.outcomes import accepted, figure, journey, programme, work_status


def completer(number: int, at_end: str | None, at_52: str | None):
    """One who completed on 2 June 2025."""
    about = {"referral_id": numbered(number)}
    events = [
        accepted_referral(**about, person_ref=numbered(7000 + number)),
        accepted(session_held(**about, plan={"agreed": True, "aim": "seek"})),
        programme(on="2025-06-02", **about),
    ]
    if at_end:
        events.append(work_status(0, at_end, on="2025-06-02", number=401, **about))
    if at_52:
        events.append(work_status(52, at_52, on="2026-06-01", number=402, **about))
    return journey(*events, key=numbered(number))


@cache
def completers():
    """160 entered work, of whom 137 are in work at 52 weeks; 14 training, of whom 6; 26 neither, 3 of them unknown."""
    stories = (
        [("entered_work", "entered_work")] * 137
        + [("entered_work", "left_work")] * 20
        + [("entered_work", "unknown")] * 3
        + [("entered_training", "entered_work")] * 6
        + [("entered_training", "not_in_work")] * 8
        + [("not_in_work", "not_in_work")] * 23
        + [(None, None)] * 3
    )
    return [completer(number, *story) for number, story in enumerate(stories, start=1)]


@pytest.mark.parametrize(
    ("measure", "k", "n", "u", "rate", "low", "high"),
    [
        ("completer-success", 174, 200, 3, 0.870, 0.816, 0.910),
        ("work-at-52-weeks", 143, 174, 3, 0.822, 0.758, 0.872),
        ("work-at-52-weeks-of-entered", 137, 160, 3, 0.856, 0.794, 0.902),
        ("work-at-52-weeks-of-completers", 143, 200, 6, 0.715, 0.649, 0.773),
        ("users", 200, 200, 0, 1.0, 0.981, 1.0),
        ("left-with-plan", 200, 200, 0, 1.0, 0.981, 1.0),
    ],
)
def test_each_figure_has_its_denominator_and_interval(measure, k, n, u, rate, low, high):
    found = figure(completers(), "james-wigg", measure, "2026-12-31")
    assert (found.k, found.n, found.u) == (k, n, u)
    assert (found.rate, found.low, found.high) == pytest.approx((rate, low, high), abs=0.0005)


def test_before_the_window_closes_nobody_is_counted():
    # the window around 2 June 2025 ends with 30 June
    assert figure(completers(), "james-wigg", "completer-success", "2025-06-30").n == 0
    assert figure(completers(), "james-wigg", "completer-success", "2025-07-01").n == 200


def test_a_record_under_another_definition_counts_only_there():
    made = [
        journey(
            accepted_referral(),
            programme(on="2025-06-02"),
            work_status(0, "entered_work", on="2025-06-02", definition="ips-grow"),
        )
    ]
    found = figure(made, "james-wigg", "completer-success", "2026-12-31")
    assert (found.k, found.n, found.u) == (0, 1, 1)
