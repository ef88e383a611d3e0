"""What the codec makes of a record beyond what the example files show."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts import exemplars
from contracts.codec import content_hash, decode_canonical, decode_inbox, encode, objects_to_time, topic_of
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Problem, Record, Refusal
from contracts.topics import EVENT_TYPES, inbox, inbox_parts

BUILDERS = [
    exemplars.referral_made,
    exemplars.session_held,
    exemplars.session_not_held,
    exemplars.outcome_recorded,
    exemplars.permission_given,
    exemplars.permission_withdrawn,
    exemplars.fit_notes_counted,
]
OURS = [exemplars.accepted_referral, exemplars.follow_up_due, exemplars.erasure_requested]


def in_inbox(event: Event[Any], **changed: Any) -> Record:
    record = encode(event)
    record = record._replace(topic=inbox(event.partner, record.topic))
    return record._replace(**changed)


def with_header(record: Record, name: str, value: bytes | None) -> Record:
    kept = tuple((header, given) for header, given in record.headers if header != name)
    return record._replace(headers=(*kept, (name, value)))


def problem_of(answer: object) -> Problem:
    assert isinstance(answer, Refusal)
    return answer.problem


@pytest.mark.parametrize("build", BUILDERS)
def test_what_is_encoded_is_decoded_to_the_same_event(build: Any) -> None:
    event = exemplars.event(build())
    assert decode_inbox(in_inbox(event)) == event


@pytest.mark.parametrize("build", [*BUILDERS[1:], *OURS])
def test_what_the_gate_announces_is_read_with_moment_and_sequence(build: Any) -> None:
    event = replace(exemplars.event(build()), accepted_at=datetime(2026, 3, 2, 9, 31, tzinfo=UTC), sequence=4)
    record = encode(event)
    assert dict(record.headers)["ce_acceptedtime"] == b"2026-03-02T09:31:00Z"
    assert dict(record.headers)["ce_sequence"] == b"4"
    assert decode_canonical(record) == event


def test_a_partner_cannot_say_when_we_accepted_it() -> None:
    event = replace(exemplars.event(exemplars.session_held()), accepted_at=datetime(2020, 1, 1, tzinfo=UTC), sequence=9)
    read = decode_inbox(in_inbox(event))
    assert isinstance(read, Event)
    assert (read.accepted_at, read.sequence) == (None, None)


@pytest.mark.parametrize("build", BUILDERS)
def test_a_withdrawal_travels_on_the_topic_of_what_it_voids(build: Any) -> None:
    voided = exemplars.event(build())
    withdrawn = replace(exemplars.event(exemplars.entry_withdrawn(voided)), id=exemplars.OUTCOME)
    assert topic_of(withdrawn) == topic_of(voided)
    assert decode_inbox(in_inbox(withdrawn)) == withdrawn


def test_what_was_due_and_is_met_is_withdrawn_on_its_own_topic() -> None:
    due = exemplars.event(exemplars.follow_up_due(), partner="footing")
    met = replace(exemplars.event(exemplars.entry_withdrawn(due, "met"), partner="footing"), id=exemplars.OUTCOME)
    record = encode(met)
    assert record.topic == "follow-up-due"
    assert decode_canonical(record) == met


def test_nobody_has_an_inbox_in_our_own_name() -> None:
    assert inbox_parts("inbox.footing.session-held") is None


def test_only_an_inbox_is_read_strictly() -> None:
    assert problem_of(decode_inbox(encode(exemplars.event(exemplars.session_held())))).code == "wrong_topic"


@pytest.mark.parametrize("name", ["inbox.acme.session-held\n", "inbox.Acme.session-held", "inbox.acme.receipts", ""])
def test_no_other_topic_passes_for_an_inbox(name: str) -> None:
    assert inbox_parts(name) is None


@pytest.mark.parametrize("attribute", ["id", "subject", "source", "time"])
def test_an_attribute_with_a_line_end_is_invalid(attribute: str) -> None:
    record = in_inbox(exemplars.event(exemplars.session_held()))
    given = dict(record.headers)[f"ce_{attribute}"] or b""
    answer = decode_inbox(with_header(record, f"ce_{attribute}", given + b"\n"))
    assert problem_of(answer) == replace(problem_of(answer), code="attribute_invalid", field=attribute)


@pytest.mark.parametrize(
    "time",
    [b"2026-13-01T00:00:00Z", b"2026-02-30T00:00:00Z", b"9999-12-31T23:59:59-01:00", b"0001-01-01T00:00:00+01:00",
     b"2026-03-02T24:00:00Z", b"2026-03-02t09:30:00z", b"20260302T093000Z", b"2026-03-02T09:30:00+24:00",
     "٢٠٢٦-03-02T09:30:00Z".encode()],
)  # fmt: skip
def test_a_time_that_is_none_gets_an_answer(time: bytes) -> None:
    answer = decode_inbox(with_header(in_inbox(exemplars.event(exemplars.session_not_held())), "ce_time", time))
    assert problem_of(answer).code == "attribute_invalid"


def test_two_differing_ids_leave_no_identity() -> None:
    record = in_inbox(exemplars.event(exemplars.session_held()))
    answer = decode_inbox(record._replace(headers=(*record.headers, ("CE_ID", exemplars.OUTCOME.encode()))))
    assert answer == Refusal(
        Problem("attribute_invalid", "id", "one value"), None, "footing.session-held.v1", exemplars.REFERRAL
    )


def test_a_refusal_names_event_type_and_referral_where_they_can_be_read() -> None:
    answer = decode_inbox(in_inbox(exemplars.event(exemplars.session_held()), value=b"{"))
    assert answer == Refusal(
        Problem("not_json", "value", "UTF-8 JSON"), exemplars.EVENT, "footing.session-held.v1", exemplars.REFERRAL
    )


def test_unknown_attributes_are_not_carried_on() -> None:
    record = in_inbox(exemplars.event(exemplars.session_held()))
    noted = record._replace(headers=(*record.headers, ("ce_note", b"\xff somebody"), ("x-trace", b"\xff")))
    event = decode_inbox(noted)
    assert isinstance(event, Event)
    assert "ce_note" not in dict(encode(event).headers)


def test_codes_that_a_reader_does_not_know_read_as_not_known_here() -> None:
    record = encode(exemplars.event(exemplars.session_held()))
    event = decode_canonical(record._replace(value=(record.value or b"").replace(b'"interview"', b'"retraining"')))
    assert isinstance(event, Event)
    assert event.data.interventions == ("cv", "not_known_here")


@pytest.mark.parametrize(("minutes_ahead", "refused"), [(5, False), (6, True), (-60 * 24 * 365 * 20, False)])
def test_an_event_is_at_most_five_minutes_ahead(minutes_ahead: int, refused: bool) -> None:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    event = exemplars.event(exemplars.permission_given(), time=at + timedelta(minutes=minutes_ahead))
    problem = objects_to_time(event, at)
    assert (problem is not None and problem.code == "time_in_future") is refused


def test_the_same_facts_in_other_words_have_the_same_hash() -> None:
    event = exemplars.event(exemplars.session_held())
    spelled = encode(event)
    value = (spelled.value or b"").replace(b"2026-03-02T09:30:00Z", b"2026-03-02T10:30:00.000+01:00")
    value = value.replace(b'"minutes":50', b'"minutes" : 50, "supersedes": null, "site": null')
    again = decode_inbox(in_inbox(event, value=value))
    assert isinstance(again, Event)
    assert content_hash(again) == content_hash(event)


def test_other_facts_have_another_hash() -> None:
    event = exemplars.event(exemplars.session_held())
    others = [
        exemplars.event(exemplars.session_held(minutes=51)),
        exemplars.event(exemplars.session_held(site="F83023")),
        exemplars.event(exemplars.session_held(synthetic=False)),
        replace(event, time=event.time + timedelta(microseconds=1)),
        replace(event, subject=exemplars.OUTCOME),
    ]
    assert len({content_hash(each) for each in (event, *others)}) == 6


def test_the_hash_is_of_type_subject_time_and_what_differs_from_defaults() -> None:
    """Hashes stand in the registers of identities for ever: no change of model or library may change one."""
    said = (
        "footing.outcome-recorded.v1\n0190a0b0-0000-7000-8000-000000000001\n2026-03-02T09:30:00+00:00\n"
        '{"referral_id":"0190a0b0-0000-7000-8000-000000000001","synthetic":true,'
        '"outcome_id":"0190a0b0-0000-7000-8000-0000000000c1",'
        '"programme":{"result":"completed","on":"2026-03-02","weeks":12}}'
    )
    assert content_hash(exemplars.event(exemplars.outcome_recorded())) == hashlib.sha256(said.encode()).digest()[:12]
    assert content_hash(exemplars.event(exemplars.referral_made())).hex() == "4754d789e41d3a249b98e7ae"
    assert content_hash(exemplars.event(exemplars.session_held())).hex() == "0e8c367cb755b9f58a0a136a"


def test_a_problem_says_bounds_and_codes_in_our_words() -> None:
    record = in_inbox(exemplars.event(exemplars.session_held()))

    def expected(old: bytes, new: bytes) -> str | None:
        return problem_of(decode_inbox(record._replace(value=(record.value or b"").replace(old, new)))).expected

    assert expected(b'"minutes":50', b'"minutes":4') == "5 or more"
    assert expected(b'"minutes":50', b'"minutes":"50"') == "a whole number"
    assert expected(b'"mechanism":"01"', b'"mechanism":"1"') == "one of 01, 02, 09, 10, 11, 98"
    assert expected(b'"attendance":5', b'"attendance":3') == "one of 5, 6"
    assert expected(exemplars.SESSION.encode(), b"5") == "a UUID in canonical lower case"
    assert expected(b'["cv","interview"]', b"[]") == "at least 1 entries"
    assert expected(b'"plan":{"agreed":true,"aim":"seek"}', b'"plan":"seek"') == "an object"


@pytest.mark.parametrize(("names", "code"), [(1_000, "field_invalid"), (18_000, "too_large")])
def test_a_value_with_thousands_of_mistakes_gets_one_answer(names: int, code: str) -> None:
    value = ",".join(f'"a{number}":{number}' for number in range(names))
    answer = decode_inbox(in_inbox(exemplars.event(exemplars.session_held()), value=f"{{{value}}}".encode()))
    assert problem_of(answer).code == code


def test_every_type_has_its_topic_and_entry_withdrawn_many() -> None:
    assert {kind.topic for kind in EVENT_TYPES.values() if kind.payload is not EntryWithdrawn} == {
        "referral-made", "permissions", "session-held", "session-not-held", "outcome-recorded", "fit-notes-counted",
        "follow-up-due", "erasure-requested",
    }  # fmt: skip
