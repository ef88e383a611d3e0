"""The registry of staff: who may see live figures, of which schemes, and what they looked at."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from ops.errors import Missing
from outcomes_service.reads import READS
from servicekit.partners import REGISTRY_DATABASE, token_hash
from servicekit.settings import ServiceSettings
from servicekit.signing_in import NAME_PATTERN, STAFF, Registered, new_token


class StaffRefused(Exception):  # noqa: N818  an answer, not a fault
    """The registry does not take this; the message says why in a sentence."""


class StaffRegistry:
    """The staff of one installation. `settings` say where MongoDB is and how to prove who we are. Its calls block."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings

    def add(self, name: str, schemes: Collection[str] | None = None, *, operator: bool = False) -> str:
        """Register somebody for these schemes (None: all), as an operator too or not; their token.

        Raises `StaffRefused`, `Missing`.
        """
        if not re.fullmatch(NAME_PATTERN, name):
            raise StaffRefused("A name is 2 to 40 lower-case letters, digits and dashes and begins with a letter.")
        token = new_token(name)
        member = Registered(
            name=name,
            token_hash=token_hash(token),
            schemes=None if schemes is None else frozenset(schemes),
            operator=operator,
            added_at=datetime.now(UTC),
        )
        with self._database(REGISTRY_DATABASE) as database:
            try:
                database[STAFF].insert_one(_stored(member))
            except DuplicateKeyError:
                raise StaffRefused(f"{name} is registered already. A new token: footing staff rotate {name}") from None
        return token

    def rotate(self, name: str) -> str:
        """A new token; the old one, and every session that began with it, is over."""
        token = new_token(name)
        self._change(name, token_hash=token_hash(token))
        return token

    def token_of(self, name: str) -> str:
        """A token of somebody who sees all schemes, registered if they are not yet."""
        try:
            return self.add(name)
        except StaffRefused:
            return self.rotate(name)

    def disable(self, name: str) -> None:
        """Let them in no more; their sessions are over."""
        self._change(name, disabled=True)

    def enable(self, name: str) -> None:
        """Let them in again."""
        self._change(name, disabled=False)

    def let_operate(self, name: str, operator: bool) -> None:
        """Let them look after the installation, or no more."""
        self._change(name, operator=operator)

    def find(self, name: str) -> Registered | None:
        """The member of this name, if there is one."""
        with self._database(REGISTRY_DATABASE) as database:
            entry = database[STAFF].find_one({"_id": name})
        return None if entry is None else msgspec.convert(entry, Registered)

    def all(self) -> list[Registered]:
        """Everybody, by name."""
        with self._database(REGISTRY_DATABASE) as database:
            return [msgspec.convert(entry, Registered) for entry in database[STAFF].find().sort("_id")]

    def reads(self, *, who: str | None, about: str | None, since: datetime | None, most: int) -> list[dict[str, Any]]:
        """What was looked at, the latest first: `about` is a scheme, referral or whatever else stands in a path."""
        wanted: dict[str, Any] = {}
        if who:
            wanted["who"] = who
        if since:
            wanted["at"] = {"$gte": since}
        if about:
            wanted["$or"] = [
                {"what": {"$regex": rf"(^|/){re.escape(about)}(/|$)"}},
                {"$expr": {"$in": [about, {"$map": {"input": {"$objectToArray": "$asked"}, "in": "$$this.v"}}]}},
            ]
        with self._database("outcomes") as database:
            found = database[READS].find(wanted, {"_id": 0}).sort("at", -1).limit(most)
            return list(found)

    def _change(self, name: str, **fields: Any) -> None:
        with self._database(REGISTRY_DATABASE) as database:
            if not database[STAFF].update_one({"_id": name}, {"$set": fields}).matched_count:
                raise StaffRefused(f"Nobody of the staff is called {name}.")

    @contextmanager
    def _database(self, name: str) -> Iterator[Database[dict[str, Any]]]:
        client: MongoClient[dict[str, Any]] = MongoClient(**self._settings.mongo_connection())
        try:
            yield client[self._settings.database_prefix + name]
        except PyMongoError as error:
            kind = type(error).__name__
            raise Missing(f"MongoDB did not do it: {kind}.", "Look at MONGO_URL, then try again.") from None
        finally:
            client.close()


def _stored(member: Registered) -> dict[str, Any]:
    stored: dict[str, Any] = msgspec.to_builtins(member, builtin_types=(datetime,))
    return {**stored, "schemes": None if member.schemes is None else sorted(member.schemes)}
