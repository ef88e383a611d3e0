"""Where the service listens; everything else is what every service has."""

from pathlib import Path

from pydantic import Field

from servicekit.settings import ServiceSettings


class OutcomesSettings(ServiceSettings):
    """The settings of the outcomes service."""

    http_port: int = Field(default=8103, ge=0, le=65535)
    referral_url: str = Field(default="http://127.0.0.1:8101", description="where its gate's backlog is asked")
    case_url: str = Field(default="http://127.0.0.1:8102", description="where its gate's backlog is asked")
    live_without_sign_in: bool = Field(
        default=False, description="answer /api to whoever asks: only where all is made up, and on loopback"
    )
    releases_every_seconds: float = Field(
        default=3600, gt=0, description="how often it is looked whether published releases say what was known"
    )
    door_token_file: Path | None = Field(
        default=None, description="holds the secret by which the door asks what an event is counted in"
    )
