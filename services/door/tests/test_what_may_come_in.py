"""One HTTP request, one verdict: the same event in each mode is the same record; each refusal has its status."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from support.events import numbered

from contracts import codec
from contracts.envelope import Event, Refusal
from door_service.domain import Taken, batch, binary, status_of, structured
from servicekit.partners import Partner
from servicekit.problems import problem_json

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
REFERRAL = numbered(1)
ACME = Partner(
    name="acme",
    number=1,
    schemes=frozenset({"james-wigg"}),
    events=frozenset({"referral-made", "session-held", "permission-given"}),
)
SESSION = {
    "referral_id": REFERRAL,
    "session_id": numbered(2),
    "started_at": "2026-01-05T09:00:00+00:00",
    "minutes": 50,
    "mechanism": "01",
    "setting": "gp_practice",
    "delivered_by": "employment_adviser",
    "adviser_token": "fictional-adviser-token-1",
    "attendance": 5,
    "interventions": ["cv"],
    "synthetic": True,
}
REFERRAL_MADE = {
    "referral_id": REFERRAL,
    "scheme_id": "james-wigg",
    "person_token": "fictional-person-token-1",
    "source_code": "A1",
    "employment_status": "01",
    "sickness_absence": "Y",
    "voluntary": True,
    "permissions": [],
}
ENVELOPE = {
    "specversion": "1.0",
    "id": numbered(3),
    "source": "urn:footing:partner:acme",
    "type": "footing.session-held.v1",
    "subject": REFERRAL,
    "time": "2026-01-05T09:00:00Z",
}


def _binary(data: Any = SESSION, partner: Partner = ACME, **changed: str) -> Taken | Refusal:
    said = {name: value for name, value in (ENVELOPE | changed).items() if value}
    headers = [(f"ce-{name}".encode(), value.encode()) for name, value in said.items()]
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return binary([*headers, (b"content-type", b"application/json")], body, partner, NOW)


def _structured(data: Any = SESSION, **changed: Any) -> bytes:
    return json.dumps({**ENVELOPE, **changed, "data": data}).encode()


def test_each_mode_makes_the_same_record_as_a_kafka_client() -> None:
    ways = [_binary(), structured(_structured(), ACME, NOW), *batch(b"[" + _structured() + b"]", ACME, NOW)]  # type: ignore[misc]

    records = [way.record for way in ways if isinstance(way, Taken)]
    assert len(records) == 3
    assert records[0] == records[1] == records[2]
    record = records[0]
    assert (record.topic, record.key) == ("inbox.acme.session-held", REFERRAL.encode())
    assert dict(record.headers)["ce_id"] == numbered(3).encode()
    assert dict(record.headers)["content-type"] == b"application/json"


def test_an_event_through_the_door_and_by_kafka_has_one_content_hash() -> None:
    taken = _binary()
    assert isinstance(taken, Taken)
    again = codec.decode_inbox(taken.record)
    by_kafka = codec.decode_inbox(taken.record._replace(value=json.dumps(SESSION, indent=2).encode()))

    assert isinstance(again, Event)
    assert isinstance(by_kafka, Event)
    assert codec.content_hash(again) == codec.content_hash(by_kafka) == codec.content_hash(taken.event)


def test_a_header_may_be_percent_encoded() -> None:
    taken = _binary(source="urn%3Afooting%3Apartner%3Aacme")
    assert isinstance(taken, Taken)
    assert taken.event.source == "urn:footing:partner:acme"


def test_an_entry_withdrawn_goes_where_the_event_went_that_it_voids() -> None:
    void = {
        "referral_id": REFERRAL,
        "withdraws": {"type": "footing.session-held.v1", "id": numbered(3)},
        "reason": "entered_in_error",
    }
    taken = _binary(void, type="footing.entry-withdrawn.v1", id=numbered(4))
    assert isinstance(taken, Taken)
    assert taken.record.topic == "inbox.acme.session-held"


@pytest.mark.parametrize(
    ("way", "status", "code", "field"),
    [
        (lambda: _binary(b"{"), 400, "not_json", "value"),
        (lambda: _binary(b""), 400, "not_json", "value"),
        (lambda: _binary(source="urn%3Afooting%FF"), 400, "header_not_utf8", "source"),
        (lambda: _binary(id=""), 422, "attribute_missing", "id"),
        (lambda: _binary(subject=""), 422, "attribute_missing", "subject"),
        (lambda: _binary(id="1"), 422, "attribute_invalid", "id"),
        (lambda: _binary(type="footing.session-held.v2"), 422, "type_unknown", "type"),
        (lambda: _binary(type="footing.follow-up-due.v1"), 403, "event_not_yours", "type"),
        (lambda: _binary(type="footing.outcome-recorded.v1"), 422, "field_missing", "data.outcome_id"),
        (lambda: _binary(source="urn:footing:partner:other"), 403, "source_not_yours", "source"),
        (lambda: _binary(subject=numbered(9)), 422, "key_differs", "subject"),
        (lambda: _binary(partitionkey=numbered(9)), 422, "key_differs", "partitionkey"),
        (lambda: _binary(time="2026-01-05T09:00:01Z"), 422, "time_differs", "time"),
        (lambda: _binary(SESSION | {"notes": "x"}), 422, "field_unknown", "data.notes"),
        (lambda: _binary(SESSION | {"minutes": "50"}), 422, "field_invalid", "data.minutes"),
        (lambda: _binary(SESSION | {"mechanism": "77"}), 422, "code_unknown", "data.mechanism"),
        (
            lambda: _binary(SESSION | {"started_at": "2026-01-05T10:06:00Z"}, time="2026-01-05T10:06:00Z"),
            422,
            "time_in_future",
            "time",
        ),
        (
            lambda: _binary(REFERRAL_MADE | {"scheme_id": "wakefield"}, type="footing.referral-made.v1"),
            403,
            "scheme_not_yours",
            "data.scheme_id",
        ),
        (lambda: _binary(partner=_changed(disabled=True)), 403, "partner_disabled", "source"),
        (lambda: _binary(partner=_changed(events=frozenset())), 403, "event_not_yours", "type"),
        (
            lambda: _binary(SESSION | {"synthetic": False}, partner=_changed(testing=True)),
            403,
            "synthetic_only",
            "data.synthetic",
        ),
        (lambda: structured(b"[]", ACME, NOW), 400, "not_json", "value"),
        (lambda: structured(_structured(id=7), ACME, NOW), 422, "attribute_invalid", "id"),
        (lambda: structured(_structured("text"), ACME, NOW), 422, "field_invalid", "data"),
        (lambda: structured(b"[" * 100_000, ACME, NOW), 400, "not_json", "value"),
    ],
)
def test_a_refusal_has_its_status_and_names_its_field(way: Any, status: int, code: str, field: str) -> None:
    refusal = way()

    assert isinstance(refusal, Refusal), refusal
    assert (status_of(refusal.problem), refusal.problem.code, refusal.problem.field) == (status, code, field)


def test_a_refusal_never_echoes_what_was_sent() -> None:
    secret = "Jane-Fictional-NHS-0000000000"
    ways = [
        _binary(SESSION | {"adviser_token": secret + "!"}),
        _binary(SESSION | {secret: 1}),
        _binary(type=secret),
        _binary(id=secret),
        _binary(source=secret),
        structured(_structured(subject=secret), ACME, NOW),
    ]
    for way in ways:
        assert isinstance(way, Refusal)
        assert secret not in json.dumps(problem_json(422, way.problem))


def test_every_event_of_a_batch_has_a_verdict_of_its_own() -> None:
    found = batch(b"[" + _structured() + b"," + _structured(id="1") + b", 5]", ACME, NOW)

    assert isinstance(found, list)
    assert [isinstance(each, Taken) for each in found] == [True, False, False]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"[" + b",".join([b"{}"] * 1001) + b"]", b"[", b"\xff"])
def test_a_body_that_is_no_batch_is_refused_whole(body: bytes) -> None:
    problem = batch(body, ACME, NOW)

    assert not isinstance(problem, list)
    assert status_of(problem) == 400


def _changed(**fields: Any) -> Partner:
    known = {name: getattr(ACME, name) for name in ("name", "number", "schemes", "events")}
    return Partner(**{**known, **fields})
