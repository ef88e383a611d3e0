"""Every reason code of the contract is provoked from outside, by Kafka or at the door, on real parts: a story for each.

`REASONS` is the list: a code without a story fails here, and so does a story that ends with another code.
"""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from corpus.good import new_id
from support.outsider import (
    Outsider,
    Said,
    entry_withdrawn,
    outcome_recorded,
    permission_given,
    referral_made,
    session_held,
    until,
)
from support.whole import Whole
from typer.testing import CliRunner

from contracts import samples
from contracts.broken import BY_REASON
from contracts.envelope import Record
from contracts.reasons import REASONS
from ops.main import build
from servicekit.entries import MOST_ENTRIES
from servicekit.fold import MOST_WAITING_A_REFERRAL
from servicekit.listening import MOST_CONNECTIONS

Told = dict[str, Any]
Story = Callable[[Whole], Told]
BATCH: Final = "application/cloudevents-batch+json"
IN_ORDER: Final = 0  # a partition: what is said first is heard first


def told(partner: Outsider, key: str, *, fate: str = "refused") -> Told:
    """The receipt of this key that says so, once it is there."""
    receipt: Told = until(
        lambda: next((said for of, said in partner.told() if of == key and said["fate"] in (fate, "id_reused")), None)
    )
    return receipt


def refused(partner: Outsider, *said: Said) -> Told:
    """Publish these; the receipt of the last, which is refused, once something was heard of all before it."""
    *before, last = (replace(each, partition=IN_ORDER) for each in said)
    partner.publish(*before)
    partner.hears_of(each.id for each in before)
    partner.publish(last)
    return told(partner, last.id)


def a_mistake(reason: str) -> Story:
    """One of the mistakes that `footing trigger` makes, in the first event that it fits."""

    def story(whole: Whole) -> Told:
        corpus, mistake = whole.partners["corpus"], BY_REASON[reason]
        event = next(iter(mistake.fields))
        good = samples.sample(event, "corpus", scheme="bridgend")
        record: Record = mistake.made_in(event, samples.record(good))
        sent = {"topic": record.topic, "key": record.key, "value": record.value, "headers": list(record.headers)}
        corpus.send([sent])
        receipt = told(corpus, good.id)
        assert receipt["field"] == mistake.fields[event]
        return receipt

    return story


def a_referral(partner: str, **changes: Any) -> Story:
    """A referral that says something else."""
    return lambda whole: refused(whole.partners[partner], referral_made(new_id(), **changes))


def at(time: str, **changes: Any) -> Story:
    """A referral of that time."""
    return lambda whole: refused(whole.partners["corpus"], replace(referral_made(new_id(), **changes), time=time))


def after(*then: Callable[[Said], Said]) -> Story:
    """What follows a referral, of which the last is refused."""

    def story(whole: Whole) -> Told:
        made = referral_made(new_id())
        return refused(whole.partners["acme"], made, *(say(made) for say in then))

    return story


def permission(made: Said) -> Said:
    return permission_given(made.subject)


def corrected_twice(whole: Whole) -> Told:
    made = referral_made(new_id())
    better = [referral_made(made.subject, supersedes=made.id, age_band=band) for band in ("16-24", "25-34")]
    return refused(whole.partners["acme"], made, *better)


def withdrawn_as_another(whole: Whole) -> Told:
    """The id is a referral's, the type a permission's."""
    made = referral_made(new_id())
    wrong = entry_withdrawn(replace(made, event="permission-given"))
    return refused(whole.partners["acme"], made, replace(wrong, topic="permissions"))


def recorded_twice(whole: Whole) -> Told:
    made = referral_made(new_id())
    acme, held = whole.partners["acme"], session_held(made.subject)
    acme.publish(made)
    again = session_held(made.subject, session_id=held.data["session_id"])
    return refused(acme, held, again)


def reused(whole: Whole) -> Told:
    made = referral_made(new_id())
    return refused(whole.partners["acme"], made, made.with_data(age_band="16-24"))


def made_up_among_real(whole: Whole) -> Told:
    return after(lambda made: permission(made).with_data(synthetic=True))(whole)


def erased(whole: Whole) -> Told:
    acme, made = whole.partners["acme"], referral_made(new_id())
    acme.publish(made)
    acme.hears(made.id, "accepted")
    footing(whole, "erase", "--referral", made.subject)
    referrals = whole.database("referral").referrals
    until(lambda: referrals.find_one({"_id": made.subject, "erased_at": {"$exists": True}}))
    return refused(acme, permission(made))


def too_many_waiting(whole: Whole) -> Told:
    unknown = new_id()
    return refused(whole.partners["acme"], *(permission_given(unknown) for _ in range(MOST_WAITING_A_REFERRAL + 1)))


def too_many_events(whole: Whole) -> Told:
    """The gate is made to remember as many as it may: so many events would keep everybody behind it busy for long."""
    acme, made = whole.partners["acme"], referral_made(new_id())
    acme.publish(made)
    acme.hears(made.id, "accepted")
    referrals, this = whole.database("referral").referrals, {"_id": made.subject}
    [entry] = referrals.find_one(this)["entries"]["items"]
    referrals.update_one(this, {"$set": {"entries.items": [entry] * MOST_ENTRIES}})
    return refused(acme, permission(made))


def discarded(whole: Whole) -> Told:
    """A record without an id is parked, and its partner hears of it by its place."""
    acme, nameless = whole.partners["acme"], session_held(new_id()).with_header("ce_id", None)
    before = {key for key, _ in acme.told()}
    acme.publish(nameless)
    place = until(
        lambda: next((key for key, said in acme.told() if said["fate"] == "parked" and key not in before), "")
    )
    footing(whole, "parked", "discard", place, "--because", "a test of ours", "--yes")
    return told(acme, place)


def footing(whole: Whole, command: str, *words: str) -> None:
    done = CliRunner().invoke(build(command), [command, *words], env=whole.environment())
    assert done.exit_code == 0, done.output


# -- at the door -----------------------------------------------------------------------------------------------


def raw(whole: Whole, *parts: bytes) -> Told:
    """What the door answers to these bytes on a connection."""
    with connected(whole) as line:
        for part in parts:
            line.sendall(part)
        return answer_on(line)


def connected(whole: Whole) -> socket.socket:
    place = urlsplit(whole.services.urls["door"])
    return socket.create_connection((place.hostname, place.port), timeout=30)


def answer_on(line: socket.socket) -> Told:
    with line.makefile("rb") as stream:
        status = stream.readline().split()[1]
        length = 0
        while (header := stream.readline().strip()) != b"":
            name, _, value = header.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        said: Told = json.loads(stream.read(length))
    assert said["status"] == int(status)
    return {**said, "reason": said["code"]}


def head(whole: Whole, *lines: str, method: str = "POST", path: str = "/events", partner: str = "acme") -> bytes:
    """The head of a partner's request, with these lines."""
    token = f"authorization: Bearer {whole.tokens[partner]}"
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: door", token, *lines, "", ""]).encode()


def request(*lines: str, body: bytes = b"", method: str = "POST", path: str = "/events") -> Story:
    """A request of acme."""
    length = f"content-length: {len(body)}"
    return lambda whole: raw(whole, head(whole, *lines, length, method=method, path=path) + body)


def not_its_event(whole: Whole) -> Told:
    answer = whole.partners["other"].post(
        outcome_recorded(new_id(), closure={"reason": "completed", "on": "2025-06-02"})
    )
    said: Told = answer.json()
    return {**said, "reason": said["code"]}


def too_much_at_once(whole: Whole) -> Told:
    """Four batches are announced and held back; a fifth body is one too many."""
    announced = head(whole, f"content-type: {BATCH}", "transfer-encoding: chunked", "expect: 100-continue")
    with ExitStack() as lines:
        for _ in range(4):
            line = lines.enter_context(connected(whole))
            line.sendall(announced)
            assert line.recv(100).startswith(b"HTTP/1.1 100")
        return request("content-type: application/json", body=b"{}")(whole)


def too_many_connections(whole: Whole) -> Told:
    with ExitStack() as lines:
        opened = [lines.enter_context(connected(whole)) for _ in range(MOST_CONNECTIONS + 1)]
        return answer_on(opened[-1])


def a_fault_of_ours(whole: Whole) -> Told:
    """Somebody has written nonsense into the door's database."""
    event, fates = new_id(), whole.database("door").fates
    fates.insert_one({"_id": f"acme/{event}", "said": "nonsense"})
    try:
        return request(method="GET", path=f"/events/{event}")(whole)
    finally:
        fates.delete_one({"_id": f"acme/{event}"})


STORIES: Final[dict[str, Story]] = {
    **{reason: a_mistake(reason) for reason in BY_REASON},
    "partner_disabled": a_referral("away"),
    "event_not_yours": not_its_event,
    "synthetic_only": a_referral("learner"),
    "synthetic_differs": made_up_among_real,
    "scheme_unknown": a_referral("acme", scheme_id="no-such-scheme"),
    "scheme_not_yours": a_referral("acme", scheme_id="somerset"),
    "scheme_closed": a_referral("corpus", scheme_id="central-west-midlands"),
    "route_not_taken": a_referral("acme", source_code="M5"),
    "area_ambiguous": at("2011-05-05T10:00:00Z", scheme_id="central-west-midlands"),
    "person_not_expected": a_referral("corpus", scheme_id="small-business-support", source_code="D1"),
    "id_reused": reused,
    "already_recorded": recorded_twice,
    "already_superseded": corrected_twice,
    "already_withdrawn": after(entry_withdrawn, entry_withdrawn),
    "target_mismatch": withdrawn_as_another,
    "referral_withdrawn": after(entry_withdrawn, permission),
    "referral_exists": after(lambda made: referral_made(made.subject)),
    "erased": erased,
    "too_many_waiting": too_many_waiting,
    "too_many_events": too_many_events,
    "discarded": discarded,
    "unauthorised": lambda whole: raw(whole, b"GET /events/x HTTP/1.1\r\nhost: door\r\n\r\n"),
    "unknown": request(method="GET", path=f"/events/{new_id()}"),
    "compressed": request("content-type: application/json", "content-encoding: gzip"),
    "batch_invalid": request(f"content-type: {BATCH}", body=b"{}"),
    "request_invalid": lambda whole: raw(whole, b"what is this?\r\n\r\n"),
    "header_repeated": request("content-type: application/json", "content-type: application/json"),
    "head_too_large": request(f"x-own: {'x' * 20_000}"),
    "path_unknown": request(method="GET", path="/nowhere"),
    "method_unknown": request(method="DELETE"),
    "too_many_requests": too_much_at_once,
    "fault": a_fault_of_ours,
    "unavailable": too_many_connections,
}


@pytest.fixture(scope="module")
def half_a_body(whole: Whole) -> Iterator[socket.socket]:
    """A request of which half comes: begun first and read last, as the door waits for ten seconds."""
    with connected(whole) as line:
        line.sendall(head(whole, "content-type: application/json", "content-length: 100", partner="other") + b"{")
        yield line


def test_every_reason_has_a_story() -> None:
    assert {*STORIES, "too_slow"} == REASONS.keys()


@pytest.mark.usefixtures("half_a_body")
@pytest.mark.parametrize("code", STORIES)
def test_a_reason_is_provoked_from_outside(whole: Whole, code: str) -> None:
    said = STORIES[code](whole)
    assert said["reason"] == code
    assert REASONS[code].comes_with(said["field"])
    assert said["expected"]


def test_a_body_that_does_not_come_is_too_slow(half_a_body: socket.socket) -> None:
    said = answer_on(half_a_body)
    assert (said["reason"], said["field"]) == ("too_slow", "value")
