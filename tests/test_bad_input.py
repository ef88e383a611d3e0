"""The corpus on real parts: whatever a partner sends has one ending of the contract, and the next event goes on."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final

import pytest
from confluent_kafka import Consumer, TopicPartition
from corpus.bodies import BODIES, TAKEN, Answer, request_of, structured
from corpus.case import UNSAID, Case
from corpus.everything import BY_HAND, everything
from corpus.good import data_of, event_id, good, new_id
from support.outsider import Outsider, referral_made, until
from support.whole import Whole

from contracts.envelope import Record
from contracts.topics import GATES, inbox, inbox_parts

REFERRALS: Final = 4  # among which the good sessions are shared out
LEFT_TO_THE_GATE: Final = ("area_unknown", "person_missing", "practice_unknown")  # the door asks no scheme, no register
TO: Final = 0  # one partition, so that the next record is the next


@dataclass(frozen=True)
class Sent:
    """A case as it stands in Kafka."""

    case: Case
    record: Record
    id: str
    place: str


@dataclass(frozen=True)
class Heard:
    """The corpus in the inboxes, good sessions between, and receipts by place."""

    whole: Whole
    sent: list[Sent]
    next: dict[str, str]
    last: str
    receipts: Mapping[str, list[tuple[str, dict[str, Any]]]]


@pytest.fixture(scope="module")
def corpus(whole: Whole) -> Outsider:
    return whole.partners["corpus"]


@pytest.fixture(scope="module")
def opened(corpus: Outsider) -> list[str]:
    """Referrals that every gate knows."""
    referrals = [good("referral-made", new_id()) for _ in range(REFERRALS)]
    ids = [data_of(record)["referral_id"] for record in referrals]
    first = [good(sample, referral) for referral in ids for sample in ("session-held", "outcome-recorded")]
    corpus.send(map(as_kafka, [*referrals, *first]))
    for record in (*referrals, *first):
        until(lambda record=record: "accepted" in corpus.fates(event_id(record)))
    return ids


@pytest.fixture(scope="module")
def heard(whole: Whole, corpus: Outsider, opened: list[str]) -> Heard:
    """Publish each case, behind each that was made by hand a good session, and a good referral last."""
    places = {topic: end(whole, inbox("corpus", topic), TO) for topic in GATES}
    sent, following, records = [], {}, []

    def put(record: Record) -> str:
        _, topic = inbox_parts(record.topic) or ("", "")
        place = f"{record.topic}/{TO}/{places[topic]}"
        places[topic] += 1
        records.append(record)
        return place

    for number, case in enumerate(everything()):
        base = good(case.of, opened[number % REFERRALS])
        record = case.spoil(base)
        sent.append(Sent(case, record, event_id(base), put(record)))
        if is_by_hand(case):
            behind = good("session-held", opened[number % REFERRALS])
            following[case.name] = event_id(behind)
            put(behind)
    corpus.send(map(as_kafka, records))
    last = good("referral-made", new_id())
    corpus.send([as_kafka(last)])
    places_sent = {each.place for each in sent}
    until(lambda: places_sent <= by_place(corpus).keys())
    corpus.hears_of([*following.values(), event_id(last)])
    return Heard(whole, sent, following, event_id(last), by_place(corpus))


def as_kafka(record: Record) -> dict[str, Any]:
    """What librdkafka is given."""
    kept = {"topic": record.topic, "key": record.key, "value": record.value, "headers": list(record.headers)}
    return {**kept, "partition": TO}


def by_place(corpus: Outsider) -> Mapping[str, list[tuple[str, dict[str, Any]]]]:
    """The receipts, with their keys, by the place of the record that they are about."""
    found: defaultdict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for key, said in corpus.told():
        if said["fate"] != "received":  # that is the door's to say
            found["/".join(str(part) for part in said["position"].values())].append((key, said))
    return found


def end(whole: Whole, topic: str, partition: int) -> int:
    """The offset at which the next record of a partition will stand."""
    return ends(whole, [(topic, partition)])[topic, partition]


def ends(whole: Whole, places: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
    consumer = Consumer({"bootstrap.servers": whole.stack.kafka_url, "group.id": "ends"})
    try:
        return {place: consumer.get_watermark_offsets(TopicPartition(*place), timeout=10)[1] for place in places}
    finally:
        consumer.close()


def test_each_record_of_the_corpus_has_one_receipt_that_says_what_was_written_by_hand(heard: Heard) -> None:
    wrong = {}
    for each in heard.sent:
        case, told = each.case, heard.receipts[each.place]
        wanted = (case.fate, None if case.reason == case.fate else case.reason, case.field)
        said = [(receipt["fate"], receipt.get("reason"), receipt.get("field")) for _, receipt in told]
        if said != [wanted] or (case.expected and told[0][1]["expected"] != case.expected):
            wrong[case.name] = (told, wanted)
    assert wrong == {}


def test_a_receipt_bears_the_id_or_where_none_can_be_read_the_place(heard: Heard) -> None:
    for each in heard.sent:
        [(key, receipt)] = heard.receipts[each.place]
        assert (receipt["event_id"] is None) is each.case.parked, each.case.name
        assert key == (each.place if each.case.parked else receipt["event_id"]), each.case.name


def test_what_is_parked_is_kept_with_its_bytes_and_nothing_else_is(heard: Heard) -> None:
    kept = {}
    for gate in set(GATES.values()):
        mine = {"record.topic": {"$regex": r"^inbox\.corpus\."}}
        for row in heard.whole.database(gate).parked.find(mine):
            kept[row["_id"].removeprefix("gate/")] = (row["record"]["key"], row["record"]["value"])
    parked = {each.place: (each.record.key, each.record.value) for each in heard.sent if each.case.parked}
    assert kept == parked


def test_after_every_bad_record_the_next_event_goes_on(heard: Heard, corpus: Outsider) -> None:
    assert [name for name, said in heard.next.items() if corpus.fates(said) != ["accepted"]] == []


def test_after_all_of_it_a_good_event_is_accepted_and_counted_once(heard: Heard, corpus: Outsider) -> None:
    assert corpus.fates(heard.last) == ["accepted"]
    before = users(heard.whole)
    made = good("referral-made", new_id())
    held = good("session-held", data_of(made)["referral_id"])
    corpus.send(map(as_kafka, (made, held)))
    until(lambda: "accepted" in corpus.fates(event_id(held)))
    journeys = heard.whole.database("outcomes").journeys
    until(lambda: journeys.find_one({"_id": data_of(made)["referral_id"], "sessions": 1}))
    until(lambda: users(heard.whole) == before + 1)


def users(whole: Whole) -> int:
    """How many people are counted as having used the service, in the scheme of the corpus."""
    found = whole.database("outcomes").figures.find_one(
        {"scheme_id": "bridgend", "measure": "users", "synthetic": False}
    )
    return found["k"] if found else 0


def test_every_record_has_one_ending(whole: Whole, heard: Heard) -> None:
    inboxes = {"topic": {"$regex": r"^inbox\."}}

    def read() -> dict[tuple[str, int], tuple[int, int]]:
        rows = [
            row for name in ("referral", "case", "outcomes") for row in whole.database(name).positions.find(inboxes)
        ]
        return {(row["topic"], row["partition"]): (row["next"], sum(row.get("endings", {}).values())) for row in rows}

    wanted = ends(whole, list(read()))
    assert sum(wanted.values()) > 2_000
    until(lambda: {place: next_ for place, (next_, _) in read().items()} == wanted)
    assert {place: endings for place, (_, endings) in read().items()} == wanted


def test_the_door_answers_what_was_written_by_hand(corpus: Outsider, opened: list[str]) -> None:
    wrong = {}
    for case in everything():
        request = request_of(case.spoil(good(case.of, opened[0])))
        if not (case.by_http and request and is_by_hand(case)):
            continue
        answer = corpus.request(*request)
        if verdict(answer.status_code, answer.json()) != wanted_at_door(case):
            wrong[case.name] = (answer.text, wanted_at_door(case))
    assert wrong == {}


def wanted_at_door(case: Case) -> Answer:
    """Reason and field; what only a gate finds out, the door takes."""
    reason, field = case.at_door or (case.reason, case.field)
    return TAKEN if reason in (*LEFT_TO_THE_GATE, "accepted", "waiting") else (reason, field)


def is_by_hand(case: Case) -> bool:
    return case.name.partition(":")[0] in BY_HAND


def is_generated(case: Case) -> bool:
    return case.name.partition(":")[0] not in (*BY_HAND, "mistake")


def verdict(status: int, said: Mapping[str, Any]) -> Answer:
    """The reason and field of an answer or of a part of one."""
    if status == 202:
        return TAKEN
    assert said["status"] == status, said
    return said["code"], said["field"]


def test_a_batch_of_all_generated_events_has_the_verdicts_that_follow_from_the_schemas(
    corpus: Outsider, opened: list[str]
) -> None:
    cases = [case for case in everything() if is_generated(case)]
    for some in (cases[:1_000], cases[1_000:]):
        records = [case.spoil(good(case.of, opened[0])) for case in some]
        batch = json.dumps([structured(record, data=data_of(record)) for record in records]).encode()
        answer = corpus.request([("content-type", b"application/cloudevents-batch+json")], batch)
        assert answer.status_code == 200, answer.text
        wrong = {}
        for case, said in zip(some, answer.json(), strict=True):
            if verdict(said["status"], said) != wanted_at_door(case):
                wrong[case.name] = said
        assert wrong == {}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_a_body_is_answered_by_the_door(corpus: Outsider, opened: list[str], body: Any) -> None:
    records = cycle([good("session-held", referral) for referral in opened])
    content = body.make(lambda **changes: structured(next(records), **changes))
    answer = corpus.request([*([("content-type", body.kind.encode())] if body.kind else []), *body.headers], content)
    if body.is_whole:
        assert verdict(answer.status_code, answer.json()) == body.said
    else:
        assert answer.status_code == 200, answer.text
        assert tuple(verdict(said["status"], said) for said in answer.json()) == body.said


@pytest.mark.parametrize("settings", [
    {"compression_type": "gzip"}, {"compression_type": "snappy"}, {"compression_type": "lz4"},
    {"compression_type": "zstd"}, {"partitioner": "murmur2_random"}, {"partitioner": "consistent_random"},
], ids=lambda settings: "-".join(settings.values()))  # fmt: skip
def test_clients_compress_and_choose_partitions_as_they_like(whole: Whole, settings: dict[str, str]) -> None:
    acme = whole.partners["acme"]
    events = [referral_made(new_id()) for _ in range(5)]
    acme.publish(*events, **settings)
    for said in events:
        acme.hears(said.id, "accepted")


def test_no_value_stands_in_a_receipt_or_in_a_log(whole: Whole, heard: Heard, corpus: Outsider) -> None:
    secrets = (UNSAID, "fictional-person-", "fictional-adviser-of")
    for log in log_files(whole):
        said = log.read_text(errors="replace")
        assert said, log
        assert not [secret for secret in secrets if secret in said], log
    receipts = json.dumps(corpus.told())
    assert not [secret for secret in secrets if secret in receipts]


def log_files(whole: Whole) -> Iterator[Any]:
    yield from whole.services.logs.values()
    yield from (whole.stack.known.folder / "logs").glob("*.log")
