"""The load driver: partners' clients outside our code. What is acknowledged to it is written down before it counts."""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from random import Random
from typing import Any, Final

import httpx
from confluent_kafka import Message, Producer
from support.outsider import Said

from recovery.courses import Stream
from recovery.ledger import Acknowledged, AcknowledgementLedger

ACCEPTED: Final = ("accepted", "duplicate")  # a record of an event that counts once: it was the first, or it was not
_PATIENCE_SECONDS: Final = 90.0
_THROUGH_THE_DOOR: Final = 0.1
_AT_THE_DOOR_SECONDS: Final = 10.0


class Driver:
    """Clients of all partners. `door` says where the door is now."""

    def __init__(
        self, kafka_url: str, door: Callable[[], str], tokens: Mapping[str, str], ledger: AcknowledgementLedger
    ) -> None:
        self._kafka_url, self._door, self._tokens, self.ledger = kafka_url, door, tokens, ledger
        self._http = httpx.Client(timeout=5)
        self._producers: dict[tuple[str, ...], Producer] = {}
        self._acknowledged: queue.SimpleQueue[Acknowledged] = queue.SimpleQueue()
        self.complaints: list[str] = []

    # -- by Kafka -------------------------------------------------------------------------------------------

    def say(
        self, *events: Said, expect: Sequence[str] = ACCEPTED, once: bool = True, **settings: str
    ) -> list[Acknowledged]:
        """Write events to the inboxes, in order, and wait until Kafka has them. Gives where each stands.

        `expect`: what a record may end as; `once`: one record of the event is to be accepted, this or another.
        `settings` are librdkafka's, with `_` for the dot.
        """
        placed: list[Acknowledged] = []
        producer = self._producer(settings)
        for said in events:
            self._send(producer, said, tuple(expect), once, placed.append)
        assert producer.flush(_PATIENCE_SECONDS) == 0, "Kafka did not take it"
        self.write_down()
        assert len(placed) == len(events), "Kafka did not take all of it"
        return placed

    def begin(self, said: Said) -> None:
        """Write one event without waiting; `write_down` notes what was acknowledged meanwhile."""
        producer = self._producer({})
        self._send(producer, said, ACCEPTED, True, lambda _: None)
        producer.poll(0)

    def write_down(self) -> None:
        """Note what was acknowledged."""
        for producer in list(self._producers.values()):
            producer.poll(0)
        acknowledged = []
        while not self._acknowledged.empty():
            acknowledged.append(self._acknowledged.get())
        self.ledger.add(acknowledged)

    def flush(self) -> None:
        """Wait until Kafka has everything, and note it."""
        for producer in list(self._producers.values()):
            assert producer.flush(_PATIENCE_SECONDS) == 0, "Kafka did not take it"
        self.write_down()

    def close(self) -> None:
        """Close the clients."""
        self.flush()
        self._http.close()

    def _producer(self, settings: Mapping[str, str]) -> Producer:
        key = tuple(f"{name}={value}" for name, value in sorted(settings.items()))
        if key not in self._producers:
            more = {name.replace("_", "."): value for name, value in settings.items()}
            self._producers[key] = Producer(
                {
                    "bootstrap.servers": self._kafka_url,
                    "enable.idempotence": True,
                    "linger.ms": 2,
                    "log_level": 0,
                    **more,
                }
            )
        return self._producers[key]

    def _send(
        self, producer: Producer, said: Said, fates: tuple[str, ...], once: bool, told: Callable[[Acknowledged], None]
    ) -> None:
        def delivered(error: Any, message: Message) -> None:
            if error is not None:
                self.complaints.append(f"Kafka did not take an event: {error.code()}")
                return
            place = (message.topic() or "", message.partition() or 0, message.offset() or 0)
            acknowledged = Acknowledged(said.partner, said.event, said.id, said.subject, fates, once, *place)
            self._acknowledged.put(acknowledged)
            told(acknowledged)

        record = said.record()
        while True:
            try:
                producer.produce(**record, on_delivery=delivered)
            except BufferError:
                producer.poll(0.1)
            else:
                return

    # -- through the door -----------------------------------------------------------------------------------

    def post(self, said: Said, seconds: float = _PATIENCE_SECONDS) -> bool:
        """Bring an event through the door, again and again until it answers 202; only that counts."""
        headers = {f"ce-{name}": text for name, text in said.attributes().items()}
        headers["authorization"] = f"Bearer {self._tokens[said.partner]}"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                answer = self._http.post(f"{self._door()}/events", json=said.data, headers=headers)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 202:
                self.ledger.add([Acknowledged(said.partner, said.event, said.id, said.subject, ACCEPTED, True)])
                return True
            if answer.status_code < 500:
                self.complaints.append(f"the door answered {answer.status_code} to a good {said.event}")
                return False
            time.sleep(0.05)
        return False


class Load:
    """A steady stream of events in the background, most by Kafka, some through the door."""

    def __init__(self, driver: Driver, chance: Random, rate: float, *, recent: bool) -> None:
        self._driver, self._chance, self._rate, self._recent = driver, chance, rate, recent
        self._stopping = threading.Event()
        self._doorstep: queue.Queue[Said | None] = queue.Queue(50)
        self._ends = ExitStack()
        self.said = 0
        self.last: list[Said] = []  # what was said lately, for rows that say it again

    def __enter__(self) -> "Load":
        for work in (self._publish, self._post):
            thread = threading.Thread(target=work, name="load", daemon=True)
            thread.start()
            self._ends.callback(thread.join)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._ends.close()
        self._driver.flush()

    def _publish(self) -> None:
        """Say so many a second; in the end the rest of each course that was begun, so that nothing waits for ever."""
        events, begun, told = Stream(self._chance, recent=self._recent), time.monotonic(), 0
        while True:
            self._one(events.next())
            told += 1
            if self._stopping.is_set():
                break
            if (ahead := begun + told / self._rate - time.monotonic()) > 0:
                self._driver.write_down()
                time.sleep(min(ahead, 0.5))
        for said in events.rest():
            self._one(said)
        self._doorstep.put(None)
        self._driver.write_down()

    def _one(self, said: Said) -> None:
        self.said += 1
        self.last = [*self.last[-499:], said]
        if self._chance.random() < _THROUGH_THE_DOOR and not self._doorstep.full():
            self._doorstep.put(said)
        else:
            self._driver.begin(said)

    def _post(self) -> None:
        while (said := self._doorstep.get()) is not None:
            if not self._driver.post(said, _AT_THE_DOOR_SECONDS):
                self._driver.begin(said)  # as a partner would who has both
