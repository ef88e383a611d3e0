"""Tokens and sessions of staff, on a real MongoDB."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from pymongo import AsyncMongoClient

from servicekit import signing_in
from servicekit.partners import token_hash
from servicekit.signing_in import SESSIONS, STAFF, Registered, Sessions, Tokens, new_token

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANN, BOB = new_token("ann"), new_token("bob")


@pytest.fixture
async def registry(mongo_url: str, unique_names: Any) -> AsyncIterator[Any]:
    """A registry with two members: Ann sees all, Bob one scheme."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url, tz_aware=True)
    database = client[f"{unique_names.prefix}_registry"]
    await signing_in.prepare(database)
    for token, name, schemes in ((ANN, "ann", None), (BOB, "bob", frozenset({"leicester"}))):
        kept = Registered(name=name, token_hash=token_hash(token), schemes=schemes, added_at=NOW)
        await database[STAFF].insert_one(msgspec.to_builtins(kept, builtin_types=(datetime,)))
    yield database
    await client.drop_database(database.name)
    await client.close()


async def test_a_token_says_who_somebody_is_and_what_they_may_see(registry: Any) -> None:
    tokens = Tokens(registry[STAFF])
    ann, bob = await tokens.by_credential(ANN), await tokens.by_credential(BOB)
    assert ann is not None
    assert bob is not None
    assert (ann.name, ann.sees("leicester"), ann.sees("gateshead")) == ("ann", True, True)
    assert (bob.name, bob.sees("leicester"), bob.sees("gateshead")) == ("bob", True, False)


@pytest.mark.parametrize(
    "wrong",
    ["", "ann", ANN[:-1], ANN.replace("ann", "bob"), new_token("ann"), new_token("nobody"), f"{ANN}\n"],
    ids=["nothing", "a name", "all but the end", "another's name", "never given", "nobody's", "and a line's end"],
)
async def test_whatever_else_is_shown_is_nobodys(registry: Any, wrong: str) -> None:
    assert await Tokens(registry[STAFF]).by_credential(wrong) is None


async def test_neither_token_nor_cookie_stands_anywhere(registry: Any) -> None:
    tokens = Tokens(registry[STAFF])
    sessions = Sessions(registry[SESSIONS], tokens)
    ann = await tokens.by_credential(ANN)
    assert ann is not None
    cookie = await sessions.begin(ann, NOW)
    stored = [entry for name in (STAFF, SESSIONS) async for entry in registry[name].find()]
    assert len(stored) == 3
    assert ANN.removeprefix("fst_ann_") not in str(stored)
    assert cookie not in str(stored)


async def test_a_session_lasts_ten_hours_or_until_it_is_ended(registry: Any) -> None:
    tokens = Tokens(registry[STAFF])
    sessions = Sessions(registry[SESSIONS], tokens)
    ann = await tokens.by_credential(ANN)
    assert ann is not None
    cookie = await sessions.begin(ann, NOW)
    assert await sessions.who(cookie, NOW + timedelta(hours=9, minutes=59)) == ann
    assert await sessions.who(cookie, NOW + timedelta(hours=10)) is None
    await sessions.end(cookie)
    assert await sessions.who(cookie, NOW) is None


@pytest.mark.parametrize("change", [{"disabled": True}, {"token_hash": token_hash(new_token("ann"))}])
async def test_who_is_disabled_or_has_a_new_token_is_signed_in_no_more(registry: Any, change: dict[str, Any]) -> None:
    tokens = Tokens(registry[STAFF])
    sessions = Sessions(registry[SESSIONS], tokens)
    ann = await tokens.by_credential(ANN)
    assert ann is not None
    cookie = await sessions.begin(ann, NOW)
    await registry[STAFF].update_one({"_id": "ann"}, {"$set": change})
    assert await sessions.who(cookie, NOW) is None
    assert await tokens.by_credential(ANN) is None
