"""How the publisher meets a door that is busy, away, or says no. The door is scripted: no real one is busy on demand.

It imitates answers only, not what the door does with an event; `tests/test_publishers.py` publishes to a real one.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from contracts import exemplars
from contracts.publishing.fates import NoAnswer, NotAllowed, NotTaken
from contracts.publishing.over_http import HttpPublisher

SESSION = exemplars.session_held()
Answer = httpx.Response | Exception


class Door:
    """Answers as scripted, the last answer for ever, and keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def publisher(self, **more: Any) -> HttpPublisher:
        transport = httpx.MockTransport(self)
        return HttpPublisher("http://door", partner="acme", token="t", transport=transport, **more)


def busy(status: int, seconds: str) -> httpx.Response:
    return httpx.Response(status, headers={"retry-after": seconds}, json={"code": "unavailable"})


def told(fate: str, **more: str) -> httpx.Response:
    return httpx.Response(200, json={"event_id": exemplars.EVENT, "fate": fate, "at": "2026-03-02T09:30:00Z", **more})


TAKEN = httpx.Response(202, json={"fate": "received"})


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The pauses that were asked for; nobody really waits."""
    asked: list[float] = []
    real: Callable[[float], Any] = asyncio.sleep

    async def sleep(seconds: float) -> None:
        asked.append(seconds)
        await real(0)

    monkeypatch.setattr("contracts.publishing.over_http.asyncio.sleep", sleep)
    yield asked


async def test_it_comes_again_when_the_door_says_so_with_the_same_event(pauses: list[float]) -> None:
    door = Door(busy(429, "7"), busy(503, "5"), httpx.ConnectError("away"), TAKEN, told("received"), told("accepted"))
    async with door.publisher() as publisher:
        fate = await publisher.publish(SESSION)
    posts = [request for request in door.asked if request.method == "POST"]
    assert (fate.fate, fate.is_final) == ("accepted", True)
    assert pauses[:2] == [7.0, 5.0]
    assert len(pauses) == 4
    assert len({request.headers["ce-id"] for request in posts}) == 1
    assert len({request.content for request in posts}) == 1
    assert len(posts) == 4


async def test_an_event_in_binary_mode_says_all_of_its_envelope(pauses: list[float]) -> None:
    door = Door(TAKEN, told("waiting"))
    async with door.publisher(system="clinic-7") as publisher:
        event = publisher.event(SESSION)
        fate = await publisher.publish(event)
    headers = door.asked[0].headers
    assert (fate.fate, fate.is_final) == ("waiting", False)
    assert headers["authorization"] == "Bearer t"
    assert headers["ce-source"] == "urn:footing:partner:acme:clinic-7"
    assert headers["ce-type"] == "footing.session-held.v1"
    assert headers["ce-time"] == "2026-03-02T09:30:00Z"
    assert headers["ce-subject"] == SESSION.referral_id
    assert json.loads(door.asked[0].content)["session_id"] == SESSION.session_id
    assert str(door.asked[1].url) == f"http://door/events/{event.id}?type=footing.session-held.v1"


async def test_a_refusal_by_the_door_is_the_fate(pauses: list[float]) -> None:
    problem = {"code": "field_missing", "field": "data.minutes", "expected": "this field", "status": 422}
    async with Door(httpx.Response(422, json=problem)).publisher() as publisher:
        fate = await publisher.publish(SESSION)
    assert (fate.fate, fate.reason, fate.field, fate.expected) == (
        "refused", "field_missing", "data.minutes", "this field",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([httpx.Response(401, json={"code": "unauthorised"})], NotAllowed),
        ([httpx.Response(500, text="broken")], NotTaken),
        ([httpx.Response(404, text="another server")], NotTaken),
        ([busy(503, "0")], NotTaken),
        ([httpx.ConnectError("away")], NotTaken),
        ([TAKEN, told("received")], NoAnswer),
        ([TAKEN, busy(503, "0")], NoAnswer),
    ],
)
async def test_what_is_not_known_is_an_error_that_holds_the_event_to_send_again(
    answers: list[Answer], error: type[NotTaken | NoAnswer | NotAllowed]
) -> None:
    async with Door(*answers).publisher(answer_seconds=0.3) as publisher:
        event = publisher.event(SESSION)
        with pytest.raises(error) as failed:
            await publisher.publish(event)
    assert failed.value.event == event
    assert SESSION.adviser_token not in str(failed.value)


async def test_an_event_that_nobody_knows_has_no_fate() -> None:
    async with Door(httpx.Response(404, json={"code": "unknown"})).publisher() as publisher:
        assert await publisher.fate_of(publisher.event(SESSION)) is None


async def test_a_withdrawal_names_what_it_voids_and_is_about_the_same() -> None:
    publisher = Door(TAKEN).publisher()
    counted = publisher.event(exemplars.fit_notes_counted())
    voided = publisher.withdrawal(counted, "entered_in_error")
    assert (voided.subject, voided.data.withdraws.id) == ("ods:F83023", counted.id)
    assert publisher.withdrawal(publisher.event(SESSION), "wrong_referral").subject == SESSION.referral_id
