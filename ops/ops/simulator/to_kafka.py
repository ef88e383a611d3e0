"""Speaks to the inbox topics, as a foreign client does: librdkafka, with the partitions that it chooses itself."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ops.errors import Missing
from ops.simulator.pace import Pace
from ops.simulator.wire import Said
from servicekit.settings import ServiceSettings

_IN_FLIGHT: Final = 20_000  # records not yet acknowledged: bounds what is held in memory
_BATCH_BYTES: Final = 128 * 1024  # a topic's bound on a record is one on the batch; librdkafka's own is larger
_FLUSH_SECONDS: Final = 60.0


def send(records: Iterable[Said], settings: ServiceSettings, rate: float | None, heard: Callable[[], None]) -> int:
    """Write the records to their inboxes in order; `heard` is called for each that Kafka acknowledges.

    Returns how many were written. Raises `Missing` if Kafka does not take one of them.
    """
    producer = Producer(_configuration(settings))
    failed: list[str] = []
    pace, count = Pace(rate), 0

    def told(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error.name())
        else:
            heard()

    for record in records:
        if wait := pace.early():
            producer.poll(wait)
        _produce(producer, record, told)
        count += 1
        producer.poll(0)
        if failed:
            break
    unheard = producer.flush(_FLUSH_SECONDS)
    if failed or unheard:
        why = failed[0] if failed else "no answer"
        raise Missing(f"Kafka did not take {len(failed) + unheard} records: {why}.", "Look at KAFKA_URL; say it again.")
    return count


def _produce(producer: Producer, record: Said, told: Callable[[KafkaError | None, Message], None]) -> None:
    while True:
        try:
            producer.produce(record.inbox, record.value, record.key, headers=list(record.headers), on_delivery=told)
        except BufferError:  # everything allowed is in flight: hear answers first
            producer.poll(0.1)
        except KafkaException as error:
            raise Missing(f"Kafka took no record: {error.args[0].name()}.", "Look at KAFKA_URL.") from None
        else:
            return


def _configuration(settings: ServiceSettings) -> dict[str, Any]:
    connection = settings.kafka_connection()
    files = {
        "ssl.ca.location": settings.kafka_tls_ca_file,
        "ssl.certificate.location": settings.kafka_tls_certificate_file,
        "ssl.key.location": settings.kafka_tls_key_file,
    }
    named = {
        "sasl.mechanism": connection.get("sasl_mechanism"),
        "sasl.username": connection.get("sasl_plain_username"),
        "sasl.password": connection.get("sasl_plain_password"),
    }
    return {
        "bootstrap.servers": connection["bootstrap_servers"],
        "security.protocol": connection["security_protocol"],
        **{name: value for name, value in named.items() if value},
        **{name: str(path) for name, path in files.items() if path},
        "acks": "all",
        "enable.idempotence": True,
        "log_level": 2,  # what goes wrong is told below, in our words
        "linger.ms": 5,
        "batch.size": _BATCH_BYTES,
        "queue.buffering.max.messages": _IN_FLIGHT,
    }
