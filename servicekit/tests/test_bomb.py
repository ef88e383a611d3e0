"""A value that unpacks to 300 MB: the broker refuses it, and where a topic lets it in it takes no worker's memory."""

import asyncio
import re
import sys
import uuid
from pathlib import Path
from typing import Any

import confluent_kafka  # type: ignore[import-untyped, unused-ignore]
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from support.stage import Stage

MOST_MEGABYTES = 256


def _send_zeros(kafka_url: str, topic: str, megabytes: int) -> str | None:
    """Zeros, gzipped by librdkafka; the broker's error, if it refuses them."""
    settings: dict[str, Any] = {
        "bootstrap.servers": kafka_url, "compression.codec": "gzip", "message.max.bytes": 10**9, "retries": 0,
    }  # fmt: skip
    answers: list[Any] = []
    producer = confluent_kafka.Producer(settings)
    zeros = bytes(megabytes * 2**20)
    producer.produce(topic, zeros, key=b"bomb", partition=0, on_delivery=lambda error, _: answers.append(error))
    producer.flush(60)
    return answers[0].name() if answers[0] else None


async def _alter(stage: Stage, topic: str) -> None:
    admin = AIOKafkaAdminClient(**stage.settings.kafka_connection())
    await admin.start()
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"compression.type": "producer"})])
    await admin.close()


async def _delete(stage: Stage, topic: str) -> None:
    admin = AIOKafkaAdminClient(**stage.settings.kafka_connection())
    await admin.start()
    await admin.delete_topics([topic])
    await admin.close()


async def test_a_topic_as_we_make_it_takes_no_bomb(stage: Stage) -> None:
    inbox = f"inbox.{stage.partner}.session-held"
    assert await asyncio.to_thread(_send_zeros, stage.settings.kafka_url, inbox, 30) == "MSG_SIZE_TOO_LARGE"


async def test_where_a_topic_lets_it_in_it_is_parked_and_the_next_is_taken(stage: Stage) -> None:
    inbox, referral = f"inbox.{stage.partner}.session-held", str(uuid.uuid4())
    await stage.referral(referral)
    sent = [await stage.session(referral, partition=0)]
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "support.toy_service", env=stage.environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        assert await stage.receipts(1, "accepted") == [(sent[0], "accepted")]
        await _alter(stage, inbox)  # while it runs: at start it would refuse such a topic
        assert await asyncio.to_thread(_send_zeros, stage.settings.kafka_url, inbox, 300) is None
        sent.append(await stage.session(referral, partition=0))
        assert {event_id for event_id, _ in await stage.receipts(2, "accepted")} == set(sent)
        status = await asyncio.to_thread(Path(f"/proc/{worker.pid}/status").read_text)
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert peak is not None
        assert int(peak[1]) / 1024 < MOST_MEGABYTES
    finally:
        worker.terminate()
        await worker.wait()
        await _delete(stage, inbox)  # other tests read all inboxes of this broker
    parked = await stage.database["parked"].find_one({"_id": f"gate/{inbox}/0/1"})
    assert parked is not None
    assert parked["cause"] == "unreadable: too_large value"
    why = b"more than 16777216 bytes; a batch of 1 from 1 on"
    assert parked["record"]["headers"] == [["footing_not_unpacked", why]]
