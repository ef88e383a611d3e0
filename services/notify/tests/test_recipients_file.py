"""The file of recipients: who is reached how, and what is said when it cannot be used."""

from pathlib import Path
from typing import Any

import pytest
from support.told import notices, referral_made

from notify_service.settings import NotifySettings, RecipientsWrong

FILE = """
recipients:
  - {recipient: provider, scheme: james-wigg, channel: webhook, address: http://provider.invalid/, secret_file: SECRET}
  - {recipient: provider, scheme: james-wigg, channel: file, address: trial, synthetic: only}
  - {recipient: referring_gp, organisation: F83023, channel: smtp, address: practice@example.invalid}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Any:
    """Settings whose file of recipients says the given text."""
    (tmp_path / "secret").write_text("whsec_Zm9vdGluZy1maWN0aW9uYWwtc2VjcmV0\n")

    def made(text: str, **given: Any) -> NotifySettings:
        file = tmp_path / "recipients.yaml"
        file.write_text(text.replace("SECRET", str(tmp_path / "secret")))
        return NotifySettings(kafka_url="unused:1", mongo_url="mongodb://unused:1", notify_recipients=file, **given)

    return made


def _addresses(settings: NotifySettings, **said: Any) -> dict[str, str | None]:
    recipients = settings.recipients()
    made = referral_made(permissions=[("referring_gp", "receipt"), ("jobcentre", "receipt")], **said)
    found = {notice.cell.recipient: recipients.address_of(notice) for notice in notices(made)}
    return {recipient: address and address.address for recipient, address in found.items()}


def test_the_first_line_that_fits_counts_and_who_is_not_named_is_told_nothing(settings: Any) -> None:
    assert _addresses(settings(FILE, smtp_host="mail.invalid")) == {
        "provider": "http://provider.invalid/",
        "referring_gp": "practice@example.invalid",
        "jobcentre": None,
    }


def test_a_practice_is_told_of_its_own_referrals_only(settings: Any) -> None:
    other = {"system": "ods", "code": "A81001"}
    found = _addresses(settings(FILE, smtp_host="mail.invalid"), referrer_organisation=other)
    assert found["referring_gp"] is None


def test_made_up_referrals_reach_no_real_address(settings: Any) -> None:
    assert _addresses(settings(FILE, smtp_host="mail.invalid"), synthetic=True) == {
        "provider": "trial",
        "referring_gp": None,
        "jobcentre": None,
    }


def test_without_a_file_everything_goes_to_files() -> None:
    settings = NotifySettings(kafka_url="unused:1", mongo_url="mongodb://unused:1")
    assert {address.channel for address in settings.recipients().recipients} == {"file"}
    assert _addresses(settings, synthetic=True) == {"provider": "", "referring_gp": "", "jobcentre": ""}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("recipients: [{channel: pigeon}]", "recipients.0.channel"),
        ("recipients: [{recipient: insurer, channel: file}]", "recipients.0.recipient"),
        ("recipients: [{channel: webhook, address: x}]", "needs a secret_file"),
        ("recipients: [{channel: webhook, address: x, secret: abc}]", "secret is given by secret_file"),
        ("recipients: [{channel: webhook, address: x, secret_file: /nowhere}]", "secret_file cannot be read"),
        ("recipients: [{channel: smtp, address: a@example.invalid}]", "set SMTP_HOST"),
        ("recipients: [{channel: smtp}]", "smtp needs an address"),
        ("recipients: [", "cannot be read"),
        ("people: []", "people"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_at_start(settings: Any, text: str, why: str) -> None:
    with pytest.raises(RecipientsWrong, match=why):
        settings(text).recipients()


def test_a_secret_is_never_shown(settings: Any) -> None:
    made = settings(FILE, smtp_host="mail.invalid")
    assert "Zm9vdGluZy" not in repr(made.recipients()) + str(made.told())
