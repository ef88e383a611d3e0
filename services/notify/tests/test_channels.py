"""Each channel against a real receiver on loopback: what arrives, and what is said when nobody takes it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook
from support.receivers import MailReceiver, WebhookReceiver

from notify_service.channels.channel import Undelivered
from notify_service.channels.file import FileChannel
from notify_service.channels.smtp import SmtpChannel
from notify_service.channels.webhook import WebhookChannel
from notify_service.domain import Cell, Notice
from notify_service.settings import Address, NotifySettings

SECRET = "whsec_Zmljb25hbC1zZWNyZXQtb2YtYS10ZXN0LW9ubHkh"
NOTICE = Notice(
    id="0190a0b0-0000-7000-8000-0000000000aa",
    cell=Cell("referring_gp", "outcome", "outcome"),
    not_before=date(2025, 3, 3),
    scheme_id="james-wigg",
    organisation="F83023",
    synthetic=False,
    data={"referral_id": "0190a0b0-0000-7000-8000-000000000001", "kind": "entered_work", "on": "2025-03-20"},
)


def _settings(**given: Any) -> NotifySettings:
    return NotifySettings(kafka_url="unused:1", mongo_url="mongodb://unused:1", notify_attempt_seconds=1, **given)


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    return file


async def test_a_webhook_is_signed_so_that_the_receiver_can_verify_it(secret_file: Path) -> None:
    channel = WebhookChannel(_settings())
    async with WebhookReceiver() as receiver:
        address = Address(channel="webhook", address=receiver.url, secret_file=secret_file)
        await channel.send(NOTICE, address)
    await channel.close()

    (request,) = receiver.requests
    said = Webhook(SECRET).verify(request.body, request.headers)
    assert said == {
        "type": "outcome",
        "data": {"referral_id": NOTICE.data["referral_id"], "kind": "entered_work", "on": "2025-03-20"},
    }
    assert request.headers["webhook-id"] == NOTICE.id
    assert request.headers["content-type"] == "application/json"


async def test_a_webhook_sent_again_has_the_same_id_and_a_signature_of_its_own_time(secret_file: Path) -> None:
    channel = WebhookChannel(_settings())
    async with WebhookReceiver() as receiver:
        address = Address(channel="webhook", address=receiver.url, secret_file=secret_file)
        for _ in range(2):
            await channel.send(NOTICE, address)
    await channel.close()

    assert [request.headers["webhook-id"] for request in receiver.requests] == [NOTICE.id, NOTICE.id]
    assert receiver.requests[0].body == receiver.requests[1].body


@pytest.mark.parametrize(("answer", "reason"), [(500, "http_500"), (404, "http_404"), (302, "http_302")])
async def test_only_2xx_is_a_delivery(secret_file: Path, answer: int, reason: str) -> None:
    channel = WebhookChannel(_settings())
    async with WebhookReceiver(answers=[answer]) as receiver:
        address = Address(channel="webhook", address=receiver.url, secret_file=secret_file)
        with pytest.raises(Undelivered) as undelivered:
            await channel.send(NOTICE, address)
    await channel.close()

    assert undelivered.value.reason == reason
    assert len(receiver.requests) == 1


async def test_a_webhook_that_never_answers_is_given_up(secret_file: Path) -> None:
    channel = WebhookChannel(_settings())
    async with WebhookReceiver(silent=True) as receiver:
        address = Address(channel="webhook", address=receiver.url, secret_file=secret_file)
        with pytest.raises(Undelivered) as undelivered:
            await channel.send(NOTICE, address)
        await channel.close()

    assert undelivered.value.reason == "timeout"


async def test_a_webhook_where_nobody_listens_is_undelivered(secret_file: Path) -> None:
    channel = WebhookChannel(_settings())
    address = Address(channel="webhook", address="http://127.0.0.1:9/", secret_file=secret_file)
    with pytest.raises(Undelivered) as undelivered:
        await channel.send(NOTICE, address)
    await channel.close()

    assert undelivered.value.reason == "connection"


async def test_a_mail_says_what_may_be_told_and_keeps_it_out_of_the_subject() -> None:
    async with MailReceiver() as receiver:
        channel = SmtpChannel(_settings(smtp_host="127.0.0.1", smtp_port=receiver.port, smtp_security="none"))
        await channel.send(NOTICE, Address(channel="smtp", address="practice@example.invalid"))

    (mail,) = receiver.mails
    assert mail["To"] == "practice@example.invalid"
    assert mail["Subject"] == "Referral 0190a0b0-0000-7000-8000-000000000001"
    assert mail["Message-ID"] == "<0190a0b0-0000-7000-8000-0000000000aa@footing.invalid>"
    assert mail.get_content().splitlines() == [
        "Outcome",
        "referral_id: 0190a0b0-0000-7000-8000-000000000001",
        "kind: entered_work",
        "on: 2025-03-20",
    ]


async def test_a_mailbox_that_is_refused_is_undelivered() -> None:
    async with MailReceiver(refuses=550) as receiver:
        channel = SmtpChannel(_settings(smtp_host="127.0.0.1", smtp_port=receiver.port, smtp_security="none"))
        with pytest.raises(Undelivered) as undelivered:
            await channel.send(NOTICE, Address(channel="smtp", address="nobody@example.invalid"))

    assert undelivered.value.reason == "smtp_550"
    assert receiver.mails == []


async def test_a_mail_server_that_is_away_is_undelivered() -> None:
    channel = SmtpChannel(_settings(smtp_host="127.0.0.1", smtp_port=9, smtp_security="none"))
    with pytest.raises(Undelivered) as undelivered:
        await channel.send(NOTICE, Address(channel="smtp", address="practice@example.invalid"))

    assert undelivered.value.reason == "connection"


async def test_the_file_channel_writes_one_line_a_message_and_one_file_a_recipient(tmp_path: Path) -> None:
    channel = FileChannel(_settings(notify_folder=tmp_path / "told"))
    for _ in range(2):
        await channel.send(NOTICE, Address(channel="file"))

    (file,) = (tmp_path / "told").iterdir()
    assert file.name == "referring_gp-F83023.jsonl"
    assert [json.loads(line) for line in file.read_text().splitlines()] == 2 * [
        {"id": NOTICE.id, "type": "outcome", "data": dict(NOTICE.data)}
    ]


async def test_a_folder_that_cannot_be_written_is_undelivered(tmp_path: Path) -> None:
    (tmp_path / "told").write_text("a file where the folder should be")
    channel = FileChannel(_settings(notify_folder=tmp_path / "told"))
    with pytest.raises(Undelivered):
        await channel.send(NOTICE, Address(channel="file"))
