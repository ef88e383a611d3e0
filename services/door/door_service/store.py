"""Where the door's things are kept: the registry of partners, the inboxes, the fates of events."""

import hmac
import time
from collections import OrderedDict
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import pymongo
from fastapi import Request
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from contracts.envelope import Problem, Record
from contracts.topics import RECEIPT_DAYS
from door_service import heads
from door_service.domain import Declined, Fates, Said, Taken, unavailable, with_receipt
from door_service.doorstep import Doorstep
from door_service.limits import Limits
from servicekit.days import to_milliseconds
from servicekit.documents import from_stored
from servicekit.outgoing import TRACEPARENT, receipt
from servicekit.partners import Partner, token_hash
from servicekit.publisher import Publisher
from servicekit.reading import Item
from servicekit.running import Running

T = TypeVar("T")
FATES: Final = "fates"
_MOST_RECENT: Final = 20_000  # some seconds' worth at full speed: a receipt comes round in tens of milliseconds
_DAY_SECONDS: Final = 86_400
_ANSWER_SECONDS: Final = 5.0  # somebody waits for it
_LOOK_AGAIN_SECONDS: Final = 1.0  # how often an unknown token may make us read the registry


async def prepare(database: AsyncDatabase[dict[str, Any]]) -> None:
    """Fates go when the receipts go that they were made of; the story of a referral is found by its id."""
    await database[FATES].create_index("last_at", expireAfterSeconds=RECEIPT_DAYS * _DAY_SECONDS)
    await database[FATES].create_index("said.referral_id", sparse=True)


class Door:
    """What the routes share: who may come in, where events go, what became of them."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.step = Doorstep()
        self.publisher: Publisher | None = None
        self._recent: OrderedDict[str, Said] = OrderedDict()
        self._looked_at = 0.0

    async def come_in(self, running: Running, request: Request) -> Partner:
        """Who asks, if the head of the request is sound and the partner may ask more now. Raises `Declined`."""
        heads.check(request)
        partner = await self.partner(running, request)
        self.limits.take(partner)
        return partner

    async def partner(self, running: Running, request: Request) -> Partner:
        """Who asks, by the bearer token. Raises `Declined`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() == "bearer" and token:
            partner = running.partners.by_token(token)
            if partner is None and time.monotonic() - self._looked_at > _LOOK_AGAIN_SECONDS:
                self._looked_at = time.monotonic()
                await _there(running.partners.refresh([""]))  # a partner who was registered a moment ago
                partner = running.partners.by_token(token)
            if partner is not None and hmac.compare_digest(partner.token_hash, token_hash(token)):
                return partner
        raise Declined(401, Problem("unauthorised", "authorization", "Bearer <token of the partner>"))

    async def take(self, running: Running, partner: Partner, taken: list[Taken]) -> list[bool]:
        """Write events to the inbox, then to the partner that we have them; True for each of which both is done."""
        if self.publisher is None:
            self.publisher = Publisher(running.kafka)
        with running.metrics.kafka_call("publish") as call:
            placed = await self._placed(running, self.publisher, taken)
            call.failed = None in placed
        now = to_milliseconds(datetime.now(UTC))
        there = zip(taken, placed, strict=True)
        told = [_received(record, partner, each, now) for each, record in there if record is not None]
        said = iter(await self.publisher.publish(told))
        done = [record is not None and next(said) is not None for record in placed]
        for each, record, is_done in zip(taken, placed, done, strict=True):
            if record is not None and is_done:
                said_now = Said(each.event.type, "received", now, record.place, each.event.subject)
                self._remember(f"{partner.name}/{each.event.id}", said_now)
        return done

    async def _placed(self, running: Running, publisher: Publisher, taken: list[Taken]) -> list[Record | None]:
        """Write events to the inbox, each with the step of the trace that this is, where anything is traced."""
        if running.tracing is None:
            return await publisher.publish([each.record for each in taken])
        sending = running.tracing.of_door((each.event, each.record) for each in taken)
        placed = await publisher.publish(sending.records)
        sending.ends(placed)
        return placed

    async def close(self) -> None:
        """Let go of Kafka."""
        await self.step.close()
        if self.publisher is not None:
            await self.publisher.close()

    async def fates(self, running: Running, partner: Partner, event_id: str) -> Fates:
        """All receipts of a partner's event id; none: nobody, or another partner, published it."""
        key = f"{partner.name}/{event_id}"
        stored = await _there(running.database[FATES].find_one({"_id": key}))
        fates = from_stored(Fates, stored) if stored else Fates(id=key)
        recent = self._recent.get(key)
        return fates if fates.said or recent is None else with_receipt(fates, recent)

    def _remember(self, key: str, said: Said) -> None:
        """Keep what is answered 202 now until its receipt has come round."""
        self._recent[key] = said
        while len(self._recent) > _MOST_RECENT:
            self._recent.popitem(last=False)


async def _there(question: Awaitable[T]) -> T:
    """The database's answer. Raises `Declined` while it is away."""
    try:
        with pymongo.timeout(_ANSWER_SECONDS):
            return await question
    except PyMongoError:
        raise unavailable() from None


def _received(record: Record, partner: Partner, taken: Taken, now: datetime) -> Record:
    """The receipt that says that the door has it, in the partition where the gate's will stand after it."""
    trace = dict(record.headers).get(TRACEPARENT) if len(record.headers) > len(taken.record.headers) else None
    said = receipt(Item(record, partner.name, taken.event), "received", None, now, trace)
    return Record(said.topic, said.partition, -1, said.key, said.value, said.headers)
