"""Raw records covered: what is open and as the contract has it is shown, of all else only the shape."""

import json
from typing import Any

from contracts.envelope import Record
from contracts.topics import EVENT_TYPES
from ops.parking.masking import masked, revealed, shape

REFERRAL = "0190a0b0-0000-7000-8000-000000000001"
TOKEN = "made-up-person-token-01"


def record(value: bytes | None, *, kind: str = "referral-made", **more: bytes | None) -> Record:
    said = {"ce_id": REFERRAL.encode(), "ce_type": f"footing.{kind}.v1".encode(), **more}
    return Record(f"inbox.acme.{kind}", 0, 7, REFERRAL.encode(), value, tuple(said.items()))


def covered(said: dict[str, Any], **more: Any) -> Any:
    return json.loads(masked(record(json.dumps(said).encode(), **more)).value or "")


def test_references_and_schemes_are_shown_and_what_tells_of_a_person_is_covered() -> None:
    said = {
        "referral_id": REFERRAL, "synthetic": True, "scheme_id": "james-wigg", "person_token": TOKEN,
        "employment_status": "02", "absence_started_on": "2026-01-05", "voluntary": True, "weekly_hours": None,
        "referrer_organisation": {"system": "ods", "code": "F83023"}, "support_needs": ["housing", "debt"],
        "permissions": [{"recipient": "referring_gp", "purpose": "outcome"}],
    }  # fmt: skip
    assert covered(said) == {
        "referral_id": REFERRAL, "synthetic": True, "scheme_id": "james-wigg",
        "person_token": "xxxx-xx-xxxxxx-xxxxx-99", "employment_status": "99",
        "absence_started_on": "9999-99-99", "voluntary": True, "weekly_hours": None,
        "referrer_organisation": {"system": "ods", "code": "F83023"}, "support_needs": ["xxxxxxx", "xxxx"],
        "permissions": [{"recipient": "xxxxxxxxx_xx", "purpose": "xxxxxxx"}],
    }  # fmt: skip


def test_a_name_or_a_value_that_nobody_foresaw_is_covered_wherever_it_stands() -> None:
    said = {"John Smith": 1, "scheme_id": "John Smith", "referrer_organisation": {"code": "Dr O'Neil", "notes": "ill"}}
    assert covered(said) == {
        "xxxx xxxxx": 9, "scheme_id": "xxxx xxxxx", "referrer_organisation": {"code": "xx x'xxxx", "xxxxx": "xxx"},
    }  # fmt: skip
    assert covered({"scheme_id": {"id": "James"}}) == {"scheme_id": {"xx": "xxxxx"}}
    assert covered({"scheme_id": "james-wigg"}, kind="unheard-of") == {"scheme_id": "xxxxx-xxxx"}
    value = masked(record(b'{"plan": {"agreed": true}}', kind="session-held")).value
    assert value == '{"plan": {"agreed": xxxx}}'


def test_what_is_no_json_keeps_its_shape_and_nothing_of_what_it_says() -> None:
    assert masked(record(b'{"referral_id": "Ann \x1b[31m B')).value == '{"xxxxxxxx_xx": "xxx \\x9x[99x x'
    assert masked(record(b"[" * 100_000)).value == "[" * 100_000
    assert masked(record(None)).value is None
    assert shape("Zo\u00eb, 2 \u0663") == "xxx, 9 9"


def test_headers_and_keys_are_shown_in_the_form_of_the_contract_alone() -> None:
    shown = masked(
        record(
            b"{}", ce_source=b"urn:footing:partner:acme:pas", ce_subject=b"Ann Smith", ce_time=b"2026-03-02T09:30:00Z",
            ce_correlationid=b"ann-smith", mobile=b"07700 900123", ce_sequence=None,
        )._replace(key=b"ann.smith@example.org")
    )  # fmt: skip
    assert shown.key == "xxx.xxxxx@xxxxxxx.xxx"
    assert dict(shown.headers) == {
        "ce_id": REFERRAL, "ce_type": "footing.referral-made.v1", "ce_source": "urn:footing:partner:acme:pas",
        "ce_subject": "xxx xxxxx", "ce_time": "2026-03-02T09:30:00Z", "ce_correlationid": "xxx-xxxxx",
        "xxxxxx": "99999 999999", "ce_sequence": None,
    }  # fmt: skip


def test_a_structured_event_is_covered_within_its_envelope() -> None:
    event = {
        "id": REFERRAL, "type": "footing.session-held.v1", "subject": "Ann", "nickname": "Annie",
        "data": {"session_id": REFERRAL, "minutes": 50, "adviser_token": TOKEN},
    }  # fmt: skip
    assert covered(event, **{"content-type": b"application/cloudevents+json; charset=utf-8"}) == {
        "id": REFERRAL, "type": "footing.session-held.v1", "subject": "xxx", "xxxxxxxx": "xxxxx",
        "data": {"session_id": REFERRAL, "minutes": 99, "adviser_token": "xxxx-xx-xxxxxx-xxxxx-99"},
    }  # fmt: skip


def test_revealed_is_all_of_it_and_nothing_that_a_terminal_would_obey() -> None:
    said = revealed(record(b'{"person_token": "\x1b[31mAnn\xff"}'))
    assert said.value == '{"person_token": "\\x1b[31mAnn\\xff"}'
    assert said.key == REFERRAL


def test_no_value_of_a_pseudonym_or_of_personal_data_is_shown_of_any_event_of_the_contract() -> None:
    for kind in EVENT_TYPES.values():
        fields = dict.fromkeys(kind.payload.model_fields, "a-secret-of-somebody")
        assert "secret" not in (masked(record(json.dumps(fields).encode(), kind=kind.event)).value or "").replace(
            '"scheme_id": "a-secret-of-somebody"', ""
        ).replace('"scheme_area": "a-secret-of-somebody"', "").replace('"site": "a-secret-of-somebody"', "")
