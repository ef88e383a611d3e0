"""A real process tells real receivers: each at its own pace, nobody twice without the same id, nobody who may not."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from support.receivers import WebhookReceiver
from support.told import erasure_requested, permission_withdrawn, referral_made
from support.world import World, made

from servicekit.days import to_milliseconds

SECRET = "whsec_Zmljb25hbC1zZWNyZXQtb2YtYS10ZXN0LW9ubHkh"


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: Any, tmp_path: Path) -> AsyncIterator[World]:
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"james-wigg"})) as world:
        yield world


@pytest.fixture
def recipients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the service reach these webhooks, by scheme or recipient."""
    (tmp_path / "secret").write_text(SECRET)
    file = tmp_path / "recipients.yaml"
    monkeypatch.setenv("NOTIFY_RECIPIENTS", str(file))
    monkeypatch.setenv("NOTIFY_POLL_SECONDS", "0.05")
    monkeypatch.setenv("NOTIFY_ATTEMPT_SECONDS", "5")
    monkeypatch.setenv("NOTIFY_FIRST_PAUSE_SECONDS", "0.1")
    monkeypatch.setenv("NOTIFY_LONGEST_PAUSE_SECONDS", "0.2")

    def written(**urls: str) -> None:
        reached = f"channel: webhook, secret_file: {tmp_path / 'secret'}"
        whom = {key: f"recipient: {key}" if key == "referring_gp" else f"scheme: {key}" for key in urls}
        lines = [f"  - {{{whom[key]}, address: '{url}', {reached}}}" for key, url in urls.items()]
        file.write_text("\n".join(["recipients:", *lines]) + "\n")

    return written


def _now(event: Any, **said: Any) -> Any:
    """The event, accepted just now."""
    now = to_milliseconds(datetime.now(UTC))  # as a gate writes it: other tests read the topic too
    return replace(event, time=now, accepted_at=now, **said)


def _referral(scheme: str, **said: Any) -> Any:
    return _now(referral_made(referral_id=str(uuid.uuid4()), scheme_id=scheme, scheme_area=scheme, **said))


def _about(referral: Any, event: Any) -> Any:
    return _now(event, subject=referral.subject, data=event.data.model_copy(update={"referral_id": referral.subject}))


async def test_a_recipient_that_hangs_delays_only_itself(world: World, recipients: Any) -> None:
    async with WebhookReceiver(silent=True) as hangs, WebhookReceiver() as takes:
        recipients(hanging=hangs.url, taking=takes.url)
        async with world.running("notify"):
            slow = [_referral("hanging") for _ in range(3)]
            quick = [_referral("taking") for _ in range(20)]
            for referral in (*slow, *quick):
                await world.announce(referral)
            await world.until(lambda: _count(hangs, 1))
            await world.until(lambda: _count(takes, 20))
            assert len(hangs.requests) == 1  # its first attempt is still open

    said = [Webhook(SECRET).verify(request.body, request.headers) for request in takes.requests]
    assert {message["data"]["referral_id"] for message in said} == {referral.subject for referral in quick}


async def test_what_was_not_taken_is_sent_again_under_the_same_id(world: World, recipients: Any) -> None:
    async with WebhookReceiver(answers=[500, 503, 204]) as receiver:
        recipients(flaky=receiver.url)
        async with world.running("notify"):
            await world.announce(_referral("flaky"))
            row = await world.until(lambda: _row(world, state="sent"))

    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len(receiver.requests) == 3
    assert (row["attempts"], row["reason"]) == (3, "http_503")


async def test_a_withdrawn_permission_cancels_what_was_not_told_yet(world: World, recipients: Any) -> None:
    async with WebhookReceiver(answers=[500]) as receiver:
        recipients(referring_gp=receiver.url)
        async with world.running("notify"):
            referral = _referral("james-wigg", permissions=[("referring_gp", "receipt")])
            await world.announce(referral)
            await world.until(lambda: _count(receiver, 1))
            day = datetime.now(UTC).date().isoformat()
            await world.announce(_about(referral, permission_withdrawn("referring_gp", "receipt", day, 2)))
            await world.until(lambda: _row(world, recipient="referring_gp", state="cancelled"))
            receiver.answers = [204]
            attempts = len(receiver.requests)
            await world.announce(_referral("james-wigg", permissions=[("referring_gp", "receipt")]))
            await world.until(lambda: _row(world, recipient="referring_gp", state="sent"))

    bodies = [request.body.decode() for request in receiver.requests[attempts:]]
    assert len(bodies) == 1
    assert referral.subject not in bodies[0]


async def test_an_erasure_clears_what_was_told_and_what_was_to_be_told(world: World, recipients: Any) -> None:
    async with WebhookReceiver(answers=[500]) as receiver:
        recipients(erased=receiver.url)
        async with world.running("notify"):
            referral = _referral("erased")
            await world.announce(referral)
            await world.until(lambda: _count(receiver, 1))
            await world.announce(_about(referral, erasure_requested()))
            row = await world.until(lambda: _row(world, state="erased"))
            document = await world.database("notify")["referrals"].find_one({"_id": referral.subject})

    assert referral.subject not in str(row)
    assert document is not None
    assert set(document) == {"_id", "version", "erased_at"}


async def test_a_rebuild_from_the_log_tells_nobody_again(world: World, recipients: Any) -> None:
    async with WebhookReceiver() as receiver:
        recipients(rebuilt=receiver.url)
        async with world.running("notify"):
            await world.announce(_referral("rebuilt"))
            await world.until(lambda: _row(world, state="sent"))
        await world.client.drop_database(world.database("notify").name)
        async with world.running("notify"):
            await world.until(lambda: _row(world, state="before_start"))
            again = _referral("rebuilt")
            await world.announce(again)
            await world.until(lambda: _row(world, state="sent", referral_id=again.subject))

    assert len(receiver.requests) == 2


async def _count(receiver: WebhookReceiver, count: int) -> bool:
    return len(receiver.requests) >= count


async def _row(world: World, **fields: Any) -> dict[str, Any] | None:
    return await world.database("notify")["notifications"].find_one(fields)
