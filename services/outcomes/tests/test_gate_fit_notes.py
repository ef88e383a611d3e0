"""What becomes of a practice's fit-note counts at the gate?"""

from dataclasses import replace

from support.events import numbered
from support.outcomes import fit_notes, gate

from contracts.entry_withdrawn import EntryWithdrawn


def test_counts_of_a_known_practice_are_accepted():
    played = gate().say(counted := fit_notes("F83023"))
    assert played.fate(counted) == "accepted"
    assert [said.subject for said in played.announced] == ["ods:F83023"]


def test_a_practice_that_the_register_lacks_is_refused():
    played = gate().say(counted := fit_notes("Z99999"))
    assert played.fate(counted) == "practice_unknown"
    assert played.refusals[0]["field"] == "data.practice.code"


def test_days_that_are_counted_already_are_refused():
    weeks = fit_notes(first="2025-01-06", last="2025-01-12", number=601)
    meets = fit_notes(first="2025-01-12", last="2025-01-18", number=602)
    follows = fit_notes(first="2025-01-13", last="2025-01-19", number=603)
    played = gate().say(weeks, meets, follows)
    assert played.fate(meets) == "already_recorded"
    assert played.fate(follows) == "accepted"


def test_a_correction_may_cover_the_days_of_what_it_replaces():
    first = fit_notes(number=601)
    second = fit_notes(number=602, not_fit=80, supersedes=first.id)
    played = gate().say(first, second)
    assert played.fate(second) == "accepted"


def test_a_made_up_count_takes_no_real_one_away():
    first = fit_notes(number=601)
    second = fit_notes(number=602, synthetic=True, supersedes=first.id)
    third = fit_notes(number=603, synthetic=True)
    played = gate().say(first, second, third)
    assert played.fate(second) == "synthetic_differs"
    assert played.refusals[0]["expected"] == "false"
    assert played.fate(third) == "accepted"


def test_withdrawn_days_may_be_counted_anew():
    first, again = fit_notes(number=601), fit_notes(number=602)
    said = {"withdraws": {"type": first.type, "id": first.id}, "reason": "entered_in_error"}
    void = replace(
        first,
        id=numbered(603),
        type="footing.entry-withdrawn.v1",
        data=EntryWithdrawn.model_validate(said, strict=False),
    )
    played = gate().say(first, void, again)
    assert played.fate(void) == played.fate(again) == "accepted"
