"""Identities kept for ever: bytes an event on disk, and how long a batch's lookup takes as they grow. One run."""

import hashlib
import os
import random
import time
from statistics import median
from typing import Any, Final

from pymongo.collection import Collection

from benchmarks.bench import Bench
from benchmarks.outcome import Result
from benchmarks.usage import Usage, pids_of
from contracts.topics import EVENT_TYPES

_BATCH: Final = 5_000
_LOOKS: Final = 20
_AT_ONCE: Final = 10_000
_PARTNERS: Final = 200
_FIRST_MS: Final = 1_735_000_000_000

Rows = Collection[dict[str, Any]]


def identities(bench: Bench) -> Result:
    """The identities as gates keep them: partner's number, type and a version 7 id, with the hash of the content."""
    sizes = [20_000, 50_000] if bench.quick else [100_000, 1_000_000, 5_000_000]
    with bench.parts() as parts:
        rows, runs = parts.client["identities"]["identities"], []
        with Usage(pids_of(parts.stack)) as usage:
            for size in sizes:
                _grow(rows, size)
                runs.append({"identities": size, **_looked_up(rows, size), "bytes_an_event": _bytes(rows)})
                last = runs[-1]
                bench.say(
                    f"  identities {size:,}: {last['bytes_an_event']} bytes an event; of a batch of {_BATCH:,} "
                    f"a new one is looked up in {last['new_us']} us, a known one in {last['known_us']} us"
                )
    first, last = runs[0], runs[-1]
    reached = (
        f"{last['bytes_an_event']} bytes; {first['new_us']} us at {first['identities']:,}, {last['new_us']} us at "
        f"{last['identities']:,} (a known one {first['known_us']} and {last['known_us']})"
    )
    numbers = {
        "bytes_an_event": last["bytes_an_event"],
        "lookup_us": last["new_us"],
        "lookup_known_us": last["known_us"],
        "cpu_seconds": usage.cpu_seconds,
        "peak_mb": usage.peak_mb,
    }
    return Result("identities", "lookups flat as they grow", reached, numbers, runs)


def _identity(number: int) -> bytes:
    """The identity of the event of this number: the same each time, and like a real one spread over partners."""
    chance = hashlib.sha256(number.to_bytes(8, "big")).digest()
    partner = (chance[0] % _PARTNERS + 1).to_bytes(4, "big")
    kind = hashlib.sha256(sorted(EVENT_TYPES)[chance[1] % len(EVENT_TYPES)].encode()).digest()[:4]
    event = (_FIRST_MS + number).to_bytes(6, "big") + chance[2:12]
    return partner + kind + event


def _grow(rows: Rows, size: int) -> None:
    for first in range(rows.estimated_document_count(), size, _AT_ONCE):
        new = [{"_id": _identity(n), "h": os.urandom(12)} for n in range(first, min(first + _AT_ONCE, size))]
        rows.insert_many(new, ordered=False)


def _looked_up(rows: Rows, size: int) -> dict[str, float]:
    """Microseconds an identity, the median of several batches: of events that are new, and of a replay."""
    chance = random.Random(size)
    waits: dict[str, list[float]] = {"new_us": [], "known_us": []}
    for look in range(_LOOKS):
        new = [_identity(size + look * _BATCH + n) for n in range(_BATCH)]
        first = chance.randrange(size - _BATCH)
        known = [_identity(n) for n in range(first, first + _BATCH)]
        for name, wanted, expected in (("new_us", new, 0), ("known_us", known, _BATCH)):
            started = time.perf_counter()
            found = len(list(rows.find({"_id": {"$in": wanted}}, batch_size=_BATCH + 1)))
            waits[name].append(1e6 * (time.perf_counter() - started) / _BATCH)
            if found != expected:
                raise AssertionError(f"{found} of {expected} identities were found")
    return {name: round(median(each), 1) for name, each in waits.items()}


def _bytes(rows: Rows) -> float:
    """What an event takes on disk, index included, once it is written there."""
    rows.database.client.admin.command("fsync")
    stats = rows.database.command("collStats", rows.name)
    bytes_in_all: int = stats["storageSize"] + stats["totalIndexSize"]
    return round(bytes_in_all / int(stats["count"]), 1)
