"""Where the board listens and who comes in; Kafka and MongoDB as for every service."""

from pydantic import Field

from servicekit.settings import ServiceSettings


class BoardSettings(ServiceSettings):
    """The settings of the board."""

    http_port: int = Field(default=8105, ge=0, le=65535)
    mongo_timeout_seconds: float = Field(default=3, gt=0, description="a page waits no longer for MongoDB")
    canary: bool = Field(default=False, description="register the partner by which the canary flies, if there is none")
    live_without_sign_in: bool = Field(
        default=False, description="let everybody in: only where all is made up, and on loopback"
    )
