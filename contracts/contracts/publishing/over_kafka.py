"""The way in through Kafka. Needs aiokafka: `footing-contracts[kafka]`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from contracts import receipt
from contracts.envelope import Event, Record
from contracts.publishing.fates import Fate, NoAnswer, NotTaken, latest, of_receipt
from contracts.publishing.publisher import ANSWER_SECONDS, Publisher
from contracts.receipt import Receipt
from contracts.topics import RECEIPT_PARTITIONS, receipts

_READ_AT_ONCE_MS: Final = 200


class KafkaPublisher(Publisher):
    """Writes to the partner's inbox topics and reads its topic of receipts, from where it stands when this is opened.

    `options` (security, certificates, passwords) go to both clients of aiokafka.
    """

    def __init__(
        self,
        kafka_url: str,
        *,
        partner: str,
        system: str | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        **options: Any,
    ) -> None:
        super().__init__(partner, system=system, answer_seconds=answer_seconds)
        self._options = {"bootstrap_servers": kafka_url, **options}
        self._waiting: dict[str, asyncio.Future[Receipt]] = {}

    async def fate_of(self, event: Event[Any]) -> Fate | None:
        """What all receipts say of the event. Reads the whole topic: ask seldom."""
        try:
            async with asyncio.timeout(self._answer_seconds), self._reading(from_the_end=False) as consumer:
                return latest([said async for said in _until_the_end(consumer) if _is_about(said, event)])
        except (KafkaError, OSError) as error:
            raise NoAnswer(event, f"the receipts cannot be read ({type(error).__name__})") from None

    async def send(self, event: Event[Any], record: Record) -> Fate:
        """Write the record to its topic and wait for the first receipt of its id."""
        taken = False
        answered = self._waiting.setdefault(event.id, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(self._answer_seconds):
                await self._hand_over(event, record)
                taken = True
                either: list[asyncio.Future[Any]] = [answered, self._reader]
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            if not taken:
                raise NotTaken(event, "Kafka took nothing in time") from None
            raise NoAnswer(event, "it is in the inbox, and no gate has answered yet") from None
        finally:
            self._waiting.pop(event.id, None)
        if not answered.done():
            raise NoAnswer(event, "the receipts cannot be read any more")
        fate = of_receipt(answered.result())
        if fate.fate != "duplicate":
            return fate
        return await self.fate_of(event) or fate  # it was taken before, and its fate was told then

    async def _hand_over(self, event: Event[Any], record: Record) -> None:
        headers = list(record.headers)
        try:
            await self._producer.send_and_wait(record.topic, record.value, key=record.key, headers=headers)
        except KafkaError as error:
            raise NotTaken(event, f"Kafka took nothing ({type(error).__name__})") from None

    async def _open(self) -> None:
        async with AsyncExitStack() as ends:
            # Not idempotent: a repeat is known by its id, and an error leaves the producer as good as it was.
            self._producer = AIOKafkaProducer(**self._options, acks="all")
            ends.push_async_callback(self._producer.stop)
            try:
                await self._producer.start()
            except KafkaError as error:
                raise ConnectionError(f"Kafka does not answer ({type(error).__name__})") from None
            consumer = await ends.enter_async_context(self._reading(from_the_end=True))
            self._reader = asyncio.create_task(self._read(consumer), name="receipts")
            self._ends = ends.pop_all()

    async def _close(self) -> None:
        while not self._reader.done():  # a driver can miss a cancellation
            self._reader.cancel()
            await asyncio.wait({self._reader}, timeout=1.0)
        await self._ends.aclose()

    @asynccontextmanager
    async def _reading(self, *, from_the_end: bool) -> AsyncIterator[AIOKafkaConsumer]:
        """A reader of the partner's receipts that stands where it is to begin. Raises `ConnectionError`."""
        consumer = AIOKafkaConsumer(**self._options, enable_auto_commit=False)
        topic = receipts(self.partner)
        try:
            await consumer.start()
            partitions = [TopicPartition(topic, number) for number in range(RECEIPT_PARTITIONS)]
            consumer.assign(partitions)
            seek = consumer.seek_to_end if from_the_end else consumer.seek_to_beginning
            if not await seek(*partitions):
                raise ConnectionError(f"{topic} cannot be read")
            yield consumer
        finally:
            await consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            said = receipt.read(await consumer.getone())
            answered = self._waiting.get(said.event_id or "") if said else None
            if said and answered and not answered.done() and said.fate != "received":
                answered.set_result(said)


async def _until_the_end(consumer: AIOKafkaConsumer) -> AsyncIterator[Receipt]:
    """All receipts up to where the topic ends now."""
    left = {place: end for place, end in (await consumer.end_offsets(consumer.assignment())).items() if end}
    while left:
        for records in (await consumer.getmany(timeout_ms=_READ_AT_ONCE_MS)).values():
            for record in records:
                if said := receipt.read(record):
                    yield said
        left = {place: end for place, end in left.items() if await consumer.position(place) < end}


def _is_about(said: Receipt, event: Event[Any]) -> bool:
    return (said.event_id, said.type) == (event.id, event.type)
