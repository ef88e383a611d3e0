"""What a service is made of, and how its process runs: `python -m <service>` builds one and runs it."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from servicekit import listening, logs
from servicekit.giving_up import end_soon_after
from servicekit.http import application
from servicekit.pausing import follow_pauses
from servicekit.running import Running, Service, put_on_its_feet
from servicekit.starting import starts
from servicekit.survival import survive_bad_batches
from servicekit.tending import end
from servicekit.ticking import run_tick
from servicekit.unfit import Unfit
from servicekit.unhandled import ended_by, unhandled

_UNFIT: Final = 3  # exit code: something it needs is not there
_PARTNERS_EVERY_SECONDS: Final = 5.0
_COLLECT_EVERY_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 5.0  # for what runs beside the loops, and for requests, to come to an end
_LONDON: Final = ZoneInfo("Europe/London")

log = structlog.get_logger()


def run(build: Callable[[], Service]) -> None:
    """Build the service and run it until it is told to stop. The way in of every `__main__`."""
    sys.excepthook = ended_by
    logs.configure("auto")  # until the settings say it: building may already find that something is not as it must be
    try:
        service = build()
        logs.configure(service.settings.log_format)
        asyncio.run(_serve_alone(service))
    except Unfit as unfit:
        log.error("refuses_to_run", service=build.__module__.split("_")[0], because=str(unfit))
        sys.exit(_UNFIT)


async def _serve_alone(service: Service) -> None:
    """Run it, and leave nothing behind: a client that was given up would go on trying, and can miss a cancellation."""
    stop = asyncio.Event()
    watching = asyncio.create_task(end_soon_after(stop), name="end_soon_after")  # held: the loop would let go of it
    try:
        await serve(service, stop=stop)
    finally:
        watching.cancel()
        await end(*(asyncio.all_tasks() - {asyncio.current_task()}))


async def serve(service: Service, started: asyncio.Event | None = None, stop: asyncio.Event | None = None) -> None:
    """Run a built service in this event loop; `started` is set once it serves, set `stop` to end it."""
    survive_bad_batches()
    asyncio.get_running_loop().set_exception_handler(unhandled)
    running = put_on_its_feet(service)
    if stop is not None:
        running.stopping = stop
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.stopping.set)
    server = listening.server(application(running), service.settings.http_host, service.settings.http_port)
    http = asyncio.create_task(server._serve(), name="http")  # not serve(): that would take the signals from us
    tasks: list[asyncio.Task[None]] = []
    try:
        if await starts(running):
            beside = (_follow_registry, follow_pauses, _tick, _collect, _look, *service.background)
            tasks += [_begin(running, task) for task in beside]
            if started is not None:
                started.set()
            await running.stopping.wait()
    finally:
        running.stopping.set()
        server.should_exit = True
        loops = (runner.stop() for runner in running.runners.values())
        await asyncio.gather(*loops, _come_to_an_end(http, *tasks))
        for close in service.closing:  # what requests need, which were answered until now
            await close()
        await running.measuring.close()
        await running.lookout.close()
        await running.client.close()
        if running.tracing is not None:
            running.tracing.close()
        log.info("stopped", service=service.name)


async def _come_to_an_end(*tasks: asyncio.Task[None]) -> None:
    """Let them end, for some seconds: they know that the service stops."""
    _, late = await asyncio.wait(tasks, timeout=_STOP_SECONDS)
    if late:
        log.info("stops_all_the_same", tasks=sorted(task.get_name() for task in late))
        await end(*late)


async def _follow_registry(running: Running) -> None:
    """Keep the snapshot of partners fresh for whoever reads it without waiting."""
    while await running.sleep(_PARTNERS_EVERY_SECONDS):
        await running.partners.refresh()


async def _look(running: Running) -> None:
    """Keep in mind how far the loops were, for whoever asks what came and went in the last minute."""
    await running.lookout.keep()


async def _collect(running: Running) -> None:
    """A connection leaves a cycle of some kilobytes. Loops collect with each batch, but none may come for long."""
    while await running.sleep(_COLLECT_EVERY_SECONDS):
        gc.collect()


async def _tick(running: Running) -> None:
    """Fold what is due, every few seconds, by the calendar of the people who are waited for."""
    ticks = running.service.ticks
    for tick in ticks:
        await running.runners[tick.loop].ledger.documents.create_index(tick.field, sparse=True)
    while ticks and await running.sleep(min(tick.every_seconds for tick in ticks)):
        today = datetime.now(_LONDON).date()
        for tick in ticks:
            await run_tick(running.runners[tick.loop], tick, today)


def _begin(running: Running, task: Callable[[Running], Awaitable[None]]) -> asyncio.Task[None]:
    """Start a background task; if a bug ends it the service says so and is not ready any more."""

    def ended(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (bug := done.exception()) is not None:
            running.broken[task.__name__] = f"ended by {type(bug).__name__}"
            log.error("background_ended", task=task.__name__, cause=type(bug).__name__)

    begun = asyncio.create_task(_surely(running, task), name=task.__name__)
    begun.add_done_callback(ended)
    return begun


async def _surely(running: Running, task: Callable[[Running], Awaitable[None]]) -> None:
    """A background task that something outside broke is begun again; how it broke is said, not what with."""
    while not running.stopping.is_set():
        try:
            await task(running)
        except (PyMongoError, KafkaError, OSError) as outage:
            log.warning("background_tries_again", task=task.__name__, cause=type(outage).__name__)
            await running.sleep(1.0)
        else:
            return
