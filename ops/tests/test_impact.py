"""What something that is lacking does to the figures, said in the words of who reads them."""

import pytest

import schemes
from ops.impact import Lacking, impact
from outcomes_service.indicators.catalogue import Known
from outcomes_service.lacking import measures_of
from schemes import register


@pytest.fixture(scope="module")
def known() -> Known:
    return Known(schemes.load(), register.load())


def test_three_referrals_of_rhyl_that_wait_make_its_figures_short_by_three(known: Known) -> None:
    (found,) = impact([Lacking("referral-made", 3, "waiting", ("rhyl",))], known)
    assert found.referrals == 3
    assert found.words == (
        "Case managers in GP practices, Rhyl: 3 referrals wait for what they are about. Short by up to 3: "
        "People who used the service; Returned to work; Returned to work, 13 weeks after the end; "
        "Returned to work, 26 weeks after the end; Returned to work, 52 weeks after the end; "
        "Days from referral to first session."
    )
    assert [(short.measure, short.by) for short in found.short] == [
        ("users", 3), ("returned", 3), ("returned-13", 3), ("returned-26", 3), ("returned-52", 3),
        ("wait-to-first-session", 3),
    ]  # fmt: skip


def test_a_session_makes_short_what_looks_at_sessions_and_an_outcome_what_looks_at_outcomes(known: Known) -> None:
    looked_at = {
        event: [measure.id for measure in measures_of(event, ["rhyl"], known)]
        for event in ("session-held", "outcome-recorded", "fit-notes-counted", "permission-given")
    }
    assert looked_at == {
        "session-held": ["users", "wait-to-first-session"],
        "outcome-recorded": ["returned", "returned-13", "returned-26", "returned-52"],
        "fit-notes-counted": [],
        "permission-given": [],
    }


def test_what_is_lacking_of_one_scheme_is_said_together_and_added_up(known: Known) -> None:
    lacking = [Lacking("referral-made", 3, "behind", ("rhyl",)), Lacking("session-held", 1, "parked", ("rhyl",))]
    (found,) = impact(lacking, known)
    assert found.words.startswith(
        "Case managers in GP practices, Rhyl: 3 referrals are not taken up yet, 1 session is parked. "
        "Short by up to 4: People who used the service; Days from referral to first session. Short by up to 3: "
    )
    assert dict(found.events) == {"referral-made": 3, "session-held": 1}


def test_what_may_be_of_several_schemes_is_said_of_all_of_them_and_the_most_comes_first(known: Known) -> None:
    lacking = [
        Lacking("fit-notes-counted", 1, "waiting", ("fit-notes",)),
        Lacking("referral-made", 0, "waiting", ("somerset",)),
        Lacking("outcome-recorded", 2, "not come", ("dundee", "rhyl")),
    ]
    both, notes = impact(lacking, known)
    assert both.words.startswith(
        "Keeping people at work, Dundee or Case managers in GP practices, Rhyl: 2 outcomes have probably not come. "
        "Short by up to 2: Returned to work; "
    )
    assert notes.words == (
        "Fit notes issued in England: 1 count of fit notes waits for what it is about. "
        "Short by up to 1: Fit notes that say not fit for work."
    )


def test_what_no_figure_counts_makes_none_short_and_whose_it_is_may_be_nobodys_to_say(known: Known) -> None:
    silent, nobodys = (
        impact([Lacking("permission-given", 1, "parked", of)], known)[0].words for of in (("rhyl",), None)
    )
    assert silent == "Case managers in GP practices, Rhyl: 1 permission is parked. No figure is short of it."
    assert nobodys == ("Schemes that nobody can name: 1 permission is parked. Which figures are short nobody can say.")
