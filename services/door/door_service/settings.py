"""What the door is told at start."""

from pydantic import Field

from servicekit.settings import ServiceSettings


class DoorSettings(ServiceSettings):
    """Settings of the door. Its bounds are the contract's, not settings."""

    http_port: int = Field(default=8100, ge=0, le=65535)
