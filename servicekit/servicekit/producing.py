"""How a producer of ours is opened: idempotent, acknowledged by all, bounded; the same for relay and publisher."""

from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaProducer

_REQUEST_BYTES: Final = 2**20  # as much as a batch of any of our topics may be


async def open_producer(kafka: Mapping[str, Any], **bounds: Any) -> AIOKafkaProducer:
    """A started producer. Raises what its start raised, and leaves nothing open then."""
    producer = AIOKafkaProducer(**kafka, enable_idempotence=True, acks="all", max_request_size=_REQUEST_BYTES, **bounds)
    try:
        await producer.start()
    except BaseException:
        await producer.stop()  # a start that fails leaves it open
        raise
    return producer
