"""What the notify service is told at start: connections, bounds, and who is reached by which channel."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from contracts import vocabulary as v
from notify_service.domain import Notice
from servicekit.settings import ServiceSettings


class RecipientsWrong(Exception):  # noqa: N818  says what is wrong, in the operators' words
    """The file of recipients cannot be used."""


class Address(BaseModel):
    """One line of the file of recipients: whom it is for, and how they are reached.

    `scheme` and `organisation` narrow it down. Made-up referrals are kept from real addresses unless it says so.
    `address` is a URL (webhook), a mailbox (smtp) or a file name (file; by default the recipient's name).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipient: v.Recipient | None = None
    scheme: str | None = None
    organisation: str | None = None
    synthetic: Literal["never", "also", "only"] = "never"
    channel: Literal["webhook", "smtp", "file"]
    address: str = ""
    secret_file: Path | None = None
    secret: SecretStr = Field(default=SecretStr(""), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _with_secret(cls, given: dict[str, object]) -> dict[str, object]:
        """Read the secret once, at start; a secret itself never stands in the file."""
        if "secret" in given:
            raise ValueError("a secret is given by secret_file")
        if not given.get("secret_file"):
            return given
        try:
            return {**given, "secret": Path(str(given["secret_file"])).read_text().strip()}
        except OSError as error:
            raise ValueError(f"secret_file cannot be read: {type(error).__name__}") from None

    @model_validator(mode="after")
    def _can_be_reached(self) -> "Address":
        if self.channel == "webhook" and not self.secret.get_secret_value():
            raise ValueError("a webhook needs a secret_file: what we send is signed")
        if self.channel != "file" and not self.address:
            raise ValueError(f"{self.channel} needs an address")
        return self

    def fits(self, notice: Notice) -> bool:
        """Whether this line is for the recipient of the notice."""
        return (
            self.recipient in (None, notice.cell.recipient)
            and self.scheme in (None, notice.scheme_id)
            and self.organisation in (None, notice.organisation)
            and self.synthetic != ("never" if notice.synthetic else "only")
        )


EVERYTHING_TO_FILES = Address(channel="file", synthetic="also")


class Recipients(BaseModel):
    """The lines of the file of recipients; the first that fits counts. Who is not in it is told nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipients: tuple[Address, ...] = (EVERYTHING_TO_FILES,)

    def address_of(self, notice: Notice) -> Address | None:
        """How the recipient of this notice is reached."""
        return next((address for address in self.recipients if address.fits(notice)), None)


class NotifySettings(ServiceSettings):
    """Settings of the notify service."""

    http_port: int = Field(default=8104, ge=0, le=65535)
    notify_recipients: Path | None = Field(default=None, description="YAML file of recipients")
    notify_folder: Path = Field(default=Path("build/notify"), description="where the file channel writes")
    notify_oldest_days: int = Field(default=30, ge=0, description="what is older when it could be told is not told")
    notify_give_up_days: float = Field(default=3, gt=0, description="how long one message is tried")
    notify_poll_seconds: float = Field(default=0.5, gt=0)
    notify_attempt_seconds: float = Field(default=10, gt=0, description="bound of one attempt")
    notify_first_pause_seconds: float = Field(default=1, gt=0, description="after a first failure; then doubled")
    notify_longest_pause_seconds: float = Field(default=3600, gt=0)

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_sender: str = "footing@localhost"
    smtp_username: str = ""
    smtp_password_file: Path | None = None

    def recipients(self) -> Recipients:
        """Who is reached how; without a file everything goes to files. Raises `RecipientsWrong`."""
        if self.notify_recipients is None:
            return Recipients()
        try:
            found = Recipients.model_validate(yaml.safe_load(self.notify_recipients.read_text()))
        except ValidationError as wrong:
            first = wrong.errors(include_input=False, include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise RecipientsWrong(f"{self.notify_recipients.name}: {place}: {first['msg']}") from None
        except (OSError, yaml.YAMLError) as wrong:
            raise RecipientsWrong(f"{self.notify_recipients} cannot be read: {type(wrong).__name__}") from None
        if not self.smtp_host and any(address.channel == "smtp" for address in found.recipients):
            raise RecipientsWrong(f"{self.notify_recipients.name} names mailboxes: set SMTP_HOST")
        return found
