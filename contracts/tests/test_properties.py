"""Properties of reading, over payloads drawn from the models: the valid is taken and says the same again; the broken
is refused where it is broken.
"""

import json
from typing import Any

import pytest
from corpus.fields import broken_ways
from corpus.good import Data, attributes_of, written
from corpus.strategies import EVENTS, payloads
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contracts.codec import content_hash, decode_canonical, decode_inbox, encode
from contracts.envelope import Event, Record, Refusal
from contracts.reasons import REASONS

STRUCTURED = b"application/cloudevents+json"
# A busy machine is slow, not wrong; a failure is shown as it was found, as making it smaller can take minutes.
calm = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.reuse, Phase.generate],
)
every_event = pytest.mark.parametrize("event", EVENTS)


def record_of(event: str, data: Data) -> Record:
    """The record of a payload in the inbox where it belongs."""
    voided = data["withdraws"]["type"].split(".")[1] if event == "entry-withdrawn" else event
    topic = "permissions" if voided.startswith("permission-") else voided
    about = {"practice": {"code": "F83023"}} if event == "entry-withdrawn" and not data.get("referral_id") else {}
    record = written(event, topic, {**data, **about})
    return record._replace(value=json.dumps(data).encode())


def in_structured_mode(record: Record) -> Record:
    event = {**attributes_of(record), "data": json.loads(record.value or b"")}
    return record._replace(value=json.dumps(event).encode(), headers=(("content-type", STRUCTURED),))


def read(record: Record) -> Event[Any]:
    event = decode_inbox(record)
    assert isinstance(event, Event), event
    return event


@every_event
@settings(calm, max_examples=25)
@given(drawn=st.data())
def test_a_valid_event_is_taken_and_says_the_same_again(event: str, drawn: st.DataObject) -> None:
    data = drawn.draw(payloads(event))
    record = record_of(event, data)
    taken = read(record)
    again = read(encode(taken)._replace(topic=record.topic))
    assert again == taken
    structured = read(in_structured_mode(record))
    assert structured == taken
    assert content_hash(taken) == content_hash(again) == content_hash(structured)
    written_anew = json.loads(encode(taken).value or b"")
    assert {name: written_anew[name] for name in said(data)} == said(data)


def said(data: Data) -> Data:
    """What a payload says and how it is written: without nulls, which say nothing, and times, which are kept in UTC."""
    return {
        name: said(value) if isinstance(value, dict) else value
        for name, value in data.items()
        if value is not None and name not in ("started_at", "planned_at")
    }


@pytest.mark.parametrize("event", [event for event in EVENTS if event != "referral-made"])
@settings(calm, max_examples=10)
@given(drawn=st.data())
def test_what_was_taken_reads_the_same_behind_the_gate(event: str, drawn: st.DataObject) -> None:
    taken = read(record_of(event, drawn.draw(payloads(event))))
    behind = decode_canonical(encode(taken))
    assert behind == taken


@every_event
@settings(calm, max_examples=25)
@given(drawn=st.data())
def test_an_event_with_one_thing_broken_is_refused_where_it_is_broken(event: str, drawn: st.DataObject) -> None:
    data = drawn.draw(payloads(event))
    record = record_of(event, data)
    broken = drawn.draw(st.sampled_from([way for way in broken_ways(event, data) if is_of_the_record(way.reason)]))
    spoilt = record._replace(value=json.dumps(broken.of(data)).encode())
    for sent in (spoilt, in_structured_mode(spoilt)):
        answer = decode_inbox(sent)
        assert isinstance(answer, Refusal), broken
        assert (answer.problem.code, answer.problem.field) == (broken.reason, broken.field), broken


def is_of_the_record(reason: str | None) -> bool:
    return reason is not None and REASONS[reason].stateless
