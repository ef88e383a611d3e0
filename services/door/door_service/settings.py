"""What the door is told at start."""

from pydantic import Field

from servicekit.settings import ServiceSettings


class DoorSettings(ServiceSettings):
    """Settings of the door. Its bounds are the contract's, not settings."""

    http_port: int = Field(default=8100, ge=0, le=65535)
    outcomes_url: str = Field(default="http://127.0.0.1:8103", description="where what events are counted in is asked")
    connectivity_seconds: float = Field(default=900, gt=0, description="how often partners hear that the way is open")
