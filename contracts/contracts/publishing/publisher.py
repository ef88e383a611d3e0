"""The one interface of both ways in. `over_http.HttpPublisher` and `over_kafka.KafkaPublisher` are what is opened."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

from contracts import codec
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Payload, Record
from contracts.ids import new_id
from contracts.publishing.fates import Fate
from contracts.topics import EVENT_TYPES, inbox

_TYPES: Final = {kind.payload: kind.name for kind in EVENT_TYPES.values()}
ANSWER_SECONDS: Final = 30.0


class Publisher(ABC):
    """Publishes the events of one partner. Open it with `async with`; events may be published at the same time.

    `system` names one of several systems of the partner. `answer_seconds` is how long one event may take.
    """

    def __init__(self, partner: str, *, system: str | None = None, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.partner = partner
        self._source = f"urn:footing:partner:{partner}" + (f":{system}" if system else "")
        self._answer_seconds = answer_seconds

    def event(self, data: Payload, *, id: str | None = None, time: datetime | None = None) -> Event[Any]:
        """The event around a payload, under a new id. `time`: when it happened; unless given, now.

        A session's time is when it started. What voids an event is made by `withdrawal`.
        """
        return self._event(data, data.subject(), id, time)

    def withdrawal(self, voided: Event[Any], reason: str) -> Event[Any]:
        """The event that voids one that was published, whatever it was about."""
        said = {
            "referral_id": getattr(voided.data, "referral_id", None),
            "synthetic": voided.data.synthetic,
            "withdraws": {"type": voided.type, "id": voided.id},
            "reason": reason,
        }
        return self._event(EntryWithdrawn.model_validate(said), voided.subject, None, None)

    async def publish(self, said: Payload | Event[Any]) -> Fate:
        """Publish and wait for the gate's answer: a payload under a new id, an event under its own.

        Publish the same *event* again to send it again: under its id it counts once. `waiting` and `parked` are
        answers too, not the last ones. Raises `PublishError`.
        """
        event = said if isinstance(said, Event) else self.event(said)
        record = codec.encode(event)
        return await self.send(event, record._replace(topic=inbox(self.partner, record.topic)))

    @abstractmethod
    async def fate_of(self, event: Event[Any]) -> Fate | None:
        """What became of an event, by whatever way it came; None if nobody knows it. Raises `PublishError`."""

    @abstractmethod
    async def send(self, event: Event[Any], record: Record) -> Fate:
        """Send the record of an event as it stands, right or wrong, and wait for the answer. Raises `PublishError`.

        What is handed over is tried again for as long as there is time.
        """

    @abstractmethod
    async def _open(self) -> None: ...

    @abstractmethod
    async def _close(self) -> None: ...

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self._close()

    def _event(self, data: Payload, subject: str | None, id: str | None, time: datetime | None) -> Event[Any]:
        if subject is None:
            raise ValueError("the payload does not name what it is about: use withdrawal()")
        return Event(
            id=id or new_id(),
            type=_TYPES[type(data)],
            source=self._source,
            partner=self.partner,
            subject=subject,
            time=data.happened_at() or time or datetime.now(UTC),
            data=data,
        )
