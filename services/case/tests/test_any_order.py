"""Does a case end the same, whatever order its topics arrive in?

Order within a topic is kept: all of a referral travels in one partition. Between topics it is not promised.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.cases import cases
from support.events import accepted_referral, at, outcome_recorded, session_held, session_not_held, withdrawn

from case_service.domain import Case
from contracts.envelope import Event

STATUS = {"status": "entered_work", "status_on": "2025-06-30", "evidence": "payslip", "definition": "seed"}
CHECKPOINT = outcome_recorded(302, outcome=951, work_status={"checkpoint_weeks": 4, **STATUS})
LANES: tuple[tuple[str, tuple[Event[Any], ...]], ...] = (
    ("hear", (accepted_referral(1), accepted_referral(2, supersedes=1, sequence=2, on="2025-03-02T10:00"))),
    (
        "hear",
        (
            outcome_recorded(301, programme={"result": "completed", "on": "2025-06-02"}),
            CHECKPOINT,
            outcome_recorded(303, supersedes=301, programme={"result": "left_early", "on": "2025-05-20"}),
            withdrawn(CHECKPOINT, accepted_at=at("2025-07-01")),
        ),
    ),
    (
        "say",
        (
            session_held(101, session=901, on="2025-03-10T10:00"),
            session_held(102, session=902, on="2025-03-08T10:00"),
            session_held(103, session=901, supersedes=101, on="2025-03-11T10:00"),
            withdrawn(session_held(102, session=902)),
            session_held(104, session=903, supersedes=202, on="2025-03-20T10:00"),
        ),
    ),
    ("say", (session_not_held(201, session=904), session_not_held(202, session=903))),
)


def facts(case: Case) -> tuple[object, ...]:
    entries = frozenset((e.partner, e.type, e.id, e.superseded_by, e.withdrawn) for e in case.entries.items)
    return (case.opened_at, case.sessions, case.outcomes, entries, case.waiting, case.next_due_on, case.due_from)


def played(order: list[int]) -> tuple[Case, set[str]]:
    play, taken = cases(), [0] * len(LANES)
    for lane in order:
        how, events = LANES[lane]
        event = events[taken[lane]]
        taken[lane] += 1
        play.hear(event) if how == "hear" else play.say(event)
    return play.document, {said.id for said in play.announced}


IN_TURN = [lane for lane, (_, events) in enumerate(LANES) for _ in events]


@settings(max_examples=60, deadline=None)
@given(st.permutations(IN_TURN))
def test_any_order_between_topics_ends_in_the_same_case_and_the_same_announcements(order: list[int]) -> None:
    expected, said = played(IN_TURN)
    case, also_said = played(order)
    assert facts(case) == facts(expected)
    assert also_said == said


def test_in_turn_everything_is_accepted() -> None:
    case, _ = played(IN_TURN)
    assert [str(session.on) for session in case.sessions] == ["2025-03-11", "2025-03-20"]
    assert str(case.programme_ended_on) == "2025-05-20"
    assert case.waiting == ()
