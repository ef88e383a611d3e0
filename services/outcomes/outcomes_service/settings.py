"""Where the service listens; everything else is what every service has."""

from pydantic import Field

from servicekit.settings import ServiceSettings


class OutcomesSettings(ServiceSettings):
    """The settings of the outcomes service."""

    http_port: int = Field(default=8103, ge=0, le=65535)
