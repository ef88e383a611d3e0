"""The registry of partners: which publishing systems there are, and what each may say. `footing partner` keeps it."""

import asyncio
import hashlib
import time
from collections.abc import Iterable
from typing import Any, Final

import msgspec

REGISTRY_DATABASE: Final = "registry"  # after the database prefix
_FRESH_SECONDS: Final = 5.0  # a change of the registry is in force after so long at the latest


class Partner(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One publishing system. `number` is its part of every identity and never changes.

    `events` are names such as `session-held`. `token_hash` is the SHA-256 (hex) of its token at the door; the
    token itself is shown once and never stored. `events_a_second` is what it may send to one door; 0: as others.
    `expects`: how many minutes of working time may pass without an event (0: any number); see `quiet.py`.
    """

    name: str = msgspec.field(name="_id")
    number: int
    schemes: frozenset[str]
    events: frozenset[str]
    token_hash: str = ""
    testing: bool = False
    disabled: bool = False
    events_a_second: float = 0
    expects: dict[str, int] = msgspec.field(default_factory=dict)


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class Partners:
    """A snapshot of the registry, read again when it is old or somebody unknown speaks."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection
        self._by_name: dict[str, Partner] = {}
        self._by_hash: dict[str, Partner] = {}
        self._read_at = float("-inf")
        self._lock = asyncio.Lock()

    def by_name(self, name: str) -> Partner | None:
        """The partner of this name, if registered."""
        return self._by_name.get(name)

    @property
    def names(self) -> frozenset[str]:
        """Everybody who is registered."""
        return frozenset(self._by_name)

    def by_token(self, token: str) -> Partner | None:
        """The partner whose token this is. Looked up by its hash, so the time it takes tells nothing of it."""
        return self._by_hash.get(token_hash(token))

    async def refresh(self, names: Iterable[str] = ()) -> None:
        """Read the registry again if the snapshot is old or lacks one of `names`."""
        if self._is_fresh() and all(name in self._by_name for name in names):
            return
        async with self._lock:
            stored = [entry async for entry in self._collection.find()]
            partners = [msgspec.convert(entry, Partner) for entry in stored if "number" in entry]
            self._by_name = {partner.name: partner for partner in partners}
            self._by_hash = {partner.token_hash: partner for partner in partners if partner.token_hash}
            self._read_at = time.monotonic()

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._read_at < _FRESH_SECONDS
