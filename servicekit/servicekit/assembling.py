"""A loop on real Kafka and MongoDB: the ports of its runner, and who it is."""

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from pymongo.asynchronous.database import AsyncDatabase

from servicekit.documents import Document
from servicekit.ledger import Ledger
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.partners import Partners
from servicekit.pausing import pause_of
from servicekit.restoring import assert_whole
from servicekit.runner import LoopRunner
from servicekit.sending import KafkaSender
from servicekit.settings import ServiceSettings
from servicekit.subscribing import subscribe
from servicekit.timing import TimedSender

if TYPE_CHECKING:
    from servicekit.traced import Tracing

D = TypeVar("D", bound=Document)
K = TypeVar("K")


def loop_runner(
    service: str,
    loop: Loop[D, K],
    *,
    settings: ServiceSettings,
    database: AsyncDatabase[dict[str, Any]],
    partners: Partners,
    metrics: Metrics,
    tracing: "Tracing | None" = None,
) -> LoopRunner[D, K]:
    """A worker of the loop, not started yet."""
    sender = TimedSender(KafkaSender(settings.kafka_connection(), replication=settings.kafka_replication), metrics)
    return LoopRunner(
        loop,
        ledger=Ledger(database, loop.name, loop.collection, loop.document, owner=uuid4().hex),
        takes_seat=lambda listener: subscribe(
            settings,
            group=loop.group(service),
            pattern=loop.topics,
            gathers_ms=loop.gathers_ms,
            listener=listener,
        ),
        sender=sender if tracing is None else tracing.of_relay(sender),
        partners=partners,
        metrics=metrics,
        records=settings.batch_records,
        patience=settings.session_timeout_ms / 1000,
        assert_whole=partial(assert_whole, database, service),
        traces=None if tracing is None else tracing.of_loop(loop.group(service)),
        recall=partial(pause_of, database, loop.name),
    )
