"""What says who a person is goes nowhere: it is sent in every place that a message has, then looked for everywhere.

Everywhere: each byte of each topic (Kafka's own too), each document of each database (and MongoDB's log of all
writes, which holds what was deleted since), the logs of all processes, metrics, files, and every answer.
"""

import base64
import copy
import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import pytest
from confluent_kafka import Consumer, TopicPartition
from support import fhir
from support.fhir import Message, message, resource
from support.outsider import until
from support.whole import Whole

from ops.partners import Registry

NHS, CHI, WRONG = "9434765919", "2902001231", "9434765918"  # the last one fails its check digit
FAMILY, GIVEN = "Quillfeather", "Zebediah"
STREET, POSTCODE, PHONE = "17 Vanishing Mews", "ZZ98 7QF", "01632 960417"
BORN: Final = ("1971-02-03", "03/02/1971")
WIDE: Final = "".join(chr(ord(digit) + 0xFEE0) for digit in NHS)  # full-width digits
SPELLINGS: Final = (NHS, "943 476 5919", "943-476-5919", f"NHS{NHS}", f"{NHS}.0", WIDE, WRONG, CHI)
_WORDS: Final = (*SPELLINGS, FAMILY, GIVEN, STREET, POSTCODE, PHONE)


def _hidden(number: str) -> Iterator[str]:
    """The number in forms that only look as if it were gone."""
    for said in (number, f"{number[:3]} {number[3:6]} {number[6:]}"):
        yield said.encode().hex()
        yield base64.b64encode(said.encode()).decode().rstrip("=")
        for digest in (hashlib.md5, hashlib.sha1, hashlib.sha256):
            yield digest(said.encode()).hexdigest()
            yield base64.b64encode(digest(said.encode()).digest()).decode()[:20]


def _any_of(forms: set[str]) -> re.Pattern[bytes]:
    escaped = {json.dumps(form)[1:-1] for form in forms}
    return re.compile("|".join(re.escape(form) for form in sorted(forms | escaped)).encode())


_CLOSE: Final = _any_of({re.sub("[ -]", "", form.lower()) for form in {*_WORDS, *_hidden(NHS), *_hidden(CHI)}})
_DATES: Final = _any_of(set(BORN))  # as they stand: eight digits alone are found in any heap of ids


def canaries(said: bytes) -> set[bytes]:
    """What of a person is in these bytes, whatever its spaces, hyphens and capitals."""
    return {*_CLOSE.findall(said.lower().translate(None, b" -")), *_DATES.findall(said)}


@dataclass
class Sender:
    """Sends messages to the door and keeps every answer."""

    http: httpx.Client
    answers: list[bytes] = field(default_factory=list)

    def posts(self, body: Message | bytes, *, path: str = "/fhir/$process-message", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        sent = {"content-type": "application/fhir+json", **{name.replace("_", "-"): v for name, v in headers.items()}}
        return self.kept(self.http.post(path, content=content, headers=sent))

    def kept(self, answer: httpx.Response) -> httpx.Response:
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.answers.append(f"{answer.status_code}\n{head}\n".encode() + answer.content)
        return answer


def taken_messages() -> Iterator[Message]:
    """Messages that are taken, with a person's name, birth date, address and number in all that is not read."""
    for build in (_told(NHS), _told("943 476 5919"), _told("943-476-5919"), fhir.scottish(_told(CHI), CHI)):
        yield fhir.called(build, f"R-{uuid.uuid4()}")
    unread = _told(NHS)
    for entry in unread["entry"]:
        entry["resource"] |= _about_a_person(entry["resource"]["resourceType"])
    unread |= {"signature": {"data": NHS}, "link": [{"relation": FAMILY, "url": f"urn:{NHS}"}], FAMILY: NHS}
    unread["entry"].append(
        {"fullUrl": f"https://x.example/Patient/{NHS}", "resource": {"resourceType": FAMILY, "id": NHS}}
    )
    yield fhir.called(unread, f"R-{uuid.uuid4()}")
    hinted = _told(NHS)  # names are where names are looked up: in references and in codes of other systems
    url = f"https://x.example/Patient/{NHS}"
    hinted["entry"][4]["fullUrl"] = url
    hinted = json.loads(json.dumps(hinted).replace("urn:uuid:5f1c8d2e-6b0a-4c8e-9a57-0d3c1b7a9e06", url))
    resource(hinted, "Observation")["code"]["coding"].insert(0, {"system": FAMILY, "code": NHS, "display": STREET})
    resource(hinted, "HealthcareService")["identifier"].append({"system": f"urn:{FAMILY}", "value": NHS})
    yield fhir.called(hinted, f"R-{uuid.uuid4()}")


def _told(number: str) -> Message:
    told = fhir.numbered(message(), number)
    patient = resource(told, "Patient")
    patient |= {
        "name": [{"family": FAMILY, "given": [GIVEN], "text": f"{GIVEN} {FAMILY}"}],
        "birthDate": BORN[0],
        "address": [{"line": [STREET], "postalCode": POSTCODE, "text": f"{STREET}, {POSTCODE}"}],
        "telecom": [{"system": "phone", "value": PHONE}],
    }
    resource(told, "HealthcareService")["identifier"] = [{"system": "urn:footing:scheme", "value": "somerset"}]
    return told


def _about_a_person(kind: str) -> dict[str, Any]:
    """What may stand in any resource, known to FHIR or not."""
    words = f"{GIVEN} {FAMILY}, born {BORN[1]}, {STREET} {POSTCODE}, NHS {NHS}, {PHONE}"
    return {
        "text": {"status": "generated", "div": f"<div xmlns='http://www.w3.org/1999/xhtml'>{words}</div>"},
        "language": GIVEN,
        "contained": [{"resourceType": "Patient", "id": NHS, "name": [{"family": FAMILY}]}],
        "note": [{"text": words}],
        "x-unknown": {FAMILY: {NHS: [words, {"deep": SPELLINGS}]}},
        **({} if kind == "ServiceRequest" else {"extension": [{"url": f"urn:{FAMILY}:{NHS}", "valueString": words}]}),
    }


def refused_bodies() -> Iterator[Message | bytes]:
    """Messages that are refused, each with something of a person in the very place that is refused."""
    for spelling in (*SPELLINGS, FAMILY, BORN[0], STREET):
        for place in _PLACES:
            told = _told(NHS)
            fhir.called(told, "R-refused")
            _put(told, place, spelling)
            yield told
    named = _told(NHS)
    named["entry"][1]["resource"]["modifierExtension"] = [{"url": FAMILY, "valueString": NHS}]
    yield named
    yield fhir.numbered(_told(NHS), WRONG)
    yield json.dumps(_told(NHS)).encode()[:-40]
    yield json.dumps(_told(NHS)).replace(FAMILY, "\ud800" + FAMILY).encode("utf-8", "surrogatepass")
    yield b'{"' + FAMILY.encode() + b'": 1, "' + FAMILY.encode() + b'": "' + NHS.encode() + b'"}'
    yield json.dumps([_told(NHS)]).encode()
    yield json.dumps(_told(NHS)).encode("utf-16")
    yield b'"' + f"{GIVEN} {FAMILY} {NHS}".encode() * 20_000 + b'"'
    yield b"[" * 50_000 + NHS.encode()


_PLACES: Final = (
    "id",
    "type",
    "timestamp",
    "resourceType",
    "meta",
    "entry",
    "entry.0.resource.eventCoding.code",
    "entry.0.resource.reason.coding.0.code",
    "entry.0.resource.focus.0.reference",
    "entry.1.resource.status",
    "entry.1.resource.intent",
    "entry.1.resource.authoredOn",
    "entry.1.resource.category.0.coding.0.code",
    "entry.1.resource.extension.0.valueCodeableConcept.coding.0.code",
    "entry.1.resource.performer.0.reference",
    "entry.1.resource.subject.reference",
    "entry.1.resource.doNotPerform",
    "entry.7.resource.identifier.0.value",
    "entry.8.resource.identifier",
    "entry.10.resource.policyRule.coding.0.code",
    "entry.10.resource.provision.provision.0.type",
    "entry.10.resource.provision.provision.0.actor.0.role.coding.0.code",
    "entry.10.resource.provision.provision.0.purpose.0.code",
    "entry.11.resource.code.coding.0.code",
    "entry.11.resource.valueCodeableConcept.coding.0.code",
)


def _put(told: Message, place: str, value: str) -> None:
    *steps, last = [int(step) if step.isdecimal() else step for step in place.split(".")]
    held: Any = told
    for step in steps:
        held = held[step]
    held[last] = value


@pytest.fixture(scope="module")
def sender(whole: Whole) -> Iterator[Sender]:
    token = Registry(whole.settings).rotate("surgery")
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=whole.services.urls["door"], headers=headers, timeout=20) as http:
        until(lambda: http.get(f"/events/{uuid.uuid4()}").status_code == 404)
        yield Sender(http)


@pytest.fixture(scope="module")
def referrals(whole: Whole, sender: Sender) -> list[str]:
    """The referrals that were taken; all of it was sent, and all that was taken has been through every service."""
    made = []
    for told in taken_messages():
        answer = sender.posts(copy.deepcopy(told))
        assert answer.status_code == 200, answer.text
        event_id = answer.headers["location"].rpartition("/")[2]
        until(lambda e=event_id: sender.kept(sender.http.get(f"/events/{e}")).json()["fate"] == "accepted")
        made.append(answer.json()["entry"][1]["resource"]["identifier"][0]["value"])
        resource(told, "ServiceRequest")["status"] = "revoked"
        resource(told, "MessageHeader")["reason"]["coding"][0]["code"] = "update"
        assert sender.posts(told).status_code == 200
    for body in refused_bodies():
        assert 400 <= sender.posts(body).status_code < 500
    for name in (*SPELLINGS, FAMILY, BORN[0], STREET):  # what a referral is called by is not kept either
        assert sender.posts(fhir.called(_told(NHS), name)).status_code in (200, 422)
    _strange_requests(sender)
    journeys = whole.database("outcomes")["journeys"]
    until(lambda: journeys.count_documents({"_id": {"$in": made}, "closed_reason": "withdrew"}) == len(made))
    return made


def _strange_requests(sender: Sender) -> None:
    """A person in all that stands around the body."""
    told = _told(NHS)
    words = f"{GIVEN} {FAMILY} {NHS} {BORN[0]}"
    statuses = [
        sender.posts(told, x_request_id=NHS, x_correlation_id=words, user_agent=words, traceparent=NHS, ce_id=NHS),
        sender.posts(told, path=f"/fhir/$process-message?patient={NHS}&name={FAMILY}"),
        sender.posts(told, path=f"/fhir/$process-message/{NHS}/{FAMILY}"),
        sender.posts(told, content_type=f"application/fhir+json; charset={FAMILY}"),
        sender.posts(told, content_encoding=FAMILY),
        sender.posts(told, authorization=f"Bearer {words}"),
        sender.posts(told, path="/events", content_type="application/cloudevents+json"),
        sender.posts(json.dumps([told]).encode(), path="/events", content_type="application/cloudevents-batch+json"),
        sender.posts(told, path="/events", content_type="application/json", ce_id=NHS, ce_type=FAMILY, ce_subject=NHS),
        sender.kept(sender.http.get(f"/fhir/Patient/{NHS}")),
        sender.kept(sender.http.get("/fhir/metadata", params={"name": FAMILY, "nhs": NHS})),
        sender.kept(sender.http.get(f"/events/{NHS}", params={"type": FAMILY})),
        sender.kept(sender.http.request(FAMILY.upper(), "/fhir/$process-message")),
    ]
    assert [answer.status_code for answer in statuses] == [
        200,
        200,
        404,
        415,
        415,
        401,
        422,
        200,
        422,
        404,
        200,
        404,
        405,
    ]


def test_no_answer_says_who_a_person_is(referrals: list[str], sender: Sender) -> None:
    assert len(sender.answers) > 250
    assert [found for answer in sender.answers if (found := canaries(answer))] == []


def test_no_topic_has_what_says_who_a_person_is(whole: Whole, referrals: list[str]) -> None:
    searched, known = 0, set()
    for topic, said in _records(whole.stack.kafka_url):
        searched += 1
        assert not canaries(said), topic
        known |= {topic for referral in referrals if referral.encode() in said}
    assert searched > 100
    ours = {"inbox.surgery.referral-made", "inbox.surgery.outcome-recorded", "receipts.surgery"}
    assert known >= ours | {"referral-made", "outcome-recorded"}


def _records(kafka_url: str) -> Iterator[tuple[str, bytes]]:
    """Every record of every topic: key, value and headers."""
    settings = {"bootstrap.servers": kafka_url, "group.id": "searching", "enable.auto.commit": False, "log_level": 0}
    consumer = Consumer({**settings, "enable.partition.eof": True})
    places = [
        TopicPartition(name, number, 0)
        for name, topic in consumer.list_topics(timeout=20).topics.items()
        for number in topic.partitions
    ]
    consumer.assign(places)
    left = {(place.topic, place.partition) for place in places}
    while left:
        for read in consumer.consume(1000, timeout=0.5):
            if read.error() is not None:  # the end of a partition
                left.discard((read.topic(), read.partition()))
                continue
            headers = b"".join(name.encode() + b"=" + (value or b"") for name, value in read.headers() or ())
            yield str(read.topic()), b"\n".join((read.key() or b"", read.value() or b"", headers))
    consumer.close()


def test_no_database_has_what_says_who_a_person_is(whole: Whole, referrals: list[str]) -> None:
    known = set()
    for database in whole.client.list_database_names():
        for collection in whole.client[database].list_collection_names(filter={"type": "collection"}):
            for batch in whole.client[database][collection].find_raw_batches():
                assert not canaries(batch), f"{database}.{collection}"
                if referrals[0].encode() in batch:
                    known.add(f"{database}.{collection}")
    assert known >= {"footing_referral.referrals", "footing_case.cases", "footing_door.fates", "local.oplog.rs"}


def test_no_log_file_or_metric_has_what_says_who_a_person_is(whole: Whole, referrals: list[str]) -> None:
    folder = whole.stack.known.folder
    written = [
        file for file in folder.rglob("*") if file.is_file() and file.suffix in (".log", ".json", ".jsonl", ".txt")
    ]
    assert {log.name for log in whole.services.logs.values()} <= {file.name for file in written}
    for file in written:
        assert not canaries(file.read_bytes()), file.name
    for service, url in whole.services.urls.items():
        metrics = httpx.get(f"{url}/metrics", timeout=20).content
        assert b"footing_" in metrics
        assert not canaries(metrics), service


def test_what_is_looked_for_would_be_found() -> None:
    for spelling in (*_WORDS, *BORN, json.dumps(WIDE), NHS.encode().hex(), "943  476-5919", FAMILY.upper()):
        assert canaries(f"... {spelling} ...".encode()), spelling
    assert canaries(hashlib.sha256(NHS.encode()).hexdigest().encode())
    assert not canaries(b"R-2026-000417 5f1c8d2e-6b0a-4c8e-9a57-0d3c1b7a9e01")
