"""Every case of the corpus, in process: what the gates say to it, what `footing check` says, what is said again.

The same on real parts, and the next event after it: test_bad_input.py.
"""

import tracemalloc
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from corpus.bodies import BODIES, request_of, structured
from corpus.case import Case
from corpus.everything import BY_HAND, everything
from corpus.fields import generated, schema
from corpus.gates import NOW, Said, agree, judged, opening
from corpus.good import SAMPLES, data_of, event_of, good
from corpus.mutations import bases, made, mutated
from corpus.opinion import takes

from contracts.codec import content_hash, decode_canonical, decode_inbox, encode
from contracts.envelope import Event, Record
from contracts.reasons import REASONS
from contracts.topics import inbox_parts
from ops.checking.inputs import Asked, Sent
from ops.checking.verdicts import Verdict, verdicts_on

REFERRAL = data_of(opening())["referral_id"]
JSON = b"application/json"
MUTATIONS = 5_000
SEED = 2026
MOST_BYTES = 8 * 1024 * 1024  # what reading a record of the largest size may take besides it


@dataclass(frozen=True)
class Judged:
    """A record of the corpus, and what was said of it."""

    case: Case
    record: Record
    told: Said
    verdict: Verdict


@pytest.fixture(scope="module")
def corpus() -> list[Judged]:
    records = [(case, case.spoil(good(case.of, REFERRAL))) for case in everything()]
    return [Judged(case, record, judged(record, opening()), checked(record)) for case, record in records]


def checked(record: Record) -> Verdict:
    [verdict] = verdicts_on(Sent("a record", "record", record), NOW)
    return verdict


def test_a_good_record_of_every_event_is_taken() -> None:
    said = {sample: judged(good(sample, REFERRAL), opening()).fate for sample in SAMPLES}
    assert said == dict.fromkeys(SAMPLES, "accepted") | {"entry-withdrawn": "waiting"}


def test_the_gate_says_of_each_case_what_was_written_by_hand(corpus: list[Judged]) -> None:
    wrong = {}
    for each in corpus:
        case, told = each.case, each.told
        wanted = (case.fate, None if case.reason == case.fate else case.reason, case.field, case.expected)
        said = (told.fate, told.reason, told.field, told.expected if case.expected else None)
        if said != wanted:
            wrong[case.name] = (said, wanted)
    assert wrong == {}


def test_every_refusal_says_what_was_expected(corpus: list[Judged]) -> None:
    assert [each.case.name for each in corpus if bool(each.told.expected) is not (each.told.reason is not None)] == []


def test_footing_check_says_what_the_gate_says(corpus: list[Judged]) -> None:
    assert [each.case.name for each in corpus if not agree(each.verdict, each.told)] == []


def test_the_door_says_the_same_of_the_same_event(corpus: list[Judged]) -> None:
    """What a request cannot show to `footing check` is whose credential came with it."""
    wrong, asked = {}, 0
    for each in corpus:
        case, request = each.case, request_of(each.record)
        if not case.by_http or case.reason == "source_not_yours" or request is None:
            continue
        reason, field = case.at_door or (case.reason, case.field)
        wanted = (None if reason in ("accepted", "waiting") else reason, field)
        headers = tuple((name.encode(), said) for name, said in request[0])
        [verdict] = verdicts_on(Asked(case.name, "HTTP request", headers, request[1]), NOW)
        asked += 1
        if (verdict.reason, verdict.field) != wanted:
            wrong[case.name] = ((verdict.reason, verdict.field), wanted)
    assert wrong == {}
    assert asked > 1_500


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_a_body_is_answered_as_a_whole_or_event_by_event(body: Any) -> None:
    record = good("session-held", REFERRAL)
    headers = (("content-type", body.kind.encode()), *body.headers)
    content = body.make(lambda **changes: structured(record, **changes))
    asked = Asked("a body", "HTTP request", tuple((name.encode(), said) for name, said in headers), content)
    said = tuple((verdict.reason or "accepted", verdict.field) for verdict in verdicts_on(asked, NOW))
    assert said == ((body.said,) if body.is_whole else body.said)


def test_five_thousand_records_spoilt_by_chance_have_one_ending_each() -> None:
    """And `footing check` says the same of each, and a second opinion the same of each value that alone was spoilt."""
    good_heads = {(record.key, record.headers) for record in bases()}
    taken: Counter[bool] = Counter()
    for number, record in enumerate(mutated(MUTATIONS, SEED)):
        name = f"mutation {number} of seed {SEED}"
        told = judged(record, made())
        assert told.reason is None or told.reason in REASONS, name
        assert agree(checked(record), told), name
        read = decode_inbox(record)
        if isinstance(read, Event):
            assert_says_the_same_again(read, record)
        if (record.key, record.headers) in good_heads and dict(record.headers).get("content-type") == JSON:
            assert isinstance(read, Event) is takes(record), name
            taken[isinstance(read, Event)] += 1
    assert taken[True] > 10
    assert taken[False] > 1_000


def assert_says_the_same_again(event: Event[Any], record: Record) -> None:
    again = decode_inbox(encode(event)._replace(topic=record.topic))
    assert again == event
    assert content_hash(again) == content_hash(event)


def test_what_reads_behind_the_gate_never_fails_either() -> None:
    for record in mutated(1_000, SEED + 1):
        parts = inbox_parts(record.topic)
        answer = decode_canonical(record._replace(topic=parts[1] if parts else ""))
        assert isinstance(answer, Event) or answer.problem.code in REASONS


def test_no_case_takes_more_memory_than_a_few_of_its_size(corpus: list[Judged]) -> None:
    large = [each for each in corpus if len(each.record.value or b"") + len(str(each.record.headers)) > 20_000]
    assert len(large) > 10
    tracemalloc.start()
    try:
        for each in large:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            decode_inbox(each.record)
            assert tracemalloc.get_traced_memory()[1] - before < MOST_BYTES, each.case.name
    finally:
        tracemalloc.stop()


def test_each_case_is_named_once() -> None:
    assert [name for name, count in Counter(case.name for case in everything()).items() if count > 1] == []
    assert len({body.name for body in BODIES}) == len(BODIES)


def test_every_layer_has_good_and_bad_cases_and_hundreds_are_made_by_hand() -> None:
    assert {layer: min(len(cases), 10) for layer, cases in BY_HAND.items()} == {"value": 10, "headers": 10, "key": 10}
    assert sum(map(len, BY_HAND.values())) > 350
    for layer in ("value", "headers"):
        assert {"accepted", "refused", "parked"} == {case.fate for case in BY_HAND[layer]}


def test_every_field_of_every_event_is_broken() -> None:
    spoken = {(event_of(case.of), case.name.split(": ")[1].split()[0]) for case in generated()}
    for event in set(map(event_of, SAMPLES)):
        wanted = {(event, f"data.{path}") for path in fields(schema(event), schema(event))}
        assert wanted <= spoken, wanted - spoken


def fields(node: Any, whole: Any) -> set[str]:
    """The paths of all fields below this node of a schema; an entry of a list is its first."""
    node = next((way for way in node.get("anyOf", ()) if way.get("type") != "null"), node)
    if "$ref" in node:
        return fields(whole["$defs"][node["$ref"].rsplit("/", 1)[1]], whole)
    below = {"0": node["items"]} if "items" in node else node.get("properties", {})
    return {path for name, inner in below.items() for path in (name, *(f"{name}.{p}" for p in fields(inner, whole)))}
