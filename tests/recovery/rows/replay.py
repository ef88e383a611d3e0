"""What stands in the inboxes is written there once more, the last 5,000 records or all; and groups are set back."""

from random import Random
from typing import Any, Final

from confluent_kafka import ConsumerGroupTopicPartitions, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from recovery.groups import GROUPS
from recovery.nursery import SERVICES
from recovery.row import Injected, Row
from recovery.tail import Tail
from recovery.world import World

_LAST: Final = 5000


def run(world: World, chance: Random, times: int) -> Injected:
    """Partners resend; or an operator sets a group back to its beginning while its service is away."""
    injected = Injected()
    for number in range(times):
        if number % 2:
            service = SERVICES[(number // 2) % len(SERVICES)]
            world.lives.end(service)
            back = _set_back(world, service)
            world.lives.start(service)
            world.note(f"{service}: {back} partitions set back to their beginning")
            injected.faults["groups set back to their beginning"] += bool(back)
        else:
            records = _records(world)
            again = records if number == 0 else records[-_LAST:]
            _write(world, again)
            world.note(f"{len(again)} of {len(records)} records written again")
            injected.faults["replays of inboxes"] += bool(again)
    return injected


def _records(world: World) -> list[Message]:
    """All of the inboxes, in the order in which Kafka took them, but for what is no event and would be parked again."""
    parked = {
        (row["record"]["topic"], row["record"]["partition"], row["record"]["offset"])
        for service in SERVICES
        for row in world.database(service).parked.find({}, {"record": 1})
    }
    tail = Tail(world.stage.direct_kafka_url, lambda topic: topic.startswith("inbox."))
    try:
        events = [m for m in tail.read() if (m.topic(), m.partition(), m.offset()) not in parked]
        return sorted(events, key=lambda message: message.timestamp()[1])
    finally:
        tail.close()


def _write(world: World, records: list[Message]) -> None:
    """Byte by byte the same, each to the partition where it stood."""
    refused: list[Any] = []
    producer = Producer({"bootstrap.servers": world.stage.direct_kafka_url, "enable.idempotence": True, "linger.ms": 5})
    for message in records:
        producer.produce(
            message.topic(), message.value(), message.key(), message.partition(), headers=message.headers(),
            on_delivery=lambda error, _: error and refused.append(error),
        )  # fmt: skip
        producer.poll(0)
    assert producer.flush(60) == 0
    assert not refused


def _set_back(world: World, service: str) -> int:
    """Set what the groups of a service have committed to nothing. Gives how many partitions that concerns."""
    admin, back = AdminClient({"bootstrap.servers": world.stage.direct_kafka_url}), 0
    for group in GROUPS[service]:
        [committed] = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]).values()
        places = [place for place in committed.result().topic_partitions if place.offset > 0]
        if not places:
            continue
        earliest = [TopicPartition(place.topic, place.partition, 0) for place in places]
        [changed] = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, earliest)]).values()
        changed.result()
        back += len(places)
    return back


ROW = Row("replay", "inboxes written into themselves again; groups set back", run, short=2, long=6)
