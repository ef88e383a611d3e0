"""What does each measure count?"""

import pytest
from support.events import accepted_referral, numbered, session_held
from support.outcomes import accepted, closed, figure, fit_notes, journey, programme, work_status

END = "2026-12-31"


def case(scheme: str, area: str, *more, number: int = 1, **data):
    """A journey in a scheme; `more` are functions of the referral id."""
    about = {"referral_id": numbered(number)}
    made = accepted_referral(scheme_id=scheme, scheme_area=area, person_ref=numbered(7000 + number), **about, **data)
    return journey(made, *(say(about) for say in more), key=numbered(number))


def seen(on: str, event: int = 101, **data):
    return lambda about: accepted(session_held(event, on=on, session=event, **about, **data))


def ended(result: str, on: str):
    return lambda about: programme(result, on=on, **about)


def status(weeks: int, said: str, on: str, number: int = 401):
    return lambda about: work_status(weeks, said, on=on, number=number, **about)


@pytest.mark.parametrize(
    ("measure", "employment", "absence", "said", "counted"),
    [
        ("entered", "02", "8", "entered_work", (1, 1)),
        ("entered", "02", "8", "entered_training", (0, 1)),
        ("entered", "01", "Y", "entered_work", (0, 0)),
        ("returned", "01", "Y", "returned_to_work", (1, 1)),
        ("returned", "02", "8", "returned_to_work", (0, 0)),
        ("stayed", "01", "N", "stayed_in_work", (1, 1)),
        ("stayed", "01", "Z", "stayed_in_work", (0, 0)),
    ],
)
def test_entered_returned_and_stayed_count_only_those_who_could(measure, employment, absence, said, counted):
    made = case(
        "workwell",
        "south-yorkshire",
        ended("left_early", "2025-06-02"),
        status(0, said, "2025-06-10"),
        employment_status=employment,
        sickness_absence=absence,
    )
    found = figure([made], "workwell", measure, END)
    assert (found.k, found.n) == counted


def test_a_wait_is_the_days_from_referral_to_first_session():
    days = ["2025-03-03", "2025-03-05", "2025-03-10", "2025-03-13"]
    made = [case("james-wigg", "kentish-town", seen(f"{day}T12:00"), number=n) for n, day in enumerate(days, 1)]
    found = figure(made, "james-wigg", "wait-to-first-session", END)
    assert (found.n, found.value, found.p90) == (4, 4.5, 10)


def test_who_was_not_seen_has_not_started():
    made = [case("james-wigg", "kentish-town", seen("2025-03-10T12:00")), case("james-wigg", "kentish-town", number=2)]
    found = figure(made, "james-wigg", "start-rate", END)
    assert (found.k, found.n) == (1, 2)
    assert figure(made, "james-wigg", "start-rate", "2025-03-09").k == 0


def test_completion_is_of_all_who_were_due():
    area, first = "north-staffordshire-and-stoke", seen("2025-03-10T12:00")
    made = [
        case("north-staffordshire", area, first, ended("completed", "2025-05-30"), number=1),
        case("north-staffordshire", area, first, ended("left_early", "2025-04-01"), number=2),
        case("north-staffordshire", area, first, number=3),
        case("north-staffordshire", area, number=4),
    ]
    found = figure(made, "north-staffordshire", "programme-completion", END)
    assert (found.k, found.n, found.u) == (1, 3, 1)
    # twelve weeks after 10 March are 2 June
    assert figure(made, "north-staffordshire", "programme-completion", "2025-06-01").n == 0


@pytest.mark.parametrize(
    ("last", "said", "counted"),
    [
        # day 84 after 10 March 2025 is 2 June
        (ended("completed", "2025-06-02"), "completed on day 84", (1, 1, 0)),
        (ended("left_early", "2025-06-01"), "left on day 83", (0, 1, 0)),
        (ended("still_on", "2025-06-02"), "still on at day 84", (1, 1, 0)),
        (seen("2025-06-03T10:00", 102), "a session on day 85", (1, 1, 0)),
        (seen("2025-06-01T10:00", 102), "a session on day 83, nothing more", (0, 1, 1)),
    ],
)
def test_still_on_at_week_12_means_at_least_day_84(last, said, counted):
    made = case("exercise-programme", "leisure-centre", seen("2025-03-10T12:00"), last)
    found = figure([made], "exercise-programme", "programme-retention", END)
    assert (found.k, found.n, found.u) == counted, said


def test_a_session_after_leaving_early_is_no_sign_of_still_being_on():
    left, seen_again = ended("left_early", "2025-04-09"), seen("2025-06-08T10:00", 102)
    made = case("exercise-programme", "leisure-centre", seen("2025-03-10T12:00"), left, seen_again)
    found = figure([made], "exercise-programme", "programme-retention", END)
    assert (found.k, found.n, found.u) == (0, 1, 0)


def test_a_programme_completed_on_day_84_took_12_weeks_and_on_day_83_only_11():
    started = seen("2025-03-10T12:00")
    made = [
        case("exercise-programme", "leisure-centre", started, ended("completed", "2025-06-02"), number=1),
        case("exercise-programme", "leisure-centre", started, ended("completed", "2025-06-01"), number=2),
        case("exercise-programme", "leisure-centre", started, ended("completed", "2025-06-08"), number=3),
        case("exercise-programme", "leisure-centre", started, ended("left_early", "2025-04-01"), number=4),
    ]
    found = figure(made, "exercise-programme", "programme-length", END)
    assert (found.n, found.value, found.p90) == (3, 12, 12)


def test_a_caller_converts_by_a_further_session_or_a_plan():
    call = seen("2025-03-10T12:00", interventions=("advice_call",))
    made = [
        case("salus-advice-line", "scotland", call, number=1),
        case("salus-advice-line", "scotland", call, seen("2025-03-20T12:00", 102), number=2),
        case(
            "salus-advice-line",
            "scotland",
            seen("2025-03-10T12:00", interventions=("advice_call",), plan={"agreed": True, "aim": "return"}),
            number=3,
        ),
        case("salus-advice-line", "scotland", number=4),
    ]
    found = figure(made, "salus-advice-line", "conversion", END)
    assert (found.k, found.n) == (2, 3)


def test_five_sessions_of_50_minutes_use_five_ninths_of_a_day():
    hours = ["09", "10", "11", "13", "14"]
    made = [case("james-wigg", "kentish-town", seen(f"2025-03-10T{h}:00"), number=n) for n, h in enumerate(hours, 1)]
    found = figure(made, "james-wigg", "capacity-used", END)
    assert (found.k, found.n) == (250, 450)
    assert found.rate == pytest.approx(0.5556, abs=0.0001)


def test_practices_and_people_are_held_against_the_target():
    made = [
        case(
            "roll-out-2008",
            "location-01",
            seen("2009-03-10T12:00"),
            number=n,
            on="2009-03-03T10:00",
            referrer_organisation={"system": "ods", "code": practice},
        )
        for n, practice in enumerate(["F83023", "F83023", "A81001"], 1)
    ]
    practices = figure(made, "roll-out-2008", "reach-practices", END)
    assert (practices.k, practices.n) == (2, 40)
    people = figure(made, "roll-out-2008", "reach-people", END)
    assert (people.k, people.n) == (3, 4000)


def test_practices_that_refer_are_held_against_those_that_could():
    organisation = {"system": "ods", "code": "G82001"}
    made = [case("kent-margate", "margate", referrer_organisation=organisation)]
    found = figure(made, "kent-margate", "practices-referring", END)
    assert (found.k, found.n) == (1, 18)


def test_contacts_are_sessions_with_or_without_a_case():
    made = [case("small-business-support", "england", seen("2025-03-10T12:00"), seen("2025-03-11T12:00", 102))]
    assert figure(made, "small-business-support", "contacts", END).k == 2


def test_time_to_return_is_of_those_absent_who_returned():
    made = case(
        "nottinghamshire",
        "nottinghamshire",
        closed_on("2025-06-02"),
        status(0, "returned_to_work", "2025-06-01"),
        employment_status="01",
        sickness_absence="Y",
    )
    found = figure([made], "nottinghamshire", "time-to-return", END)
    assert (found.n, found.value) == (1, 90)


def test_sustained_work_is_of_those_in_work_at_the_end():
    made = case(
        "workwell-out-of-work",
        "south-yorkshire",
        ended("completed", "2025-06-02"),
        status(0, "entered_work", "2025-06-02"),
        status(13, "entered_work", "2025-09-01", 402),
    )
    thirteen = figure([made], "workwell-out-of-work", "sustained-13", END)
    assert (thirteen.k, thirteen.n, thirteen.u) == (1, 1, 0)
    twenty_six = figure([made], "workwell-out-of-work", "sustained-26", END)
    assert (twenty_six.k, twenty_six.n, twenty_six.u) == (0, 1, 1)


def test_training_starts_with_a_session_of_it():
    made = [
        case("kensington-chelsea", "kensington-and-chelsea", seen("2025-03-10T12:00", interventions=("training",))),
        case("kensington-chelsea", "kensington-and-chelsea", seen("2025-03-10T12:00"), number=2),
    ]
    found = figure(made, "kensington-chelsea", "training-starts", END)
    assert (found.k, found.n) == (1, 2)


def test_hosts_are_the_sites_of_sessions():
    made = [case("tomorrows-people", "place-1", seen("2025-03-10T12:00", site="A81001"))]
    found = figure(made, "tomorrows-people", "reach-hosts", END)
    assert (found.k, found.n) == (1, 81)


def test_fit_notes_count_what_practices_of_england_issued():
    england, wales = journey(fit_notes("F83023"), key="ods:F83023"), journey(fit_notes("W91001"), key="ods:W91001")
    found = figure([england, wales], "fit-notes", "fit-note-share", END)
    assert (found.k, found.n, found.rate) == (93, 100, 0.93)


def test_a_corrected_count_replaces_the_first():
    first = fit_notes("F83023", number=601)
    second = fit_notes("F83023", number=602, not_fit=80, may_be_fit=20, supersedes=first.id)
    found = figure([journey(first, second, key="ods:F83023")], "fit-notes", "fit-note-share", END)
    assert (found.k, found.n) == (80, 100)


def closed_on(day: str):
    return lambda about: closed(on=day, **about)
