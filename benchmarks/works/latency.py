"""From the acknowledged produce into an inbox to visible in the journeys: through the gate of sessions and projector.

The two services run as they are, in processes of their own.
"""

import asyncio
import threading
import time
from collections.abc import Iterable
from statistics import median
from typing import Any, Final

from confluent_kafka import Producer

from benchmarks import stories
from benchmarks.bench import PARTNERS, Bench, Parts
from benchmarks.child import until
from benchmarks.outcome import Result, medians
from benchmarks.usage import Usage, pids_of
from benchmarks.watching import Watch, own_cost_ms
from contracts.envelope import Record
from ops.services import Services, start_services

_PREFIX: Final = "latency_"
_REFERRALS: Final = 1_000
_MUST: Final = "p50 < 50 ms, p99 < 150 ms"


def at_100(bench: Bench) -> Result:
    """A hundred events a second."""
    return _latency(bench, "latency-100", rate=100, events=bench.size(2_000, 300))


def at_1(bench: Bench) -> Result:
    """One event a second: each alone."""
    return _latency(bench, "latency-1", rate=1, events=bench.size(60, 10))


def _latency(bench: Bench, work: str, rate: float, events: int) -> Result:
    with bench.parts() as parts:
        asyncio.run(parts.register(_PREFIX))
        environment = {"DATABASE_PREFIX": _PREFIX}
        names = ("case", "outcomes")
        with start_services(parts.stack, names=names, environment=environment, say=lambda _: None) as services:
            referrals = _known(parts)
            told = stories.sessions(bench.runs * events // _REFERRALS + 1).tell(referrals, PARTNERS)
            own = own_cost_ms(parts.client)
            bench.say(f"{work}: {events:,} sessions at {rate}/s; the watching itself takes {own} ms")
            runs = []
            for number in range(1, bench.runs + 1):
                run = _run(parts, services, [next(told) for _ in range(events)], rate)
                runs.append(run)
                bench.say(f"  {work} {number}/{bench.runs}: p50 {run['p50_ms']} ms, p99 {run['p99_ms']} ms")
    numbers: dict[str, Any] = {
        "p50_ms": round(median(run["p50_ms"] for run in runs), 1),
        "p99_ms": round(median(run["p99_ms"] for run in runs), 1),
        "watching_ms": own,
        "samples": events * bench.runs,
        "cpu_seconds": medians([run["cpu_seconds"] for run in runs]),
        "peak_mb": medians([run["peak_mb"] for run in runs]),
    }
    reached = f"p50 {numbers['p50_ms']} ms, p99 {numbers['p99_ms']} ms, of which watching {own} ms"
    return Result(work, _MUST, reached, numbers, runs)


def _known(parts: Parts) -> list[bytes]:
    """Referrals that both services have taken up."""
    told = stories.referrals()
    referrals = told.referrals(_REFERRALS)
    parts.fill(told.tell(referrals))
    for database, collection in (("case", "cases"), ("outcomes", "journeys")):
        rows = parts.client[_PREFIX + database][collection]
        until(lambda rows=rows: rows.count_documents({}) == _REFERRALS)  # type: ignore[misc]
    return referrals


def _run(parts: Parts, services: Services, records: list[Record], rate: float) -> dict[str, Any]:
    database = parts.client[f"{_PREFIX}outcomes"]
    pointer = database["read_models"].find_one({"_id": "figures"}) or {}
    workers = {name: services.pid(name) for name in ("case", "outcomes")}
    with Watch(database[pointer["journeys"]]) as watch, Usage({**workers, **pids_of(parts.stack)}) as usage:
        said = _said(parts.stack.kafka_url, records, rate)
        until(lambda: said.keys() <= watch.seen.keys())
    waits = sorted(1000 * max(0.0, watch.seen[event] - at) for event, at in said.items())
    return {
        "p50_ms": round(waits[len(waits) // 2], 1),
        "p99_ms": round(waits[min(len(waits) - 1, len(waits) * 99 // 100)], 1),
        "cpu_seconds": usage.cpu_seconds,
        "peak_mb": usage.peak_mb,
    }


def _said(kafka_url: str, records: Iterable[Record], rate: float) -> dict[str, float]:
    """Say them at an even pace; when Kafka acknowledged each, by event id."""
    producer = Producer({"bootstrap.servers": kafka_url, "acks": "all", "linger.ms": 0, "log_level": 0})
    acknowledged: dict[str, float] = {}
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            producer.poll(0.05)

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    begun = time.monotonic()
    for number, record in enumerate(records):
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
        event = dict(record.headers)["ce_id"]

        def told(error: Any, _message: Any, event: bytes | None = event) -> None:
            if error is None and event is not None:
                acknowledged[event.decode()] = time.time()

        producer.produce(record.topic, record.value, record.key, headers=list(record.headers), on_delivery=told)
    producer.flush(30)
    over.set()
    listening.join()
    return acknowledged
