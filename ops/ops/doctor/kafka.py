"""What Kafka says of itself: release, brokers, topics against the contract, copies in step."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import ApiVersionRequest
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from contracts.topics import CANONICAL_TOPICS, INBOX_DAYS, RECEIPT_DAYS, inbox_parts, receipts
from ops.backup.log import is_ours
from ops.doctor.finding import Finding, away, fine, wrong
from servicekit.partners import REGISTRY_DATABASE, Partners
from servicekit.settings import ServiceSettings
from servicekit.topics import Found, found, partner_of

_KAFKA: Final = "Kafka"
_FETCH: Final = 1
_FETCH_SINCE_4: Final = 4  # Kafka 4.0 no longer answers older fetches
_DAY_MS: Final = 24 * 60 * 60 * 1000
_ANSWER_MS: Final = 5_000


async def look(settings: ServiceSettings) -> AsyncIterator[Finding]:
    """Everything that Kafka can be asked."""
    connection = settings.kafka_connection() | {"request_timeout_ms": _ANSWER_MS}
    admin = AIOKafkaAdminClient(**connection)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        yield _brokers(len(cluster["brokers"]), settings.kafka_replication)
        yield _release(await admin._send_request(ApiVersionRequest()))
        described = [topic for topic in await admin.describe_topics() if is_ours(topic["topic"])]
        yield _in_step(described)
        partners = await _partners(settings)
        wanted = await found(connection, lambda name: name in CANONICAL_TOPICS or partner_of(name) in partners)
        for finding in _topics(wanted, partners):
            yield finding
    except (KafkaError, OSError) as error:
        do = "Start it, or look at KAFKA_URL and KAFKA_SASL_*."
        yield away(_KAFKA, f"it does not answer as it must ({type(error).__name__})", do)
    finally:
        await admin.close()


def _brokers(count: int, replication: int) -> Finding:
    if count < replication:
        do = f"Start {replication} brokers, or set KAFKA_REPLICATION to {count}."
        return wrong(_KAFKA, "brokers", f"{count}, and topics are to have {replication} copies", do)
    return fine(_KAFKA, "brokers", f"{count}" + (": a disk that is lost is data that is lost" if count == 1 else ""))


def _release(answer: Any) -> Finding:
    """Brokers do not say their release, only what they answer."""
    oldest = {key: first for key, first, _ in answer.api_versions}
    if oldest.get(_FETCH, 0) < _FETCH_SINCE_4:
        return wrong(_KAFKA, "version", "before 4.0", "Upgrade it: Footing is tried on 4.3 alone.")
    return fine(_KAFKA, "version", "4.0 or later, by what it answers")


def _in_step(topics: Sequence[Any]) -> Finding:
    late = sorted(
        f"{topic['topic']}/{one['partition']}"
        for topic in topics
        for one in topic["partitions"]
        if len(one["isr"]) < len(one["replicas"])
    )
    if late:
        said = f"{len(late)} partitions lack copies: {', '.join(late[:3])}{', ...' if late[3:] else ''}"
        return wrong(_KAFKA, "copies", said, "Look at the brokers that are away; what is written now has fewer copies.")
    return fine(_KAFKA, "copies", "every partition has all of its copies")


async def _partners(settings: ServiceSettings) -> frozenset[str]:
    """Who is registered; nobody where MongoDB is away, which is told elsewhere."""
    async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection() | {"timeoutMS": _ANSWER_MS}) as client:
        partners = Partners(client[settings.database_prefix + REGISTRY_DATABASE]["partners"])
        try:
            await partners.refresh()
        except PyMongoError:
            return frozenset()
        return partners.names


def _topics(topics: Sequence[Found], partners: frozenset[str]) -> Iterator[Finding]:
    there = {topic.name for topic in topics}
    if missing := sorted(set(CANONICAL_TOPICS) - there):
        yield wrong(
            _KAFKA, "canonical topics", f"missing: {', '.join(missing)}", "Start any service, which makes them."
        )
    for name in sorted(name for name in partners if receipts(name) not in there):
        do = "Its topics were deleted: what stood in them is lost. footing partner list shows what it may send."
        yield wrong(_KAFKA, receipts(name), "missing", do)
    problems = [(topic.name, said) for topic in topics for said in (topic.problem, _too_short(topic)) if said]
    for name, said in problems:
        yield wrong(
            _KAFKA, name, said, f"kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config ..."
        )
    if not missing and not problems:
        yield fine(_KAFKA, "topics", f"{len(topics)} are set up as the contract wants")


def _too_short(topic: Found) -> str | None:
    """What is to be kept for some days and is not."""
    if topic.name in CANONICAL_TOPICS:
        return None  # for ever: told by `problem`
    days = INBOX_DAYS if inbox_parts(topic.name) else RECEIPT_DAYS
    kept = int(topic.settings.get("retention.ms", -1))
    if kept == -1 or kept >= days * _DAY_MS:
        return None
    return f"topic {topic.name} has retention.ms={kept} and must have at least {days * _DAY_MS}: {days} days"
