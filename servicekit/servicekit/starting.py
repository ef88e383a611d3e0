"""How a service starts: says what it is, asserts what its guarantees need, then joins its groups."""

import asyncio
import gc
from functools import partial

import structlog

from contracts.topics import CANONICAL_TOPICS
from servicekit import topics
from servicekit.assembling import loop_runner
from servicekit.assertions import assert_mongo, assert_partners, until_there
from servicekit.collections import create_collection
from servicekit.migrating import migrate
from servicekit.restoring import assert_whole
from servicekit.running import Running, Service
from servicekit.subscribing import ASSIGNOR
from servicekit.tending import end

log = structlog.get_logger()


async def starts(running: Running) -> bool:
    """Start; False if the service was told to stop while it still waited for its parts."""
    starting, stopped = asyncio.create_task(_start(running)), asyncio.create_task(running.stopping.wait())
    await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if starting.done():
        starting.result()
        return True
    await end(starting)
    return False


async def _start(running: Running) -> None:
    """Banner, what must hold of MongoDB and Kafka, then the loops. Waits for parts that are not there yet."""
    service, settings = running.service, running.service.settings
    kafka = settings.kafka_connection()
    _banner(service)
    await until_there("mongo", lambda: assert_mongo(running.database))
    await until_there("mongo", partial(assert_whole, running.database, service.name))
    await until_there("kafka", lambda: topics.ensure_canonical(kafka, replication=settings.kafka_replication))
    groups = [loop.group(service.name) for loop in service.loops]
    await until_there("kafka", lambda: topics.assert_assignor(kafka, groups, ASSIGNOR.name))
    await until_there("mongo", lambda: assert_partners(running.registry))
    await until_there("mongo", running.partners.refresh)
    await until_there("kafka", lambda: topics.assert_fit(kafka, running.partners.names))
    for name in service.stores:
        await until_there("mongo", partial(create_collection, running.database, name))
    for prepare in service.prepare:
        await until_there("mongo", partial(prepare, running))
    for loop in service.loops:
        collection = loop.collection if isinstance(loop.collection, str) else loop.collection()
        await until_there("mongo", partial(migrate, running.database, collection, loop.document))
        runner = loop_runner(
            service.name, loop, settings=settings, database=running.database,
            partners=running.partners, metrics=running.metrics, tracing=running.tracing,
        )  # fmt: skip
        running.runners[loop.name] = runner
        whole = partial(assert_whole, running.database, service.name)
        await until_there("mongo", whole)  # again: what is above can take long
        await until_there("kafka", runner.start)
    gc.collect()
    gc.freeze()
    gc.disable()  # the largest avoidable cost of a batch; the loops collect when a batch's objects are released
    running.started = True
    log.info("started", service=service.name, port=settings.http_port)


def _banner(service: Service) -> None:
    """What this process hears, says, stores, and with which settings (never a secret)."""
    hears = {loop.name: loop.topics for loop in service.loops}
    says = sorted({*CANONICAL_TOPICS} & {topic for loop in service.loops for topic in loop.announces})
    stores = sorted({loop.collection for loop in service.loops if isinstance(loop.collection, str)} | {*service.stores})
    log.info("starting", service=service.name, hears=hears, says=says, stores=stores, settings=service.settings.told())
