"""Where the service listens; everything else is what every service has."""

from pydantic import Field

from servicekit.settings import ServiceSettings


class CaseSettings(ServiceSettings):
    """The settings of the case service."""

    http_port: int = Field(default=8102, ge=0, le=65535)
