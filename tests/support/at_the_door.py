"""A partner at the door: registered with a token, its events as each mode of HTTP says them."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import httpx

from contracts.envelope import Event
from servicekit.partners import token_hash
from support.events import session_held
from support.world import World

TOKEN: Final = "ftg_fictional-token-of-a-test"
JSON: Final = "application/json"
STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"


@asynccontextmanager
async def asking(world: World, token: str = TOKEN) -> AsyncIterator[httpx.AsyncClient]:
    """A door that runs until the block ends, and a client of the partner."""
    async with (
        world.running("door") as url,
        httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=30) as http,
    ):
        yield http


async def register(world: World, name: str, token: str, **fields: Any) -> None:
    """Register a partner, or change one."""
    known = {"number": 2, "schemes": [], "events": ["session-held"]} if name != world.partner else {}
    await world.database("registry")["partners"].update_one(
        {"_id": name}, {"$set": {**known, **fields, "token_hash": token_hash(token)}}, upsert=True
    )


def session(world: World, **said: Any) -> Event[Any]:
    """A session of a referral that nobody knows, under ids of its own."""
    referral = str(uuid.uuid4())
    event = session_held(1, partner=world.partner, referral_id=referral, synthetic=True, **said)
    return replace(event, id=str(uuid.uuid4()), subject=referral)


def headers(event: Event[Any]) -> dict[str, str]:
    """What stands in the headers in binary mode."""
    return {
        "content-type": JSON,
        "ce-specversion": "1.0",
        "ce-id": event.id,
        "ce-source": event.source,
        "ce-type": event.type,
        "ce-subject": event.subject,
        "ce-time": event.time.isoformat(),
    }


def body(event: Event[Any]) -> str:
    """What stands in the body in binary mode."""
    said: str = event.data.model_dump_json(exclude_none=True)
    return said


def structured(event: Event[Any]) -> dict[str, Any]:
    """What stands in the body in structured mode."""
    attributes = {name[3:]: value for name, value in headers(event).items() if name.startswith("ce-")}
    return {**attributes, "data": json.loads(body(event))}
