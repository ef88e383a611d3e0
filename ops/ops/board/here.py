"""What pages of the board have in hand: `here(request)`."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from ops.audit import OPS_DATABASE
from ops.board.entrance import BoardEntrance
from ops.board.history import History
from ops.board.sampling import Sampler
from ops.board.settings import BoardSettings
from ops.standing.asking import Installation


@dataclass
class Here:
    """One installation and the board that looks at it. `settings` serve every function of `ops` that wants settings."""

    installation: Installation
    settings: BoardSettings
    client: AsyncMongoClient[dict[str, Any]]
    entrance: BoardEntrance = field(init=False)
    sampler: Sampler = field(init=False)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.sampler = sampler = Sampler(self.installation, self.settings, self.client, History(self.operators))
        self.entrance = BoardEntrance(
            live_without_sign_in=self.settings.live_without_sign_in,
            is_away=lambda: sampler.newest.mongodb_since is not None,
        )

    @property
    def registry(self) -> AsyncCollection[dict[str, Any]]:
        """The registry of partners; in its database are the staff and who is signed in."""
        return self.sampler.registry

    @property
    def operators(self) -> AsyncDatabase[dict[str, Any]]:
        """The operators' own database: the audit log, and the history that the board keeps."""
        return self.client[self.settings.database_prefix + OPS_DATABASE]

    def database_of(self, service: str) -> AsyncDatabase[dict[str, Any]]:
        """The database of a service."""
        return self.client[self.settings.database_prefix + service]


def here(request: Request) -> Here:
    """What the board has in hand."""
    found: Here = request.app.state.running
    return found
