"""What is an event counted in, and why not: worked out with the code of the figures, and told as of a day."""

from datetime import date
from pathlib import Path
from typing import Any

from support.events import accepted_referral, erasure_requested, numbered, session_held, withdrawn
from support.outcomes import accepted, closed, fit_notes, journey, known, programme, work_status

from contracts.envelope import Event
from outcomes_service.lineage import WHY_NOT, Identity, Lineage, lineage
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow, Visit, visit_of

LATER = "2025-08-01"
PLAN = {"plan": {"agreed": True, "aim": "seek"}}
FIRST = accepted(session_held(101, on="2025-03-10T10:00", **PLAN))
SECOND = accepted(session_held(102, on="2025-03-17T10:00", session=901))
COMPLETED = programme(on="2025-06-02", number=301)
IN_WORK = work_status(0, "entered_work", on="2025-06-02", number=401)
STORY = (accepted_referral(1), FIRST, SECOND, COMPLETED, IN_WORK)


def of(event: Event[Any], *story: Event[Any], as_of: str = LATER, others: dict[str, Visit] | None = None) -> Lineage:
    """What came of the event in this story."""
    made = journey(*(story or STORY))
    identity = Identity(event.partner, event.type.split(".")[1], event.id)
    return lineage(made, person(made, others or {}), identity, known(), date.fromisoformat(as_of))


def person(made: Journey, others: dict[str, Visit]) -> PersonRow | None:
    visit = visit_of(made)
    return None if visit is None else PersonRow(id=visit[0], visits={**others, made.id: visit[1]})


def told(found: Lineage) -> list[tuple[str, str, dict[str, int]]]:
    return [(each.measure, each.counts_from.isoformat(), each.parts) for each in found.counted_in]


def why(found: Lineage) -> str | None:
    return found.not_counted.code if found.not_counted else None


def test_the_first_session_counts_the_person_the_start_the_wait_the_plan_and_its_minutes() -> None:
    assert told(of(FIRST)) == [
        ("users", "2025-03-10", {"k": 1}),
        ("left-with-plan", "2025-06-02", {"k": 1, "n": 1}),
        ("start-rate", "2025-03-10", {"k": 1}),
        ("wait-to-first-session", "2025-03-10", {"7": 1}),
        ("capacity-used", "2025-03-10", {"2025-03-10": 50}),
    ]
    place = of(FIRST).counted_in[0]
    assert (place.scheme_id, place.area, place.definition, place.synthetic, place.unit) == (
        "james-wigg", "kentish-town", "seed", False, "person"
    )  # fmt: skip


def test_a_later_session_counts_with_its_minutes_alone() -> None:
    assert told(of(SECOND)) == [("capacity-used", "2025-03-17", {"2025-03-17": 50})]


def test_a_status_counts_as_a_success_and_opens_what_follows_from_it() -> None:
    found = of(IN_WORK)
    assert told(found) == [
        ("completer-success", "2025-07-01", {"k": 1}),
        ("work-at-52-weeks", "2026-06-30", {"n": 1, "u": 1}),
        ("work-at-52-weeks-of-entered", "2026-06-30", {"n": 1, "u": 1}),
    ]
    assert [each.open for each in found.counted_in] == [False, True, True]
    assert why(found) is None


def test_a_status_that_is_no_success_counts_in_the_denominator_and_is_unknown_no_more() -> None:
    not_in_work = work_status(0, "not_in_work", on="2025-06-02", number=401)
    found = of(not_in_work, accepted_referral(1), FIRST, COMPLETED, not_in_work)
    assert told(found) == [("completer-success", "2025-07-01", {"n": 1})]


def test_a_completion_brings_the_case_into_all_that_counts_completers() -> None:
    assert told(of(COMPLETED)) == [
        ("left-with-plan", "2025-06-02", {"k": 1, "n": 1}),
        ("completer-success", "2025-07-01", {"k": 1, "n": 1}),
        ("work-at-52-weeks", "2026-06-30", {"n": 1, "u": 1}),
        ("work-at-52-weeks-of-entered", "2026-06-30", {"n": 1, "u": 1}),
        ("work-at-52-weeks-of-completers", "2026-06-30", {"n": 1, "u": 1}),
    ]


def test_while_its_window_is_open_it_says_from_which_day_it_counts() -> None:
    found = of(IN_WORK, as_of="2025-06-15")
    assert found.not_counted is not None
    assert (why(found), found.not_counted.counts_from) == ("window_open", date(2025, 7, 1))
    assert all(each.open for each in found.counted_in)
    assert why(of(IN_WORK, as_of="2025-07-01")) is None


def test_a_correction_counts_in_place_of_what_it_corrects() -> None:
    longer = accepted(session_held(103, on="2025-03-10T10:00", minutes=60, supersedes=101, **PLAN))
    story = (*STORY, longer)
    assert told(of(longer, *story)) == [
        *told(of(FIRST))[:-1],
        ("capacity-used", "2025-03-10", {"2025-03-10": 60}),
    ]
    corrected = of(FIRST, *story)
    assert told(corrected) == []
    assert corrected.not_counted is not None
    assert (why(corrected), corrected.not_counted.event_id) == ("superseded", longer.id)


def test_what_is_withdrawn_counts_in_nothing_and_names_what_voids_it() -> None:
    void = accepted(withdrawn(SECOND, id=numbered(150)))
    gone, voiding = of(SECOND, *STORY, void), of(void, *STORY, void)
    assert gone.not_counted is not None
    assert voiding.not_counted is not None
    assert (why(gone), gone.not_counted.event_id) == ("withdrawn", void.id)
    assert (why(voiding), voiding.not_counted.event_id) == ("voids_another", SECOND.id)


def test_nothing_of_a_withdrawn_referral_counts() -> None:
    void = accepted(withdrawn(STORY[0], id=numbered(150)))
    assert why(of(FIRST, *STORY, void)) == "referral_withdrawn"
    assert why(of(FIRST, FIRST)) == "referral_missing"


def test_of_an_erased_referral_nothing_is_told() -> None:
    found = of(FIRST, *STORY, erasure_requested())
    assert found == Lineage(not_counted=found.not_counted)
    assert why(found) == "erased"


def test_a_status_outside_its_window_or_before_the_end_says_so() -> None:
    late = work_status(0, "entered_work", on="2025-07-15", number=401)
    found = of(late, accepted_referral(1), FIRST, COMPLETED, late)
    assert found.not_counted is not None
    assert (why(found), found.not_counted.opens_on, found.not_counted.closes_on) == (
        "outside_window", date(2025, 5, 19), date(2025, 6, 30)
    )  # fmt: skip
    assert why(of(late, accepted_referral(1), FIRST, late)) == "not_ended"
    other = work_status(0, "entered_work", on="2025-06-02", definition="ips-grow", number=401)
    assert why(of(other, accepted_referral(1), FIRST, COMPLETED, other)) == "definition_not_shown"


def test_of_two_that_say_the_same_the_later_is_counted() -> None:
    again = work_status(0, "entered_work", on="2025-06-09", number=402)
    story = (*STORY, again)
    assert told(of(again, *story))[0] == ("completer-success", "2025-07-01", {"k": 1})
    earlier = of(IN_WORK, *story)
    assert earlier.not_counted is not None
    assert (told(earlier), why(earlier), earlier.not_counted.event_id) == ([], "another_counts", again.id)


def test_of_sessions_that_say_the_same_the_first_is_counted() -> None:
    same_day = accepted(session_held(103, on="2025-03-10T14:00", session=902, **PLAN))
    story = (accepted_referral(1), same_day, FIRST, SECOND, COMPLETED)
    assert told(of(FIRST, *story)) == [
        ("users", "2025-03-10", {"k": 1}),
        ("left-with-plan", "2025-06-02", {"k": 1, "n": 1}),
        ("start-rate", "2025-03-10", {"k": 1}),
        ("wait-to-first-session", "2025-03-10", {"7": 1}),
        ("capacity-used", "2025-03-10", {"2025-03-10": 50}),
    ]
    assert told(of(same_day, *story)) == [("capacity-used", "2025-03-10", {"2025-03-10": 50})]


def test_of_two_that_differ_the_later_is_counted() -> None:
    lost = work_status(0, "left_work", on="2025-06-09", number=402)
    story = (accepted_referral(1), FIRST, COMPLETED, IN_WORK, lost)
    assert told(of(lost, *story)) == [("completer-success", "2025-07-01", {"n": 1})]
    assert why(of(IN_WORK, *story)) == "another_counts"


def test_a_closure_after_the_programme_changes_nothing() -> None:
    closure = closed(on="2025-06-20", number=501)
    assert why(of(closure, *STORY, closure)) == "changes_nothing"


def test_who_was_seen_before_counts_as_one_person() -> None:
    earlier = Visit("kentish-town", False, date(2025, 1, 6), date(2025, 1, 13))
    measures = [each.measure for each in of(FIRST, others={numbered(2): earlier}).counted_in]
    assert measures == ["left-with-plan", "start-rate", "wait-to-first-session", "capacity-used"]


def test_synthetic_events_count_among_synthetic_figures_only() -> None:
    story = (accepted_referral(1, synthetic=True), accepted(session_held(101, synthetic=True)))
    found = of(story[1], *story)
    assert {each.synthetic for each in found.counted_in} == {True}


def test_fit_notes_count_by_the_last_day_of_their_period() -> None:
    notes = fit_notes("F83023")
    made = journey(notes, key="ods:F83023")
    found = lineage(made, None, Identity("acme", "fit-notes-counted", notes.id), known(), date(2026, 1, 1))
    assert told(found) == [("fit-note-share", "2025-12-31", {"k": 93, "n": 100})]


def test_what_has_not_come_yet_is_on_its_way() -> None:
    assert why(of(SECOND, accepted_referral(1))) == "on_its_way"
    assert why(lineage_of_unknown_scheme()) == "scheme_unknown"


def lineage_of_unknown_scheme() -> Lineage:
    return of(FIRST, accepted_referral(1, scheme_id="of-another-version"), FIRST)


def test_every_reason_has_a_sentence_and_the_partners_page_names_it() -> None:
    page = (Path(__file__).parents[3] / "docs/partners/what-became-of-it.md").read_text()
    assert [code for code in WHY_NOT if f"`{code}`" not in page] == []
