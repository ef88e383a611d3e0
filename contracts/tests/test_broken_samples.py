"""Each sample is good, and each deliberate mistake in it is refused for the reason that it says, and for no other."""

import uuid

import pytest

from contracts import samples
from contracts.broken import BY_REASON, MISTAKES, Mistake
from contracts.codec import decode_inbox, objects_to_time
from contracts.envelope import Event, Refusal
from contracts.exemplars import WHEN
from contracts.ids import new_id
from contracts.reasons import REASONS
from contracts.topics import EVENT_TYPES, GATES

BY_GATES = ("area_unknown", "person_missing", "practice_unknown")  # of the schemes and the register
EVERY = [(mistake, event) for mistake in MISTAKES for event in mistake.fields]


def test_there_is_a_sample_of_every_event_that_partners_publish() -> None:
    published = {kind.event for kind in EVENT_TYPES.values() if kind.topic in GATES or kind.topic is None}
    assert set(samples.EVENTS) == published


@pytest.mark.parametrize("name", samples.EVENTS)
def test_a_sample_is_what_a_gate_reads_and_is_made_up(name: str) -> None:
    said = samples.sample(name, "acme")
    assert decode_inbox(samples.record(said)) == said
    assert said.data.synthetic is True


@pytest.mark.parametrize("name", samples.EVENTS)
def test_no_two_samples_have_an_id_in_common(name: str) -> None:
    first, second = (samples.sample(name, "acme") for _ in range(2))
    assert first.id != second.id
    assert name == "fit-notes-counted" or first.subject != second.subject


def test_an_event_about_a_referral_names_it() -> None:
    referral = samples.referral_made("acme", scheme="gateshead")
    withdrawn = samples.about("entry-withdrawn", referral)
    assert referral.data.scheme_id == "gateshead"
    assert samples.about("session-held", referral).subject == referral.subject
    assert (withdrawn.subject, withdrawn.data.withdraws.id) == (referral.subject, referral.id)


def test_there_is_a_mistake_for_every_reason_that_follows_from_the_record_alone() -> None:
    assert BY_REASON.keys() - {*BY_GATES, "time_in_future"} == {code for code, it in REASONS.items() if it.stateless}
    assert BY_REASON.keys() <= REASONS.keys()
    assert len(BY_REASON) == len(MISTAKES)


@pytest.mark.parametrize(("mistake", "event"), EVERY, ids=[f"{mistake.reason}-{event}" for mistake, event in EVERY])
def test_a_mistake_is_refused_for_its_reason_and_the_event_can_still_be_told(mistake: Mistake, event: str) -> None:
    good = samples.sample(event, "acme")
    answer = decode_inbox(mistake.made_in(event, samples.record(good)))
    if mistake.reason in BY_GATES:
        assert isinstance(answer, Event)
    elif isinstance(answer, Event):
        problem = objects_to_time(answer, WHEN)
        assert problem is not None
        assert (problem.code, problem.field) == (mistake.reason, mistake.fields[event])
    else:
        assert isinstance(answer, Refusal)
        assert (answer.problem.code, answer.problem.field) == (mistake.reason, mistake.fields[event])
        assert answer.event_id == good.id


def test_a_new_id_is_of_version_7_and_later_ones_come_later() -> None:
    first, second = new_id(), new_id()
    assert [uuid.UUID(each).version for each in (first, second)] == [7, 7]
    assert str(uuid.UUID(first)) == first
    assert first[:13] <= second[:13]
    assert first != second
