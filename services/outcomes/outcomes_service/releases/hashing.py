"""The hash of a release: of exactly what it says, so that anybody who has its JSON can work it out again."""

import hashlib
import json
from typing import Any, Final

import msgspec

from outcomes_service.releases.model import Release

# What happens to a release, and is not part of what it says.
OUTSIDE: Final = frozenset(
    {"status", "drafted_at", "content_hash", "published_at", "withdrawn_at", "withdrawn_because"}
)


def content_of(release: Release) -> dict[str, Any]:
    """What the release says, as plain values of JSON."""
    said: dict[str, Any] = msgspec.to_builtins(release)
    return {name: value for name, value in said.items() if name not in OUTSIDE}


def content_hash(release: Release) -> str:
    """SHA-256 over the canonical JSON: names sorted, no spaces, UTF-8, each number as short as it can be said."""
    return hash_of(content_of(release))


def hash_of(content: dict[str, Any]) -> str:
    """The same over what `content_of` gives, or what the JSON of a release says without the names in `OUTSIDE`."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
