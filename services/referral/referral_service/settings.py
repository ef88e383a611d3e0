"""Where the service listens; everything else is what every service has."""

from pydantic import Field

from servicekit.settings import ServiceSettings


class ReferralSettings(ServiceSettings):
    """The settings of the referral service."""

    http_port: int = Field(default=8101, ge=0, le=65535)
