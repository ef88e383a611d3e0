"""Does the quick reader of accepted events see what the ordinary one sees, and give way where it is not sure?"""

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.events import accepted_referral, session_held
from support.histories import History
from support.outcomes import accepted, known

import contracts
from contracts import codec, record_files
from contracts.accepted import Accepted, read_accepted
from contracts.codec import STRUCTURED
from contracts.envelope import Event, Record, Refusal
from contracts.erasure_requested import ErasureRequested
from contracts.topics import inbox_parts
from outcomes_service.projections.facts import fact_of, makes_fact
from outcomes_service.projections.shapes import SHAPES, Shape

EXAMPLES = sorted((Path(contracts.__file__).parents[1] / "examples").glob("*/v1/*/*.json"))
NOT_LOOKED_AT = {  # by a fact
    "sequence", "correlationid", "data.voluntary", "data.permissions", "data.absence_started_on", "data.outcome_id",
    "data.programme.weeks", "data.work_status.evidence", "data.work_status.hours", "data.work_status.same_employer",
    "data.started_at", "data.person_ref", "data.reason_code",
}  # fmt: skip
ACCEPTED = ("ce_acceptedtime", b"2026-03-02T09:30:01.250000Z")


def same(record: Record) -> str:
    """How the record was read; what follows from it must not depend on that."""
    quick, full = read_accepted(record, SHAPES), codec.decode_canonical(record)
    if not isinstance(quick, Accepted):
        assert quick == full
        return "refused" if isinstance(full, Refusal) else "in full"
    if isinstance(full, Refusal):  # no gate lets it through, so only a hand can have put it there
        assert full.problem.field in NOT_LOOKED_AT, f"a record that is refused was taken: {full}"
        return "without a look"
    assert (quick.id, quick.type, quick.partner) == (full.id, full.type, full.partner)
    assert (quick.subject, quick.time, quick.accepted_at) == (full.subject, full.time, full.accepted_at)
    assert makes_fact(quick) is makes_fact(full)
    if makes_fact(quick):
        when = full.accepted_at or full.time
        assert fact_of(quick, when) == fact_of(full, when)
    else:
        assert (type(quick.data), type(full.data)) == (Shape, ErasureRequested)
    return "quickly"


def canonical(record: Record) -> Record:
    """An example as it would stand behind its gate."""
    parts = inbox_parts(record.topic)
    headers = tuple(header for header in record.headers if header[0] != "ce_acceptedtime")
    return record._replace(topic=parts[1] if parts else record.topic, headers=(*headers, ACCEPTED))


def histories() -> list[Event[Any]]:
    schemes = [scheme for scheme in known().schemes.values() if scheme.areas]
    return [said for number in range(150) for said in History(Random(number), number, schemes).events]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: "/".join(path.parts[-4:]))
def test_every_example_is_read_alike(path: Path) -> None:
    how = same(canonical(record_files.from_example(json.loads(path.read_text()))))
    assert how != "refused" or path.parts[-2] == "rejected"


def test_drawn_histories_are_read_alike_and_quickly() -> None:
    ways: Counter[str] = Counter()
    for said in histories():
        if said.type in SHAPES:
            ways[same(codec.encode(said))] += 1
    assert ways.keys() == {"quickly"}
    assert ways["quickly"] > 1000


def test_in_structured_mode_they_are_read_in_full() -> None:
    for said in histories()[:200]:
        record = codec.encode(said)
        attributes = {name.removeprefix("ce_"): (value or b"").decode() for name, value in record.headers}
        attributes.pop("content-type")
        body = json.dumps(attributes | {"data": json.loads(record.value or b"")}).encode()
        whole = record._replace(value=body, headers=(("content-type", STRUCTURED.encode()),))
        assert same(whole) == "in full"


def with_field(record: Record, **fields: Any) -> Record:
    return record._replace(value=json.dumps(json.loads(record.value or b"{}") | fields).encode())


def with_header(record: Record, name: str, value: bytes | None) -> Record:
    kept = tuple(header for header in record.headers if header[0] != name)
    return record._replace(headers=(*kept, (name, value)))


SESSION = codec.encode(accepted(session_held(101)))
REFERRAL = codec.encode(accepted_referral(1))
OTHER = "0190a0b0-0000-7000-8000-000000000002"
UNUSUAL = {
    "an unknown field": (with_field(SESSION, weather={"rain": [1, 2]}), "quickly"),
    "an unknown header": (with_header(SESSION, "x-trace", b"\xff"), "quickly"),
    "a header that means nothing to a fact": (with_header(SESSION, "ce_correlationid", b"abc"), "quickly"),
    "no content type": (
        SESSION._replace(headers=tuple(h for h in SESSION.headers if h[0] != "content-type")),
        "quickly",
    ),
    "a content type of nothing": (with_header(SESSION, "content-type", None), "in full"),
    "nulls": (with_field(SESSION, supersedes=None, plan=None, site=None), "quickly"),
    "white space": (SESSION._replace(value=b" \n" + (SESSION.value or b"") + b"\t"), "quickly"),
    "an unknown code": (with_field(SESSION, interventions=["cv", "yoga", "dance"]), "in full"),
    "an unknown code of a referral": (with_field(REFERRAL, source_code="Q9", age_band="all"), "in full"),
    "another offset": (with_header(SESSION, "ce_time", b"2025-03-10T11:00:00+01:00"), "in full"),
    "nanoseconds": (with_header(SESSION, "ce_acceptedtime", b"2025-03-10T11:00:00.123456789Z"), "in full"),
    "no time of acceptance": (with_header(SESSION, "ce_acceptedtime", None), "in full"),
    "a header that stands twice": (SESSION._replace(headers=(*SESSION.headers, SESSION.headers[1])), "in full"),
    "a header in capitals": (
        SESSION._replace(headers=tuple((name.upper(), value) for name, value in SESSION.headers)),
        "in full",
    ),
    "no header": (SESSION._replace(headers=()), "refused"),
    "nothing at all": (Record("session-held", 0, 0, None, None, ()), "refused"),
    "a tombstone": (SESSION._replace(value=None), "refused"),
    "no key": (SESSION._replace(key=None), "refused"),
    "another key": (SESSION._replace(key=OTHER.encode()), "refused"),
    "another subject in the payload": (with_field(SESSION, referral_id=OTHER), "refused"),
    "another partition key": (with_header(SESSION, "ce_partitionkey", OTHER.encode()), "refused"),
    "another time than it started": (with_header(SESSION, "ce_time", b"2025-03-10T10:00:01Z"), "refused"),
    "another topic": (SESSION._replace(topic="referral-made"), "refused"),
    "a topic that is none": (SESSION._replace(topic="weather"), "refused"),
    "a type that is none": (with_header(SESSION, "ce_type", b"footing.session-held.v2"), "refused"),
    "a source that is none": (with_header(SESSION, "ce_source", b"urn:somebody"), "refused"),
    "an id that is none": (with_header(SESSION, "ce_id", b"1"), "refused"),
    "an id that is no text": (with_header(SESSION, "ce_id", b"\xff"), "refused"),
    "a header without a value": (with_header(SESSION, "ce_source", None), "refused"),
    "another version of CloudEvents": (with_header(SESSION, "ce_specversion", b"2.0"), "refused"),
    "an event that corrects itself": (
        with_field(SESSION, supersedes="0190a0b0-0000-7000-8000-000000000101"),
        "refused",
    ),
    "a number as text": (with_field(SESSION, minutes="50"), "refused"),
    "a number that is too large": (with_field(SESSION, minutes=481), "refused"),
    "no JSON": (SESSION._replace(value=(SESSION.value or b"")[:-1]), "refused"),
    "an array": (SESSION._replace(value=b"[]"), "refused"),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_unusual_ends_as_it_always_did(name: str) -> None:
    record, way = UNUSUAL[name]
    assert same(record) == way
