"""What the door is told at start."""

from pathlib import Path

from pydantic import Field

from servicekit.settings import ServiceSettings


class DoorSettings(ServiceSettings):
    """Settings of the door. Bounds of a request are the contract's; how much a partner may send is a setting."""

    http_port: int = Field(default=8100, ge=0, le=65535)
    outcomes_url: str = Field(default="http://127.0.0.1:8103", description="where what events are counted in is asked")
    outcomes_token_file: Path | None = Field(
        default=None, description="holds the secret that the outcomes service asks for there (its DOOR_TOKEN_FILE)"
    )
    connectivity_seconds: float = Field(default=900, gt=0, description="how often partners hear that the way is open")
    canary_seconds: float = Field(
        default=900,
        gt=0,
        description="how often a canary is sent, where a partner of the scheme `canary` is registered",
    )
    partner_events_a_second: float = Field(
        default=1000, gt=0, description="what a partner may send to one door, unless its registration says otherwise"
    )
    partner_burst_seconds: float = Field(default=10, gt=0, description="how many seconds' worth it may send at once")
    fhir_key_file: Path | None = Field(
        default=None, description="holds the key of person tokens; without it the door takes no FHIR"
    )
