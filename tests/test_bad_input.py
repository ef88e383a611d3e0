"""Whatever a partner sends by Kafka has one ending that the contract names, and the next event goes on."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from confluent_kafka import Consumer, TopicPartition
from support.outsider import Said, entry_withdrawn, new_id, outcome_recorded, permission_given, referral_made, until
from support.outsider import session_held as session
from support.whole import STRANGER, Whole

from servicekit.fold import MOST_WAITING_A_REFERRAL

UNSAID: Final = "what-nobody-may-see"  # stands in spoilt values, and must stand in no receipt and no log
OPEN: Final = new_id()  # a referral that was made
ONE_EVENT_TOPICS: Final = "one of footing.session-held.v1, footing.entry-withdrawn.v1"
A_UUID: Final = "a UUID in canonical lower case"


@dataclass(frozen=True)
class Bad:
    """A session of an open referral, spoilt, and what its partner must be told."""

    name: str
    spoil: Callable[[Said], Said]
    reason: str
    field: str | None
    expected: str | None = None  # None: whatever is said, it is said


def data(**changes: Any) -> Callable[[Said], Said]:
    return lambda said: said.with_data(**changes)


def header(name: str, value: bytes | None) -> Callable[[Said], Said]:
    return lambda said: said.with_header(name, value)


def record(**changes: Any) -> Callable[[Said], Said]:
    return lambda said: replace(said, **changes)


def raw(change: Callable[[bytes], bytes]) -> Callable[[Said], Said]:
    return lambda said: replace(said, value=change(json.dumps(said.data).encode()))


def structured(said: Said) -> Said:
    event = {**said.attributes(), "data": said.data}
    headers = {f"ce_{name}": None for name in said.attributes()}
    return replace(said, value=json.dumps(event).encode(), headers={**headers, "content-type": STRUCTURED})


def soon(minutes: int) -> Callable[[Said], Said]:
    moment = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="seconds")
    return lambda said: replace(said, time=moment).with_data(started_at=moment)


STRUCTURED: Final = b"application/cloudevents+json"
TOO_LARGE: Final = "at most 262144 bytes"

# An id can be read: the event is refused, and the receipt bears the id.
REFUSED: Final = (
    Bad("a tombstone", record(value=None), "record_empty", "value"),
    Bad("an empty value", record(value=b""), "not_json", "value"),
    Bad("malformed JSON", raw(lambda value: value[:-9]), "not_json", "value"),
    Bad("JSON that is not UTF-8", raw(lambda value: value.replace(b"gp_", b"\xff\xfe_")), "not_json", "value"),
    Bad("a list", record(value=b"[1]"), "field_invalid", "data", "an object"),
    Bad("deep nesting", record(value=b"[" * 5000 + b"]" * 5000), "not_json", "value"),
    Bad("not a number", raw(lambda value: value.replace(b"45", b"NaN")), "not_json", "value"),
    Bad("a name twice", raw(lambda value: value[:-1] + b', "minutes": 45}'), "field_repeated", "data.minutes"),
    Bad("no key", record(key=None), "key_missing", "key", "the subject"),
    Bad("an empty key", record(key=b""), "key_differs", "key", "the subject"),
    Bad("another key", record(key=UNSAID.encode()), "key_differs", "key", "the subject"),
    Bad("a key that is not UTF-8", record(key=b"\xff\xfe"), "key_differs", "key", "the subject"),
    Bad("another subject", header("ce_subject", new_id().encode()), "key_differs", "key", "the subject"),
    Bad("another partition key", header("ce_partitionkey", new_id().encode()), "key_differs", "partitionkey"),
    Bad("another referral inside", data(referral_id=new_id()), "key_differs", "subject"),
    Bad("an unknown type", header("ce_type", b"footing.session-dreamt.v1"), "type_unknown", "type", ONE_EVENT_TOPICS),
    Bad("an unknown version", header("ce_type", b"footing.session-held.v2"), "type_unknown", "type", ONE_EVENT_TOPICS),
    Bad("a type of another topic", header("ce_type", b"footing.referral-made.v1"), "wrong_topic", "type"),
    Bad("a type that only we say", header("ce_type", b"footing.erasure-requested.v1"), "wrong_topic", "type"),
    Bad("another partner's source", header("ce_source", b"urn:footing:partner:other"), "source_not_yours", "source"),
    Bad("our own source", header("ce_source", b"urn:footing:partner:footing"), "source_not_yours", "source"),
    Bad("a source of no partner", header("ce_source", b"https://acme.example"), "attribute_invalid", "source"),
    Bad("an old CloudEvent", header("ce_specversion", b"0.3"), "attribute_invalid", "specversion", "1.0"),
    Bad("no version of CloudEvents", header("ce_specversion", None), "attribute_missing", "specversion", "1.0"),
    Bad("no type", header("ce_type", None), "attribute_missing", "type"),
    Bad("no source", header("ce_source", None), "attribute_missing", "source"),
    Bad("no subject", header("ce_subject", None), "attribute_missing", "subject"),
    Bad("no time", header("ce_time", None), "attribute_missing", "time"),
    Bad("a time in words", header("ce_time", b"last Tuesday"), "attribute_invalid", "time"),
    Bad("a time without offset", header("ce_time", b"2025-03-10T10:00:00"), "attribute_invalid", "time"),
    Bad("a time before 2000", header("ce_time", b"1999-12-31T10:00:00Z"), "time_too_early", "time"),
    Bad("another time than inside", header("ce_time", b"2025-03-10T10:30:00Z"), "time_differs", "time"),
    Bad("a time to come", soon(24 * 60), "time_in_future", "time", "at most 5 minutes ahead of the moment it arrives"),
    Bad("a header that is not UTF-8", header("ce_causationid", b"\xff\xfe"), "header_not_utf8", "causationid", "UTF-8"),
    Bad("a sentence in a header", header("ce_traceparent", b"a name"), "attribute_invalid", "traceparent"),
    Bad("another format", header("content-type", b"application/xml"), "content_type_unknown", "content-type"),
    Bad("another alphabet", header("content-type", b"application/json; charset=latin1"),
        "content_type_unknown", "content-type"),
    Bad("a missing field", data(interventions=...), "field_missing", "data.interventions", "this field"),
    Bad("a null", data(interventions=None), "field_missing", "data.interventions"),
    Bad("no intervention", data(interventions=[]), "field_invalid", "data.interventions"),
    Bad("an extra field", data(note=UNSAID), "field_unknown", "data.note", "no such field"),
    Bad("a name that tells of somebody", data(**{f"{UNSAID} of 1970": 1}), "field_unknown", "data.?", "no such field"),
    Bad("a number as text", data(minutes=UNSAID), "field_invalid", "data.minutes"),
    Bad("too long a session", data(minutes=481), "field_invalid", "data.minutes", "480 or less"),
    Bad("too long a token", data(adviser_token=UNSAID * 9), "too_long", "data.adviser_token", "at most 64 characters"),
    Bad("an unknown code", data(mechanism=UNSAID), "code_unknown", "data.mechanism"),
    Bad("who did not come, among those who did", data(attendance=3), "code_unknown", "data.attendance", "one of 5, 6"),
    Bad("300 KB", data(note="n" * 300_000), "too_large", "value", TOO_LARGE),
    Bad("900 KB", data(note="n" * 900_000), "too_large", "value", TOO_LARGE),
    Bad("thousands of entries", data(interventions=["cv"] * 3_000), "too_large", "value"),
    Bad("real among synthetic", data(synthetic=True), "synthetic_differs", "data.synthetic", "false"),
    Bad("a structured event with too much", lambda said: structured(said.with_data(note=UNSAID)),
        "field_unknown", "data.note"),
)  # fmt: skip

# No id can be read: the record is parked, and the receipt bears its place.
PARKED: Final = (
    Bad("no id", header("ce_id", None), "attribute_missing", "id", A_UUID),
    Bad("an empty id", header("ce_id", b""), "attribute_missing", "id", A_UUID),
    Bad("an id in capitals", header("ce_id", new_id().upper().encode()), "attribute_invalid", "id", A_UUID),
    Bad("an id that is not UTF-8", header("ce_id", b"\xff\xfe"), "header_not_utf8", "id", "UTF-8"),
    Bad("no headers", lambda said: replace(said, headers={f"ce_{name}": None for name in said.attributes()}),
        "attribute_missing", "specversion", "1.0"),
    Bad("a structured event that is none", lambda said: replace(structured(said), value=b'["event"]'),
        "not_json", "value"),
)  # fmt: skip

# Odd, but nothing is wrong with it.
TAKEN: Final = (
    Bad("a foreign header that is not UTF-8", header("x-own", b"\xff\xfe"), "accepted", None),
    Bad("a clock that is 3 minutes fast", soon(3), "accepted", None),
    Bad("a structured event", structured, "accepted", None),
    Bad("a character set that is ours", header("content-type", b"application/json; charset=UTF-8"), "accepted", None),
)


@dataclass(frozen=True)
class Heard:
    """What became of the table: the events by the name of their case, and of good ones that followed each."""

    whole: Whole
    sent: Mapping[str, Said]
    next: Mapping[str, Said]
    places: Mapping[str, str]


@pytest.fixture(scope="module")
def acme(whole: Whole) -> Any:
    return whole.partners["acme"]


@pytest.fixture(scope="module")
def heard(whole: Whole, acme: Any) -> Heard:
    """Publish each bad record, and behind it, to the same partition, a good one; wait until all had their ending."""
    opening = referral_made(OPEN)
    acme.publish(opening)
    acme.hears(opening.id, "accepted")
    first = session(OPEN)
    acme.publish(first)
    until(lambda: "accepted" in acme.fates(first.id))

    sent, following, places = {}, {}, {}
    everything: list[Said] = []
    begun = whole_end(whole, "inbox.acme.session-held", 0)
    for bad in (*REFUSED, *PARKED, *TAKEN):
        sent[bad.name] = replace(bad.spoil(session(OPEN)), partition=0)
        following[bad.name] = replace(session(OPEN), partition=0)
        places[bad.name] = f"inbox.acme.session-held/0/{begun + len(everything)}"
        everything += (sent[bad.name], following[bad.name])
    acme.publish(*everything)
    acme.hears_of(said.id for said in following.values())
    return Heard(whole, sent, following, places)


def whole_end(whole: Whole, topic: str, partition: int) -> int:
    """The offset at which the next record of a partition will stand."""
    return ends(whole, [(topic, partition)])[topic, partition]


def ends(whole: Whole, places: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
    consumer = Consumer({"bootstrap.servers": whole.stack.kafka_url, "group.id": "ends"})
    try:
        return {place: consumer.get_watermark_offsets(TopicPartition(*place), timeout=10)[1] for place in places}
    finally:
        consumer.close()


def receipts_of(acme: Any, key: str) -> list[dict[str, Any]]:
    return [said for of, said in acme.told() if of == key]


@pytest.mark.parametrize("bad", REFUSED, ids=lambda bad: bad.name)
def test_a_bad_event_is_refused_with_its_reason_and_field(heard: Heard, acme: Any, bad: Bad) -> None:
    [said] = receipts_of(acme, heard.sent[bad.name].id)
    assert (said["fate"], said["reason"], said.get("field")) == ("refused", bad.reason, bad.field)
    assert said["expected"] == (bad.expected or said["expected"])
    assert said["position"] == place(heard.places[bad.name])


@pytest.mark.parametrize("bad", PARKED, ids=lambda bad: bad.name)
def test_a_record_without_an_id_is_parked_and_receipted_by_its_place(heard: Heard, acme: Any, bad: Bad) -> None:
    [said] = receipts_of(acme, heard.places[bad.name])
    assert (said["event_id"], said["fate"], said["reason"], said.get("field")) == (
        None, "parked", bad.reason, bad.field,
    )  # fmt: skip
    assert said["expected"] == (bad.expected or said["expected"])
    kept = heard.whole.database("case").parked.find_one({"_id": f"gate/{heard.places[bad.name]}"})
    assert kept["record"]["key"] == OPEN.encode()  # with its bytes: nothing is lost


@pytest.mark.parametrize("odd", TAKEN, ids=lambda odd: odd.name)
def test_what_is_odd_and_right_is_taken(heard: Heard, acme: Any, odd: Bad) -> None:
    assert acme.fates(heard.sent[odd.name].id) == ["accepted"]


def test_after_every_bad_record_the_next_event_goes_on(heard: Heard, acme: Any) -> None:
    assert {name: acme.fates(said.id) for name, said in heard.next.items()} == {
        name: ["accepted"] for name in heard.next
    }


def test_the_gate_of_referrals_says_what_the_scheme_does_not_take(whole: Whole, acme: Any) -> None:
    spoilt = {
        "scheme_unknown": {"scheme_id": "no-such-scheme"},
        "scheme_not_yours": {"scheme_id": "somerset"},
        "area_unknown": {"scheme_area": "nowhere"},
        "route_not_taken": {"source_code": "M5"},
        "practice_unknown": {"referrer_organisation": {"system": "ods", "code": "Z99999"}},
        "not_voluntary": {"voluntary": False},
        "person_missing": {"person_token": ...},
    }
    fields = {
        "scheme_unknown": "data.scheme_id",
        "scheme_not_yours": "data.scheme_id",
        "area_unknown": "data.scheme_area",
        "route_not_taken": "data.source_code",
        "practice_unknown": "data.referrer_organisation.code",
        "not_voluntary": "data.voluntary",
        "person_missing": "data.person_token",
    }
    events = {reason: referral_made(new_id(), **changes) for reason, changes in spoilt.items()}
    acme.publish(*events.values())
    acme.hears_of(said.id for said in events.values())
    told = {reason: receipts_of(acme, said.id) for reason, said in events.items()}
    assert {reason: [(s["reason"], s["field"]) for s in said] for reason, said in told.items()} == {
        reason: [(reason, field)] for reason, field in fields.items()
    }


def test_a_partner_that_is_disabled_or_in_testing_is_told_so(whole: Whole) -> None:
    away, learner = whole.partners["away"], whole.partners["learner"]
    from_away, real, made_up = (referral_made(new_id(), **more) for more in ({}, {}, {"synthetic": True}))
    away.publish(from_away)
    learner.publish(real, made_up)
    away.hears(from_away.id, "partner_disabled")
    learner.hears(real.id, "synthetic_only")
    learner.hears(made_up.id, "accepted")


def test_what_nobody_registered_writes_is_parked_and_answered_nowhere(whole: Whole) -> None:
    acme = whole.partners["acme"]
    stranger = replace(session(OPEN), topic=STRANGER, partition=1).with_header(
        "ce_source", b"urn:footing:partner:stranger"
    )
    acme.publish(stranger, replace(stranger, value=b"junk"))
    parked = whole.database("case").parked
    until(lambda: parked.count_documents({"record.topic": STRANGER}) == 2)
    causes = {row["_id"]: row["cause"] for row in parked.find({"record.topic": STRANGER})}
    assert causes == {
        f"gate/{STRANGER}/1/0": "partner_unknown",
        f"gate/{STRANGER}/1/1": "unreadable: not_json value",
    }
    assert acme.fates(stranger.id) == []


def test_an_id_stands_for_one_event(whole: Whole, acme: Any) -> None:
    taken = replace(referral_made(new_id()), partition=0)
    again = structured(taken)  # the same in another mode
    other = taken.with_data(employment_status="04")
    elsewhere = replace(referral_made(new_id()), id=taken.id, partition=0)
    spoilt = taken.with_data(employment_status=UNSAID)
    acme.publish(taken, again, other, elsewhere, spoilt)
    acme.hears(taken.id, "accepted", "duplicate", "id_reused", "id_reused", "id_reused")
    until(lambda: len(acme.ask(taken.id).get("history", ())) == 5)
    assert acme.ask(taken.id)["fate"] == "accepted"


def test_a_refused_record_that_was_mended_may_be_sent_again(whole: Whole, acme: Any) -> None:
    mended = replace(referral_made(new_id()), partition=0)
    acme.publish(mended.with_data(employment_status=UNSAID), mended)
    acme.hears(mended.id, "code_unknown", "accepted")


def test_corrections_and_withdrawals_hold_once(whole: Whole, acme: Any) -> None:
    first = replace(session(OPEN), partition=0)
    same = {"session_id": first.data["session_id"], "supersedes": first.id}
    again = replace(session(OPEN, session_id=first.data["session_id"]), partition=0)
    better, late = (replace(session(OPEN, minutes=n, **same), partition=0) for n in (40, 41))
    void, void_again = entry_withdrawn(better), entry_withdrawn(better)
    of_nothing = replace(session(OPEN, supersedes=new_id()), partition=0)
    wrong = replace(entry_withdrawn(replace(first, event="outcome-recorded")), topic="session-held", partition=0)
    acme.publish(first, again, better, late, void, void_again, of_nothing, wrong)
    acme.hears(first.id, "accepted")
    acme.hears(again.id, "already_recorded")
    acme.hears(better.id, "accepted")
    acme.hears(late.id, "already_superseded")
    assert receipts_of(acme, late.id)[0]["expected"] == better.id
    acme.hears(void.id, "accepted")
    acme.hears(void_again.id, "already_withdrawn")
    acme.hears(of_nothing.id, "waiting")
    acme.hears(wrong.id, "wrong_topic")


def test_a_withdrawn_referral_takes_no_more(whole: Whole, acme: Any) -> None:
    made = replace(referral_made(new_id()), partition=0)
    acme.publish(made, replace(referral_made(made.subject), partition=0), entry_withdrawn(made), entry_withdrawn(made))
    until(lambda: len([1 for key, said in acme.told() if said["referral_id"] == made.subject]) == 4)
    fates = [said.get("reason") or said["fate"] for _, said in acme.told() if said["referral_id"] == made.subject]
    assert sorted(fates) == ["accepted", "accepted", "already_withdrawn", "referral_exists"]
    late = session(made.subject)
    until(lambda: whole.database("case").cases.find_one({"_id": made.subject, "withdrawn_at": {"$exists": True}}))
    acme.publish(late)
    acme.hears(late.id, "referral_withdrawn")


def test_what_is_about_a_referral_that_is_unknown_or_another_partners_waits(whole: Whole, acme: Any) -> None:
    other = whole.partners["other"]
    unknown, others = permission_given(new_id()), session(OPEN)
    outcome = outcome_recorded(new_id(), closure={"reason": "completed", "on": "2025-06-02"})
    acme.publish(unknown, outcome)
    other.publish(others)
    acme.hears(unknown.id, "waiting")
    acme.hears(outcome.id, "waiting")
    other.hears(others.id, "waiting")


def test_two_hundred_sessions_wait_for_their_referral_and_one_more_may_come_again(whole: Whole, acme: Any) -> None:
    referral = referral_made(new_id())
    early = [replace(session(referral.subject), partition=1) for _ in range(MOST_WAITING_A_REFERRAL + 1)]
    acme.publish(*early)
    acme.hears(early[-1].id, "too_many_waiting")
    acme.publish(referral)
    until(lambda: len(acme.fates(early[199].id)) == 2)
    assert [acme.fates(said.id) for said in early[:200]] == [["waiting", "accepted"]] * 200
    acme.publish(early[-1])
    acme.hears(early[-1].id, "too_many_waiting", "accepted")
    journeys = whole.database("outcomes").journeys
    until(lambda: journeys.find_one({"_id": referral.subject, "sessions": 201}))


@pytest.mark.parametrize("settings", [
    {"compression_type": "gzip"}, {"compression_type": "snappy"}, {"compression_type": "lz4"},
    {"compression_type": "zstd"}, {"partitioner": "murmur2_random"}, {"partitioner": "consistent_random"},
], ids=lambda settings: "-".join(settings.values()))  # fmt: skip
def test_clients_compress_and_choose_partitions_as_they_like(acme: Any, settings: dict[str, str]) -> None:
    events = [referral_made(new_id()) for _ in range(5)]
    acme.publish(*events, **settings)
    for said in events:
        acme.hears(said.id, "accepted")


def test_every_record_has_one_ending(whole: Whole, heard: Heard) -> None:
    inboxes = {"topic": {"$regex": r"^inbox\."}}

    def read() -> dict[tuple[str, int], tuple[int, int]]:
        rows = [
            row for name in ("referral", "case", "outcomes") for row in whole.database(name).positions.find(inboxes)
        ]
        return {(row["topic"], row["partition"]): (row["next"], sum(row.get("endings", {}).values())) for row in rows}

    wanted = ends(whole, list(read()))
    assert sum(wanted.values()) > 300
    until(lambda: {place: next_ for place, (next_, _) in read().items()} == wanted)
    assert {place: endings for place, (_, endings) in read().items()} == wanted


def test_no_value_stands_in_a_receipt_or_in_a_log(whole: Whole, heard: Heard, acme: Any) -> None:
    secrets = (UNSAID, "fictional-person-", "fictional-adviser-of-tests")
    for log in log_files(whole):
        said = log.read_text(errors="replace")
        assert said, log
        assert not [secret for secret in secrets if secret in said], log
    receipts = json.dumps(acme.told())
    assert not [secret for secret in secrets if secret in receipts]


def log_files(whole: Whole) -> Iterator[Any]:
    yield from whole.services.logs.values()
    yield from (whole.stack.known.folder / "logs").glob("*.log")


def place(name: str) -> dict[str, Any]:
    topic, partition, offset = name.split("/")
    return {"topic": topic, "partition": int(partition), "offset": int(offset)}


def test_the_table_names_every_case_once() -> None:
    names = Counter(bad.name for bad in (*REFUSED, *PARKED, *TAKEN))
    assert set(names.values()) == {1}
