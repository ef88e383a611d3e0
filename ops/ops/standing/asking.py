"""Asks each service how it stands. Of one that does not answer, MongoDB and Kafka tell how far its loops are."""

import asyncio
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from ops.errors import Missing
from ops.localstack import Stack
from ops.services import SERVICES
from servicekit.behind import Behind
from servicekit.partners import REGISTRY_DATABASE, Partners
from servicekit.settings import ServiceSettings
from servicekit.standing import LoopStanding, Standing, look

ANSWER_SECONDS: Final = 5.0
_MONGO_SECONDS: Final = 3.0
_KAFKA_SECONDS: Final = 5.0
NOTHING: Final = Missing(
    "No stack is up, and neither KAFKA_URL and MONGO_URL nor the address of a service (CASE_URL, ...) is set.",
    "Start one with: footing up",
)


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the services of one installation are, by name, and its Kafka and MongoDB, as far as it is known."""

    name: str
    urls: Mapping[str, str]
    settings: ServiceSettings | None


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One service as it was found: what it said, or why not (`problem`). `loops` None: nothing is known of them.

    `url` None: nobody says where it is, so it was not asked.
    """

    installation: str
    service: str
    url: str | None
    problem: str | None = None
    standing: Standing | None = None
    loops: tuple[LoopStanding, ...] | None = None


def installations(stacks: Sequence[Stack], only: str = "") -> list[Installation]:
    """That which the environment names, and every stack of this machine; or one of them. Raises `Missing`."""
    found = {stack.name: _of_stack(stack) for stack in stacks}
    if (given := _given(found.values())) is not None:
        found[given.name] = given
    if only and only not in found:
        raise Missing(f"There is no stack {only}.", f"Start it with: footing up --name {only}")
    return [one for name, one in found.items() if only in ("", name)]


def named(stack: str, stacks: Sequence[Stack]) -> Installation:
    """That which the environment names, else the stack of this name. Raises `Missing`."""
    found = [_of_stack(one) for one in stacks]
    given = _given(found)
    chosen = given or next((one for one in found if one.name == stack), None)
    if chosen is None:
        raise NOTHING
    return chosen


def seen_in(asked: Iterable[Installation]) -> list[Seen]:
    """Every service of these installations that is known there. Blocks for some seconds where one does not answer."""

    async def all_of_them() -> list[list[Seen]]:
        return await asyncio.gather(*map(ask, asked))

    return [one for found in asyncio.run(all_of_them()) for one in found]


def _of_stack(stack: Stack) -> Installation:
    parts = {part.name: part.url for part in stack.known.parts}
    settings = _settings(parts["kafka"], parts["mongod"]) if {"kafka", "mongod"} <= parts.keys() else None
    return Installation(stack.name, _urls(stack.known.urls), settings)


def _given(stacks: Iterable[Installation]) -> Installation | None:
    """What the environment names; with the addresses of the stack whose parts these are, if it is one of ours."""
    kafka_url, mongo_url, urls = os.environ.get("KAFKA_URL"), os.environ.get("MONGO_URL"), _urls(os.environ)
    if not kafka_url or not mongo_url:
        return Installation("given", urls, None) if urls else None
    same = next((one for one in stacks if one.settings and one.settings.kafka_url == kafka_url), None)
    name, known = (same.name, same.urls) if same else ("given", {})
    return Installation(name, {**known, **urls}, _settings(kafka_url, mongo_url))


def _urls(said: Mapping[str, str]) -> dict[str, str]:
    """Addresses of services, by the names under which `footing env` prints them."""
    urls = {"outcomes": said.get("DASHBOARD_URL")} | {
        name: url for name in SERVICES if (url := said.get(f"{name.upper()}_URL"))
    }
    return {name: url.rstrip("/") for name, url in urls.items() if url}


def _settings(kafka_url: str, mongo_url: str) -> ServiceSettings:
    return ServiceSettings(kafka_url=kafka_url, mongo_url=mongo_url, http_port=0, mongo_timeout_seconds=_MONGO_SECONDS)


async def ask(of: Installation) -> list[Seen]:
    """Every service of an installation that is known there; some seconds where one does not answer."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # who does not answer is said in our own words
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http:
        answers = await asyncio.gather(*(answer_of(http, name, of.urls.get(name)) for name in SERVICES))
    said = dict(zip(SERVICES, answers, strict=True))
    silent = [name for name, answer in said.items() if not isinstance(answer, Standing)]
    known = await looked_up(of.settings, silent) if of.settings and silent else {}
    return [
        seen_as(of, name, answer, known.get(name))
        for name, answer in said.items()
        if of.urls or known.get(name)  # where no service is known, and none ever ran, there is nothing to say
    ]


def seen_as(of: Installation, name: str, answer: Standing | str | None, loops: tuple[LoopStanding, ...] | None) -> Seen:
    """A service as it answered, or why it did not; `loops` is what is known of it then."""
    url = of.urls.get(name)
    if isinstance(answer, Standing):
        loops = answer.loops if answer.at else None
        return Seen(installation=of.name, service=name, url=url, standing=answer, loops=loops)
    return Seen(installation=of.name, service=name, url=url, problem=answer, loops=loops)


async def answer_of(http: httpx.AsyncClient, name: str, url: str | None) -> Standing | str | None:
    """What it says, or why not; None: nobody says where it is."""
    if url is None:
        return None
    try:
        said = await http.get(f"{url}/api/standing")
        said.raise_for_status()
        standing = msgspec.json.decode(said.content, type=Standing)
    except httpx.HTTPStatusError as refused:
        return f"answers {refused.response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as away:
        return f"does not answer ({type(away).__name__})"
    except msgspec.DecodeError:
        return "answers otherwise: is it of another version?"
    return standing if standing.service == name else f"is not there: {standing.service} answers in its place"


async def looked_up(settings: ServiceSettings, names: Sequence[str]) -> dict[str, tuple[LoopStanding, ...]]:
    """How the loops of these services stand, as far as MongoDB and Kafka tell it."""
    found: dict[str, tuple[LoopStanding, ...]] = {}
    behind = Behind(settings.kafka_connection(), _KAFKA_SECONDS)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    partners = Partners(client[settings.database_prefix + REGISTRY_DATABASE]["partners"])
    try:
        for name in names:
            found[name] = await look(client[settings.database_prefix + name], behind, partners)
    except PyMongoError:
        return found  # what is not known is shown as not known
    finally:
        await behind.close()
        await client.close()
    return found
