"""Who of the staff somebody is: by what they present, then by a session for as long as that lasts.

Of tokens and sessions only hashes are kept, in the registry's database, so that every service sees the same staff.
"""

import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import msgspec

from servicekit.collections import create_index
from servicekit.partners import token_hash

STAFF: Final = "staff"
SESSIONS: Final = "staff_sessions"
LONGEST_SESSION: Final = timedelta(hours=10)  # a working day: who comes back tomorrow signs in again
NAME_PATTERN: Final = r"[a-z][a-z0-9-]{1,39}"
_TOKEN: Final = re.compile(rf"fst_({NAME_PATTERN})_[A-Za-z0-9_-]{{43}}")
_SESSION: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SECRET_BYTES: Final = 32
_NOBODYS: Final = token_hash("")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One of the staff. `schemes` are those whose figures they may see; None: all.
    `operator`: whether they may look after the installation, on the operators' board.

    `stamp` changes whenever what proves who they are does: sessions that began before are then over.
    """

    name: str
    schemes: frozenset[str] | None = None
    operator: bool = False
    stamp: str = ""

    def sees(self, scheme_id: str) -> bool:
        """Whether they may see this scheme."""
        return self.schemes is None or scheme_id in self.schemes


class SignIn(Protocol):
    """How it is known who somebody is. An identity provider takes the place of our tokens by these two questions."""

    async def by_credential(self, credential: str) -> Member | None:
        """Who proves by this who they are; None: nobody."""

    async def by_name(self, name: str) -> Member | None:
        """Who is of the staff under this name now; None: nobody, or nobody any more."""


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A member as `footing staff` keeps them. The token itself is shown once and never stored."""

    name: str = msgspec.field(name="_id")
    token_hash: str
    schemes: frozenset[str] | None = None
    operator: bool = False
    disabled: bool = False
    added_at: datetime

    @property
    def member(self) -> Member | None:
        """Who that is; nobody once disabled."""
        if self.disabled:
            return None
        return Member(name=self.name, schemes=self.schemes, operator=self.operator, stamp=self.token_hash)


def new_token(name: str) -> str:
    """A token. It says whose it is, so that one that is found somewhere can be told to its owner."""
    return f"fst_{name}_{secrets.token_urlsafe(_SECRET_BYTES)}"


class Tokens:
    """Sign-in by a token of `footing staff`, whose `collection` this is."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection

    async def by_credential(self, credential: str) -> Member | None:
        """Whose token this is. The comparison takes as long for any token, and for a name that nobody has."""
        shape = _TOKEN.fullmatch(credential)
        stored = await self._stored(shape[1]) if shape else None
        kept = stored.token_hash if stored else _NOBODYS
        is_theirs = hmac.compare_digest(kept, token_hash(credential))
        return stored.member if stored and is_theirs else None

    async def by_name(self, name: str) -> Member | None:
        """Who is registered under this name, unless disabled."""
        stored = await self._stored(name)
        return stored.member if stored else None

    async def _stored(self, name: str) -> Registered | None:
        found: Mapping[str, Any] | None = await self._collection.find_one({"_id": name})
        return msgspec.convert(found, Registered) if found else None


class Sessions:
    """Who is signed in: `collection` holds a document a session, under the hash of what its cookie says."""

    def __init__(self, collection: Any, sign_in: SignIn) -> None:
        self._collection, self._sign_in = collection, sign_in

    async def begin(self, member: Member, now: datetime) -> str:
        """Sign in; what the cookie is to say. Always a new session, so that nobody can be given one of another's."""
        said = secrets.token_urlsafe(_SECRET_BYTES)
        session = {
            "_id": token_hash(said),
            "name": member.name,
            "stamp": member.stamp,
            "ends_at": now + LONGEST_SESSION,
        }
        await self._collection.insert_one(session)
        return said

    async def who(self, said: str, now: datetime) -> Member | None:
        """Whose session the cookie names: looked up by its hash, so the time it takes tells nothing of it."""
        found = await self._collection.find_one({"_id": token_hash(said)}) if _SESSION.fullmatch(said) else None
        if found is None or found["ends_at"] <= now:
            return None
        member = await self._sign_in.by_name(found["name"])
        return member if member and member.stamp == found["stamp"] else None

    async def end(self, said: str) -> None:
        """Sign out."""
        await self._collection.delete_one({"_id": token_hash(said)})


async def prepare(registry: Any) -> None:
    """MongoDB deletes sessions that are over (`registry` is the registry's database)."""
    await create_index(registry[SESSIONS], "ends_at", expireAfterSeconds=0)
