"""A plain mail. The message id is the notice's, so that a mailbox shows a repeat as what it is."""

from email.message import EmailMessage

import aiosmtplib

from notify_service.channels.channel import Undelivered
from notify_service.domain import Notice
from notify_service.settings import Address, NotifySettings


class SmtpChannel:
    """One connection a mail: mails are few, and a server's limits on idle connections differ."""

    def __init__(self, settings: NotifySettings) -> None:
        self._settings = settings
        file = settings.smtp_password_file
        self._password = file.read_text().strip() if file else None

    async def send(self, notice: Notice, address: Address) -> None:
        """Send to the one mailbox of the address."""
        settings = self._settings
        try:
            await aiosmtplib.send(
                _mail(notice, settings.smtp_sender, address.address),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                start_tls=settings.smtp_security == "starttls",
                use_tls=settings.smtp_security == "tls",
                username=settings.smtp_username or None,
                password=self._password,
                timeout=settings.notify_attempt_seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise Undelivered(f"smtp_{refused.recipients[0].code}") from None
        except aiosmtplib.SMTPResponseException as answer:
            raise Undelivered(f"smtp_{answer.code}") from None
        except (aiosmtplib.SMTPException, OSError):
            raise Undelivered("connection") from None

    async def close(self) -> None:
        """Nothing stays open."""


def _mail(notice: Notice, sender: str, to: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, to
    mail["Subject"] = f"Referral {notice.data['referral_id']}"  # what happened stands inside: subjects are on screens
    mail["Message-ID"] = f"<{notice.id}@footing.invalid>"
    lines = [
        notice.cell.what.replace("_", " ").capitalize(),
        *(f"{name}: {told}" for name, told in notice.data.items()),
    ]
    mail.set_content("\n".join(lines) + "\n")
    return mail
