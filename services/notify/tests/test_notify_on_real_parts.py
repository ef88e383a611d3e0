"""A real process tells real receivers: each at its own pace, nobody twice without the same id, nobody who may not."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from support.real_parts import UniqueNames
from support.receivers import WebhookReceiver
from support.told import erasure_requested, permission_withdrawn, referral_made
from support.world import World, made

from servicekit.days import to_milliseconds

SECRET = "whsec_Zmljb25hbC1zZWNyZXQtb2YtYS10ZXN0LW9ubHkh"
Receivers = dict[str, WebhookReceiver]


@pytest.fixture(scope="module")
async def receivers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Receivers]:
    """Webhooks that a service started from now on may reach: each of a scheme of its own, one of the referring GP."""
    folder = tmp_path_factory.mktemp("recipients")
    (folder / "secret").write_text(SECRET)
    found = {
        "hanging": WebhookReceiver(silent=True),
        "taking": WebhookReceiver(),
        "flaky": WebhookReceiver(answers=[500, 503, 204]),
        "referring_gp": WebhookReceiver(answers=[500]),
        "erased": WebhookReceiver(answers=[500]),
        "rebuilt": WebhookReceiver(),
    }
    async with AsyncExitStack() as ends:
        environment = ends.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("NOTIFY_RECIPIENTS", str(folder / "recipients.yaml"))
        environment.setenv("NOTIFY_POLL_SECONDS", "0.05")
        environment.setenv("NOTIFY_ATTEMPT_SECONDS", "5")
        environment.setenv("NOTIFY_FIRST_PAUSE_SECONDS", "0.1")
        environment.setenv("NOTIFY_LONGEST_PAUSE_SECONDS", "0.2")
        lines = ["recipients:"]
        for key, receiver in found.items():
            await ends.enter_async_context(receiver)
            whom = f"recipient: {key}" if key == "referring_gp" else f"scheme: {key}"
            reached = f"channel: webhook, secret_file: {folder / 'secret'}"
            lines.append(f"  - {{{whom}, address: '{receiver.url}', {reached}}}")
        (folder / "recipients.yaml").write_text("\n".join(lines) + "\n")
        yield found


@pytest.fixture(scope="module")
async def running(
    kafka_url: str,
    mongo_url: str,
    receivers: Receivers,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[World]:
    """A world where the service runs, for the tests of this file that do not end it."""
    names, logs = UniqueNames(f"t{uuid.uuid4().hex[:10]}"), tmp_path_factory.mktemp("notify")
    async with made(kafka_url, mongo_url, names, logs, frozenset({"james-wigg"})) as world, world.running("notify"):
        yield world


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: UniqueNames, tmp_path: Path) -> AsyncIterator[World]:
    """A world for a test that runs the service itself."""
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"james-wigg"})) as world:
        yield world


def _now(event: Any, **said: Any) -> Any:
    """The event, accepted just now."""
    now = to_milliseconds(datetime.now(UTC))  # as a gate writes it: other tests read the topic too
    return replace(event, time=now, accepted_at=now, **said)


def _referral(scheme: str, **said: Any) -> Any:
    return _now(referral_made(referral_id=str(uuid.uuid4()), scheme_id=scheme, scheme_area=scheme, **said))


def _about(referral: Any, event: Any) -> Any:
    return _now(event, subject=referral.subject, data=event.data.model_copy(update={"referral_id": referral.subject}))


async def test_a_rebuild_from_the_log_tells_nobody_again(world: World, receivers: Receivers) -> None:
    """The first test of this file: what the others share would speak for this one too."""
    async with world.running("notify"):
        first = _referral("rebuilt")
        await world.announce(first)
        await world.until(lambda: _row(world, state="sent", referral_id=first.subject))
    await world.client.drop_database(world.database("notify").name)
    async with world.running("notify"):
        await world.until(lambda: _row(world, state="before_start", referral_id=first.subject))
        again = _referral("rebuilt")
        await world.announce(again)
        await world.until(lambda: _row(world, state="sent", referral_id=again.subject))

    assert len(receivers["rebuilt"].requests) == 2


async def test_a_recipient_that_hangs_delays_only_itself(running: World, receivers: Receivers) -> None:
    hangs, takes = receivers["hanging"], receivers["taking"]
    slow = [_referral("hanging") for _ in range(3)]
    quick = [_referral("taking") for _ in range(20)]
    for referral in (*slow, *quick):
        await running.announce(referral)
    await running.until(lambda: _count(hangs, 1))
    await running.until(lambda: _count(takes, 20))
    assert len(hangs.requests) == 1  # its first attempt is still open

    said = [Webhook(SECRET).verify(request.body, request.headers) for request in takes.requests]
    assert {message["data"]["referral_id"] for message in said} == {referral.subject for referral in quick}


async def test_what_was_not_taken_is_sent_again_under_the_same_id(running: World, receivers: Receivers) -> None:
    receiver, referral = receivers["flaky"], _referral("flaky")
    await running.announce(referral)
    row = await running.until(lambda: _row(running, state="sent", referral_id=referral.subject))

    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len(receiver.requests) == 3
    assert (row["attempts"], row["reason"]) == (3, "http_503")


async def test_a_withdrawn_permission_cancels_what_was_not_told_yet(running: World, receivers: Receivers) -> None:
    receiver = receivers["referring_gp"]
    referral = _referral("james-wigg", permissions=[("referring_gp", "receipt")])
    await running.announce(referral)
    await running.until(lambda: _count(receiver, 1))
    day = datetime.now(UTC).date().isoformat()
    await running.announce(_about(referral, permission_withdrawn("referring_gp", "receipt", day, 2)))
    await running.until(lambda: _row(running, recipient="referring_gp", state="cancelled"))
    receiver.answers = [204]
    attempts = len(receiver.requests)
    await running.announce(_referral("james-wigg", permissions=[("referring_gp", "receipt")]))
    await running.until(lambda: _row(running, recipient="referring_gp", state="sent"))

    bodies = [request.body.decode() for request in receiver.requests[attempts:]]
    assert len(bodies) == 1
    assert referral.subject not in bodies[0]


async def test_an_erasure_clears_what_was_told_and_what_was_to_be_told(running: World, receivers: Receivers) -> None:
    receiver, referral = receivers["erased"], _referral("erased")
    await running.announce(referral)
    await running.until(lambda: _count(receiver, 1))
    await running.announce(_about(referral, erasure_requested()))
    row = await running.until(lambda: _row(running, state="erased"))
    document = await running.database("notify")["referrals"].find_one({"_id": referral.subject})

    assert referral.subject not in str(row)
    assert document is not None
    assert set(document) == {"_id", "version", "erased_at"}


async def _count(receiver: WebhookReceiver, count: int) -> bool:
    return len(receiver.requests) >= count


async def _row(world: World, **fields: Any) -> dict[str, Any] | None:
    return await world.database("notify")["notifications"].find_one(fields)
