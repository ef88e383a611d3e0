"""Whatever the bytes: one answer, never an exception, and nothing of a value in it. Known evils: `tests/corpus`."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import exemplars
from contracts.codec import decode_canonical, decode_inbox, encode
from contracts.envelope import Event, Record, Refusal
from contracts.reasons import REASONS
from contracts.topics import inbox

VALID = encode(exemplars.event(exemplars.session_held()))
INBOX = inbox("acme", "session-held")
HEADERS = dict(VALID.headers)
NAMES = st.sampled_from([*HEADERS, "ce_dataschema", "ce_datacontenttype", "CE_ID", "other"]) | st.text(max_size=12)
VALUES = st.none() | st.binary(max_size=80) | st.sampled_from([value for _, value in VALID.headers])
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted(json.loads(VALID.value or b""))
bounded = settings(max_examples=100, deadline=None)  # a busy machine is slow, not wrong
MARK = "Zz9 a private note Zz9"


def answers(record: Record) -> list[Event[Any] | Refusal]:
    canonical = record._replace(topic="session-held")
    said = [decode_inbox(record), decode_canonical(canonical)]
    for each in said:
        assert isinstance(each, Event) or each.problem.code in REASONS
    return said


@bounded
@given(key=st.none() | st.binary(), value=st.none() | st.binary(), headers=st.lists(st.tuples(NAMES, VALUES)))
def test_random_bytes_get_an_answer(key: bytes | None, value: bytes | None, headers: list[Any]) -> None:
    answers(Record(INBOX, 0, 0, key, value, tuple(headers)))


@bounded
@given(headers=st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_random_headers_beside_a_valid_event_get_an_answer(headers: list[Any]) -> None:
    answers(VALID._replace(topic=INBOX, headers=(*headers, *VALID.headers)))


@bounded
@given(value=JSONS)
def test_random_json_gets_an_answer_in_both_modes(value: Any) -> None:
    written = json.dumps(value).encode()
    structured = (("content-type", b"application/cloudevents+json"),)
    answers(VALID._replace(topic=INBOX, value=written))
    answers(VALID._replace(topic=INBOX, value=written, headers=structured))
    wrapped = {name.removeprefix("ce_"): (given or b"").decode() for name, given in VALID.headers} | {"data": value}
    answers(VALID._replace(topic=INBOX, value=json.dumps(wrapped).encode(), headers=structured))


@bounded
@given(name=st.sampled_from(FIELDS), value=JSONS)
def test_any_json_in_any_field_gets_an_answer(name: str, value: Any) -> None:
    data = json.loads(VALID.value or b"") | {name: value}
    answers(VALID._replace(topic=INBOX, value=json.dumps(data).encode()))


def test_no_answer_repeats_a_value_or_an_unforeseen_name() -> None:
    base = json.loads(VALID.value or b"")
    documents = [base | {name: MARK} for name in base] + [base | {MARK: 1}, base | {"plan": {MARK: 1}}]
    records = [VALID._replace(topic=INBOX, value=json.dumps(document).encode()) for document in documents]
    for name, _ in VALID.headers:
        headers = tuple((header, MARK.encode() if header == name else value) for header, value in VALID.headers)
        records.append(VALID._replace(topic=INBOX, headers=headers))
    for record in records:
        for said in (decode_inbox(record), decode_inbox(record._replace(key=MARK.encode()))):
            assert MARK not in str(said)
