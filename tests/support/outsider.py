"""A partner as it is outside: librdkafka, plain JSON and HTTP. Nothing here uses what the project offers."""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
from confluent_kafka import Consumer, Producer, TopicPartition

PATIENCE_SECONDS: Final = 45.0
ON: Final = "2025-03-03T10:00:00Z"


def new_id() -> str:
    return str(uuid.uuid4())


def until(holds: Callable[[], Any]) -> Any:
    """Wait for the condition and give what it gave."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (answer := holds()):
        assert time.monotonic() < deadline, f"it did not come about within {PATIENCE_SECONDS:.0f} seconds"
        time.sleep(0.05)
    return answer


@dataclass(frozen=True)
class Said:
    """One event, or what becomes of it when it is spoilt, before it is bytes. `partition` None: librdkafka chooses."""

    event: str
    id: str
    subject: str
    data: Any
    time: str = ON
    partner: str = "acme"
    headers: Mapping[str, bytes | None] = field(default_factory=dict)
    key: bytes | None = b"subject"
    value: bytes | None = b"data"
    topic: str = ""
    partition: int | None = None

    def attributes(self) -> dict[str, str]:
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": f"urn:footing:partner:{self.partner}",
            "type": f"footing.{self.event}.v1",
            "subject": self.subject,
            "time": self.time,
        }

    def record(self) -> dict[str, Any]:
        """What librdkafka is given: the event in its partner's inbox, unless a topic of another is named."""
        written = {f"ce_{name}": text.encode() for name, text in self.attributes().items()}
        headers = {**written, "content-type": b"application/json", **self.headers}
        return {
            "topic": self.topic if "." in self.topic else f"inbox.{self.partner}.{self.topic or self.event}",
            "value": json.dumps(self.data).encode() if self.value == b"data" else self.value,
            "key": self.subject.encode() if self.key == b"subject" else self.key,
            "headers": [(name, text) for name, text in headers.items() if text is not None],
        } | ({} if self.partition is None else {"partition": self.partition})

    def with_data(self, **changes: Any) -> "Said":
        data = {**self.data, **changes}
        return replace(self, data={name: value for name, value in data.items() if value is not ...})

    def with_header(self, name: str, value: bytes | None) -> "Said":
        """Another value of a header; None leaves it out."""
        return replace(self, headers={**self.headers, name: value})


def referral_made(subject: str, **changes: Any) -> Said:
    data = {
        "referral_id": subject,
        "scheme_id": "bridgend",
        "person_token": f"fictional-person-{subject}",
        "source_code": "A1",
        "employment_status": "02",
        "sickness_absence": "8",
        "voluntary": True,
        "permissions": [],
    }
    return Said("referral-made", new_id(), subject, data).with_data(**changes)


def session_held(subject: str, *, at: str = "2025-03-10T10:00:00Z", **changes: Any) -> Said:
    data = {
        "referral_id": subject,
        "session_id": new_id(),
        "started_at": at,
        "minutes": 45,
        "mechanism": "01",
        "setting": "gp_practice",
        "delivered_by": "employment_adviser",
        "adviser_token": "fictional-adviser-of-tests",
        "attendance": 5,
        "interventions": ["cv"],
    }
    return Said("session-held", new_id(), subject, data, time=at).with_data(**changes)


def outcome_recorded(subject: str, **kind: Any) -> Said:
    data = {"referral_id": subject, "outcome_id": new_id(), **kind}
    return Said("outcome-recorded", new_id(), subject, data, time="2025-06-02T10:00:00Z")


def permission_given(subject: str) -> Said:
    data = {"referral_id": subject, "recipient": "referring_gp", "purpose": "progress", "on": "2025-03-04"}
    return Said("permission-given", new_id(), subject, data, topic="permissions")


def entry_withdrawn(voided: Said) -> Said:
    """What voids `voided`, on its topic."""
    withdraws = {"type": f"footing.{voided.event}.v1", "id": voided.id}
    data = {"referral_id": voided.subject, "withdraws": withdraws, "reason": "entered_in_error"}
    return Said("entry-withdrawn", new_id(), voided.subject, data, topic=voided.event, partition=voided.partition)


class Outsider:
    """One partner's clients. Receipts are kept as they come, in the order of their partition."""

    def __init__(self, kafka_url: str, door_url: str, partner: str, token: str) -> None:
        self.partner, self._kafka_url = partner, kafka_url
        self._door = httpx.Client(base_url=door_url, headers={"authorization": f"Bearer {token}"}, timeout=20)
        self._producer = Producer(self._settings({}))
        self._consumer = Consumer(
            {"bootstrap.servers": kafka_url, "group.id": partner, "enable.auto.commit": False, "log_level": 0}
        )
        self._consumer.assign([TopicPartition(f"receipts.{partner}", partition, 0) for partition in (0, 1)])
        self._told: list[tuple[str, dict[str, Any]]] = []

    def close(self) -> None:
        self._consumer.close()
        self._door.close()

    def publish(self, *events: Said, **settings: str) -> None:
        """Write them to the inboxes, in order; Kafka has them when it returns. `settings` are librdkafka's."""
        producer = Producer(self._settings(settings)) if settings else self._producer
        for said in map(self._ours, events):
            producer.produce(**said.record())
        assert producer.flush(20) == 0

    def send(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Write records as librdkafka is given them, whatever they hold; Kafka has them when it returns."""
        for record in records:
            self._producer.produce(**record)
        assert self._producer.flush(60) == 0

    def request(self, headers: Iterable[tuple[str, bytes]], body: bytes) -> httpx.Response:
        """A request to publish, whatever it holds."""
        return self._door.post("/events", content=body, headers=[(name.encode(), said) for name, said in headers])

    def post(self, said: Said) -> httpx.Response:
        """The same event through the door, in binary mode."""
        headers = {f"ce-{name}": text for name, text in self._ours(said).attributes().items()}
        return self._door.post("/events", json=said.data, headers=headers)

    def ask(self, event_id: str) -> dict[str, Any]:
        """What the door says became of an event."""
        answer = self._door.get(f"/events/{event_id}")
        return answer.json() if answer.is_success else {}

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """All receipts so far: (key, receipt)."""
        while messages := self._consumer.consume(1000, timeout=0):
            for message in messages:
                assert message.error() is None, message.error()
                if "ce_type" in dict(message.headers() or ()):  # an event of its own, no receipt
                    continue
                self._told.append((message.key().decode(), json.loads(message.value())))
        return self._told

    def fates(self, event_id: str) -> list[str]:
        """What was said of an event: each reason, or fate where there is none."""
        return [said.get("reason") or said["fate"] for key, said in self.told() if key == event_id]

    def hears(self, event_id: str, *fates: str) -> None:
        """Wait until exactly this was said of the event."""
        until(lambda: len(self.fates(event_id)) >= len(fates))
        assert self.fates(event_id) == list(fates)

    def hears_of(self, event_ids: Iterable[str]) -> None:
        """Wait until something was said of each of these events."""
        wanted = set(event_ids)
        until(lambda: wanted <= {key for key, _ in self.told()})

    def _ours(self, said: Said) -> Said:
        return replace(said, partner=self.partner)

    def _settings(self, more: Mapping[str, str]) -> dict[str, Any]:
        return {
            "bootstrap.servers": self._kafka_url,
            "acks": "all",
            "log_level": 0,
            **{k.replace("_", "."): v for k, v in more.items()},
        }
