"""The registry of partners: who may publish what. A partner's topics exist before the partner is allowed in."""

import asyncio
import re
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from aiokafka.errors import KafkaError
from pymongo import MongoClient, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from contracts.topics import EVENT_TYPES, GATES, PARTNER_PATTERN, inbox, receipts
from ops.errors import Missing
from schemes import CANARY
from servicekit.partners import REGISTRY_DATABASE, Partner, token_hash
from servicekit.reading import OURSELVES
from servicekit.settings import ServiceSettings
from servicekit.topics import ensure_partner

EVENTS: Final = {kind.event: kind.topic for kind in EVENT_TYPES.values() if kind.topic in GATES}
"""What a partner may be registered for, and the topic of each; an entry withdrawn goes with what it voids."""

CANARYS: Final = ("referral-made", "session-held")
_TOKEN_BYTES: Final = 32


class PartnerRefused(Exception):  # noqa: N818  an answer, not a fault
    """The registry does not take this; the message says why in a sentence."""


@dataclass(frozen=True)
class Added:
    """A new partner, its token (never to be seen again) and the topics made for it."""

    partner: Partner
    token: str
    topics: tuple[str, ...]


class Registry:
    """The partners of one installation. `settings` say where Kafka and MongoDB are and how to prove who we are.

    Its calls block; a coroutine makes them by `asyncio.to_thread`.
    """

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings

    def add(self, name: str, *, schemes: Collection[str], events: Collection[str], testing: bool = False) -> Added:
        """Make the topics of a new partner, then register it. Raises `PartnerRefused`, `Missing`."""
        _check(name, events)
        with self._database() as database:
            if database.partners.find_one({"_id": name}):
                raise PartnerRefused(f"{name} is registered already. A new token: footing partner rotate {name}")
            topics = self._make_topics(name, events)
            token = _token()
            partner = Partner(
                name=name,
                number=_next_number(database),
                schemes=frozenset(schemes),
                events=frozenset(events),
                token_hash=token_hash(token),
                testing=testing,
            )
            try:
                database.partners.insert_one(_stored(partner))
            except DuplicateKeyError:
                raise PartnerRefused(f"{name} was registered by somebody else just now.") from None
        return Added(partner, token, topics)

    def rotate(self, name: str) -> str:
        """A new token; the old one is worth nothing from now on."""
        token = _token()
        self._change(name, token_hash=token_hash(token))
        return token

    def disable(self, name: str) -> None:
        """Take nothing more from this partner."""
        self._change(name, disabled=True)

    def enable(self, name: str) -> None:
        """Take from this partner again."""
        self._change(name, disabled=False)

    def limit(self, name: str, events_a_second: float) -> None:
        """Let it send so many events a second to each door; 0: as many as others."""
        self._change(name, events_a_second=events_a_second)

    def expect(self, name: str, event: str, minutes: int | None) -> None:
        """Let so many minutes of working time pass without this event (0: any number); None: what it is used to."""
        known = self.find(name)
        if known is not None and event not in known.events:
            raise PartnerRefused(f"{name} does not publish {event}. It publishes: {', '.join(sorted(known.events))}.")
        expects = {**(known.expects if known else {}), event: minutes}
        self._change(name, expects={kind: gap for kind, gap in expects.items() if gap is not None})

    def promote(self, name: str) -> None:
        """Take what is real too from a partner that was in testing. There is no way back, as what is real stays."""
        self._change(name, testing=False)

    def all(self) -> list[Partner]:
        """Every partner, by name."""
        with self._database() as database:
            return [msgspec.convert(entry, Partner) for entry in database.partners.find().sort("_id")]

    def find(self, name: str) -> Partner | None:
        """The partner of this name, if there is one."""
        with self._database() as database:
            entry = database.partners.find_one({"_id": name})
        return None if entry is None else msgspec.convert(entry, Partner)

    def _change(self, name: str, **fields: Any) -> None:
        with self._database() as database:
            if not database.partners.update_one({"_id": name}, {"$set": fields}).matched_count:
                raise PartnerRefused(f"There is no partner {name}.")

    def _make_topics(self, name: str, events: Collection[str]) -> tuple[str, ...]:
        inboxes = sorted({inbox(name, topic) for event in events if (topic := EVENTS[event])})
        try:
            asyncio.run(ensure_partner(self._settings.kafka_connection(), receipts(name), inboxes))
        except KafkaError as error:
            kind = type(error).__name__
            raise Missing(f"Kafka made no topics for {name}: {kind}.", "Look at KAFKA_URL, then try again.") from None
        return (*inboxes, receipts(name))

    @contextmanager
    def _database(self) -> Iterator[Database[dict[str, Any]]]:
        client: MongoClient[dict[str, Any]] = MongoClient(**self._settings.mongo_connection())
        try:
            yield client[self._settings.database_prefix + REGISTRY_DATABASE]
        except PyMongoError as error:
            kind = type(error).__name__
            raise Missing(f"MongoDB did not do it: {kind}.", "Look at MONGO_URL, then try again.") from None
        finally:
            client.close()


def _check(name: str, events: Collection[str]) -> None:
    if not re.fullmatch(PARTNER_PATTERN, name):
        raise PartnerRefused("A name is 2 to 40 lower-case letters, digits and dashes and begins with a letter.")
    if name == OURSELVES:
        raise PartnerRefused(f"{OURSELVES} is the name of our own services.")
    if not events:
        raise PartnerRefused(f"A partner publishes something: {', '.join(EVENTS)}.")
    if unknown := sorted(set(events) - EVENTS.keys()):
        raise PartnerRefused(f"No partner publishes {', '.join(unknown)}. There are: {', '.join(EVENTS)}.")


def _next_number(database: Database[dict[str, Any]]) -> int:
    """Numbers are never used twice, whatever becomes of a partner: they are part of every identity."""
    counter: dict[str, Any] | None = database.counters.find_one_and_update(
        {"_id": "partners"}, {"$inc": {"last": 1}}, upsert=True, return_document=ReturnDocument.AFTER
    )
    return int(counter["last"]) if counter else 1  # never None after an upsert; the driver's types do not know


def _token() -> str:
    return f"ftg_{secrets.token_urlsafe(_TOKEN_BYTES)}"


def _stored(partner: Partner) -> dict[str, Any]:
    stored: dict[str, Any] = msgspec.to_builtins(partner)
    return {**stored, "schemes": sorted(partner.schemes), "events": sorted(partner.events)}


def register_canary(settings: ServiceSettings) -> None:
    """Let the canary fly: the door sends it where a partner of its scheme is registered. Nobody is told its token."""
    with suppress(PartnerRefused):  # it is there
        Registry(settings).add(CANARY, schemes=[CANARY], events=CANARYS)
