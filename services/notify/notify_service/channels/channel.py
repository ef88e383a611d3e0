"""What every channel is."""

from typing import Protocol

from notify_service.domain import Notice
from notify_service.settings import Address


class Undelivered(Exception):  # noqa: N818  an answer of the world, not a fault of ours
    """The recipient did not take the message; `reason` is a short code and holds nothing that was sent or answered."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Channel(Protocol):
    """Delivers under the notice's own id, so that whoever gets it twice can tell."""

    async def send(self, notice: Notice, address: Address) -> None:
        """Deliver once. Raises `Undelivered`."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
