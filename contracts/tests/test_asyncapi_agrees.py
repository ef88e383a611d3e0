"""What the AsyncAPI document says by hand is what the code does: channels, keys, attributes, payloads, receipts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft7Validator
from support.asyncapi import checker, contract, source

from contracts import topics
from contracts.attributes import ATTRIBUTES
from contracts.code_lists import FATE
from contracts.codec import STRUCTURED, decode_inbox
from contracts.envelope import Event, Record
from contracts.reasons import REASONS
from contracts.receipt import Fate, is_receipt
from contracts.record_files import from_example
from contracts.texts import IN_WORDS, NAME_PATTERN
from contracts.wire import JSON

ROOM = Path(__file__).parents[1]
DAY_MS = 24 * 60 * 60 * 1000
A_PARTNERS = {name for name, attribute in ATTRIBUTES.items() if attribute.use != "ours"}
REQUIRED = {name for name, attribute in ATTRIBUTES.items() if attribute.use == "required"}
CHANNELS = contract()["channels"]
MESSAGES = contract()["components"]["messages"]
INBOXES = {channel["address"]: channel for channel in CHANNELS.values() if channel["address"].startswith("inbox.")}


def messages_of(channel: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for reference in channel["messages"].values():
        name = reference["$ref"].rpartition("/")[2]
        yield name, MESSAGES[name]


def schemas(name: str) -> dict[str, Any]:
    return contract()["components"]["schemas"][name]


def test_a_partners_channels_are_its_inboxes_its_receipts_and_the_door() -> None:
    assert set(INBOXES) == {topics.inbox("{partner}", topic) for topic in topics.GATES}
    others = {channel["address"] for channel in CHANNELS.values()} - set(INBOXES)
    assert others == {topics.receipts("{partner}"), "/events"}


@pytest.mark.parametrize("topic", topics.GATES)
def test_an_inbox_takes_each_event_of_its_topic_in_both_modes_and_no_other(topic: str) -> None:
    said = sorted(
        (message["name"], message["contentType"])
        for _, message in messages_of(INBOXES[topics.inbox("{partner}", topic)])
    )
    assert said == sorted((name, mode) for name in topics.types_on(topic) for mode in (JSON, STRUCTURED))


@pytest.mark.parametrize(
    ("address", "partitions", "days"),
    [(address, topics.INBOX_PARTITIONS, topics.INBOX_DAYS) for address in sorted(INBOXES)]
    + [("receipts.{partner}", topics.RECEIPT_PARTITIONS, topics.RECEIPT_DAYS)],
)
def test_a_topic_is_set_up_as_it_says(address: str, partitions: int, days: int) -> None:
    (channel,) = (channel for channel in CHANNELS.values() if channel["address"] == address)
    said = channel["bindings"]
    kafka = said["kafka"] if "kafka" in said else contract()["components"]["channelBindings"]["inbox"]["kafka"]
    assert kafka["partitions"] == partitions
    assert kafka["topicConfiguration"] == {
        "cleanup.policy": ["delete"], "retention.ms": days * DAY_MS, "max.message.bytes": topics.LARGEST_BATCH_BYTES,
    }  # fmt: skip


def test_every_operation_is_from_the_partners_side_and_every_channel_has_one() -> None:
    operations = {
        said["channel"]["$ref"].rpartition("/")[2]: said["action"] for said in source()["operations"].values()
    }
    assert set(operations) == set(CHANNELS)
    assert {name for name, action in operations.items() if action == "receive"} == {"receipts"}


def test_a_name_of_a_partner_has_the_form_that_the_registry_asks_for() -> None:
    assert f"^{topics.PARTNER_PATTERN}$" == NAME_PATTERN
    assert (
        IN_WORDS[NAME_PATTERN].split(" of ", 1)[1] in contract()["components"]["parameters"]["partner"]["description"]
    )


@pytest.mark.parametrize(
    ("schema", "prefix", "beside"),
    [
        ("binaryHeaders", "ce_", {"content-type", "traceparent"}),
        ("httpHeaders", "ce-", {"content-type", "traceparent"}),
        ("cloudEvent", "", {"data"}),
    ],
)
def test_every_mode_knows_the_same_attributes(schema: str, prefix: str, beside: set[str]) -> None:
    said = schemas(schema)
    assert said["properties"].keys() == {prefix + name for name in A_PARTNERS} | beside
    assert {prefix + name for name in REQUIRED} <= set(said["required"]) <= {prefix + n for n in REQUIRED} | beside
    for name in A_PARTNERS:
        assert said["properties"][prefix + name] == {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize("name", sorted(A_PARTNERS))
def test_an_attribute_means_what_the_list_says(name: str) -> None:
    assert schemas(name)["description"] == ATTRIBUTES[name].meaning


def test_an_event_type_has_one_name_everywhere() -> None:
    published = {name for topic in topics.GATES for name in topics.types_on(topic)}
    assert set(schemas("type")["enum"]) == published
    of_kafka = {name: said for name, said in source()["components"]["messages"].items() if said["name"] in published}
    assert sorted(said["name"] for said in of_kafka.values()) == sorted([*published, *published])
    for said in of_kafka.values():
        payload = {"$ref": f"schemas/{topics.EVENT_TYPES[said['name']].event}.v1.json"}
        if said["contentType"] == JSON:
            assert said["payload"] == payload
            assert said["headers"]["allOf"][1] == {"properties": {"ce_type": {"const": said["name"]}}}
        else:
            assert said["payload"]["allOf"][1] == {"properties": {"type": {"const": said["name"]}, "data": payload}}


def test_the_door_takes_every_event_in_every_mode() -> None:
    published = {f"schemas/{topics.EVENT_TYPES[name].event}.v1.json" for name in schemas("type")["enum"]}
    said = source()["components"]["messages"]
    assert {each["$ref"] for each in said["overHttp"]["payload"]["anyOf"]} == published
    single = {
        name for name, message in messages_of(CHANNELS["events"])
        if message["contentType"] == STRUCTURED
    }  # fmt: skip
    in_a_batch = {each["$ref"].split("/")[3] for each in said["batch"]["payload"]["items"]["anyOf"]}
    assert single == in_a_batch
    assert {MESSAGES[name]["name"] for name in single} == set(schemas("type")["enum"])


# -- verdicts of the document and of the codec on the same records ------------------------------------------------

FILES = sorted(ROOM.glob("examples/*/v1/*/*.json"))
OWN = ("follow-up-due", "erasure-requested")


def message_of(document: dict[str, Any], event: str) -> str:
    kind = next(
        (str(said) for name, said in document["headers"].items() if name.lower() == "content-type"), ""
    ).lower()  # fmt: skip
    first, *rest = event.split("-")
    return first + "".join(map(str.capitalize, rest)) + ("Structured" if "cloudevents" in kind else "")


def checked(document: dict[str, Any], event: str) -> bool:
    """Whether the document (of AsyncAPI) would let it through: headers, key and payload."""
    name = message_of(document, event)
    headers = {
        header.lower(): said[0] if isinstance(said, list) else said for header, said in document["headers"].items()
    }
    if "content-type" in headers and isinstance(headers["content-type"], str):
        headers["content-type"] = headers["content-type"].lower()  # schemas cannot say that case does not matter
    binding = MESSAGES[name]["bindings"]["$ref"].removeprefix("#")
    place = f"/components/messages/{name}"
    return (
        checker(f"{place}/headers").is_valid(headers)
        and checker(f"{place}/payload").is_valid(document["value"])
        and checker(f"{binding}/kafka/key").is_valid(document["key"])
    )


# What no schema of one part can say: that two parts agree, what JSON itself forbids, what depends on bytes.
UNSAID = {
    "source_not_yours", "key_differs", "time_differs", "time_too_early", "field_repeated", "period_invalid", "not_json",
    "too_large", "wrong_topic", "header_not_utf8", "record_empty",
}  # fmt: skip
UNSAID_FILES = {  # 5.0 is an integer there; an object has no header twice; a time may lie beyond the last one in UTC
    "session-held/v1/rejected/minutes-with-point.json", "session-held/v1/rejected/id-twice.json",
    "session-held/v1/rejected/end-of-time.json",
    "entry-withdrawn/v1/rejected/withdraws-itself.json", "referral-made/v1/rejected/own-id-superseded.json",
}  # fmt: skip


@pytest.mark.parametrize(
    "file", [f for f in FILES if f.parts[-4] not in OWN], ids=lambda file: "/".join(file.parts[-4:])
)
def test_it_lets_through_what_the_gate_takes_and_finds_what_a_schema_can_find(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    expect = document["expect"]
    if expect["fate"] == "accepted":
        assert checked(document, file.parts[-4])
    elif expect["reason"] not in UNSAID and "/".join(file.parts[-4:]) not in UNSAID_FILES:
        assert not checked(document, file.parts[-4])


GOOD = json.loads((ROOM / "examples/session-held/v1/accepted/least.json").read_text(encoding="utf-8"))
SPELLINGS = {
    "specversion": ["1.0", "1", "0.3", ""],
    "id": [
        "0190a0b0-0000-7000-8000-000000000125", "0190A0B0-0000-7000-8000-000000000125", "{0190a0b0-0000-7000}", "",
        "0190a0b000007000800000000000012f", "0190a0b0-0000-7000-8000-000000000125 ",
    ],
    "source": [
        "urn:footing:partner:acme", "urn:footing:partner:acme:ward-7", "urn:footing:partner:acme:", "acme",
        "urn:footing:partner:acme:a b", "urn:footing:partner:acme:" + "a" * 64, "urn:footing:partner:acme:" + "a" * 65,
        "URN:footing:partner:acme",
    ],
    "type": ["footing.session-held.v1", "footing.session-held.v2", "footing.erasure-requested.v1", "session-held"],
    "time": ["2026-03-02T09:30:00Z", "2026-03-02T10:30:00.000000001+01:00", "2026-03-02 09:30:00Z", "1700000000",
        "2026-03-02T09:30:00", "2026-03-02T09:30:60Z", "2026-03-02T09:30:00z", "2026-03-02T09:30:00.Z"],
    "datacontenttype": ["application/json", "application/json; charset=utf-8", "text/plain", "application/xml"],
    "recordedtime": ["2026-03-02T09:31:00Z", "yesterday", "2026-03-02"],
    "dataschema": ["urn:x", "a b", "", "x" * 512, "x" * 513],
    "correlationid": ["c-1", "naïve", "a\tb"],
    "causationid": ["0190a0b0-0000-7000-8000-000000000124", "Mrs Jones"],
    "traceparent": ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00 4bf9"],
    "partitionkey": ["0190a0b0-0000-7000-8000-000000000001", "p-1"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, given in SPELLINGS.items() for said in given])
def test_an_attribute_is_taken_by_the_document_where_the_codec_takes_it(name: str, said: str) -> None:
    document = {**GOOD, "headers": {**GOOD["headers"], f"ce_{name}": said}}
    assert checked(document, "session-held") is isinstance(decode_inbox(from_example(document)), Event)


def test_every_attribute_of_a_partner_is_tried() -> None:
    assert SPELLINGS.keys() | {"subject"} == A_PARTNERS  # the subject must be the key, too: below


@pytest.mark.parametrize("practice", ["F83023", "A1", "f83023", "F830231", "F8302 ", "", "NIGHTS"])
def test_a_key_is_taken_by_the_document_where_the_codec_takes_it(practice: str) -> None:
    document = json.loads((ROOM / "examples/fit-notes-counted/v1/accepted/week.json").read_text(encoding="utf-8"))
    key = document["key"] = f"ods:{practice}"
    document["headers"] |= {"ce_subject": key, "ce_partitionkey": key}
    document["value"]["practice"]["code"] = practice
    assert checked(document, "fit-notes-counted") is isinstance(decode_inbox(from_example(document)), Event)


# -- receipts -----------------------------------------------------------------------------------------------------


def told(schema: str) -> list[str]:
    """The lines of a description that explain codes."""
    return [line for line in schemas(schema)["description"].splitlines() if line.startswith("- `")]


def test_a_receipt_gives_the_reasons_of_the_list_and_no_other_and_says_what_to_do() -> None:
    of_receipts = [reason for reason in REASONS.values() if reason.found != "door"]  # a refusal there has no receipt
    assert schemas("reason")["enum"] == [None, *(reason.code for reason in of_receipts)]
    assert told("reason") == [f"- `{reason.code}`: {reason.meaning} {reason.remedy}" for reason in of_receipts]


def test_a_receipt_gives_the_fates_there_are() -> None:
    assert tuple(schemas("fate")["enum"]) == get_args(Fate)
    assert told("fate") == [f"- `{code}`: {meaning}." for code, meaning in FATE.meanings.items()]


@pytest.mark.parametrize(("name", "a_receipt"), [("receipt/v1/refused", True), ("connectivity/v1/open", False)])
def test_a_receipt_is_told_from_another_event_by_its_headers(name: str, a_receipt: bool) -> None:
    record = from_example(json.loads((ROOM / f"examples/{name}.json").read_text(encoding="utf-8")))
    headers = {header: (said or b"").decode() for header, said in record.headers}
    assert is_receipt(record.headers) is a_receipt
    assert checker("/components/messages/receipt/headers").is_valid(headers) is a_receipt
    assert checker("/components/messages/connectivity/headers").is_valid(headers) is not a_receipt


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        ("0190a0b0-0000-7000-8000-000000000125", True),
        (Record("inbox.acme.session-held", 1, 20, None, None, ()).place, True),
        ("session-held/0/1", False),
    ],
)
def test_the_key_of_a_receipt_is_an_id_or_a_place(key: str, is_one: bool) -> None:
    assert checker("/components/messages/receipt/bindings/kafka/key").is_valid(key) is is_one


def test_schemas_of_payloads_say_the_same_in_the_draft_that_asyncapi_uses() -> None:
    for kind in topics.EVENT_TYPES.values():
        Draft7Validator.check_schema(json.loads((ROOM / "schemas" / f"{kind.event}.v1.json").read_text("utf-8")))
