"""The way in over HTTP: the whole door, with its loop that follows the receipts, asked by one client of little cost."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import Final

import msgspec

from benchmarks import posting, stories
from benchmarks.bench import Bench, Parts
from benchmarks.child import Child
from benchmarks.outcome import Result, Run, against, cpu, interleaved, peak, speed
from benchmarks.usage import Usage, pids_of
from contracts.envelope import Record
from contracts.topics import inbox, receipts
from ops.localstack import ports
from servicekit import topics
from servicekit.partners import REGISTRY_DATABASE, Partner, token_hash

_PARTNER: Final = "north"
_INBOX: Final = inbox(_PARTNER, "session-held")
_TOKEN: Final = "ftg_fictional-token-of-the-benchmark"
_PREFIX: Final = "door_"
_EACH: Final = 10  # sessions of a referral
_IN_A_BATCH: Final = 1_000
_CONNECTIONS: Final = 16
_BATCH_CONNECTIONS: Final = 2


@dataclass(frozen=True)
class _Side:
    """A process that takes events over HTTP."""

    who: str
    child: Child
    url: str
    others: Mapping[str, int]
    follows: bool

    def run(self, requests: Sequence[bytes], in_each: int) -> tuple[Run, posting.Posted]:
        """Post them. What the loop beside it does with their receipts is waited for, and counts as CPU seconds."""
        events, is_right = len(requests) * in_each, _taken if in_each == 1 else _all_taken
        followed = self.child.handled + events if self.follows else 0
        with Usage({"worker": self.child.pid, **self.others}) as usage:
            posted = posting.post(self.url, requests, _CONNECTIONS if in_each == 1 else _BATCH_CONNECTIONS, is_right)
            self.child.await_handled(followed)
        return Run(self.who, events, round(posted.seconds, 3), usage.cpu_seconds, usage.peak_mb), posted


def single(bench: Bench) -> Result:
    """One event a request, beside a bare endpoint that writes the same record and nothing else."""
    size = bench.size(10_000, 1_000)
    with bench.parts() as parts, _door(parts) as door, _bare(parts) as bare:
        bench.say(f"door-single: {size:,} events over {_CONNECTIONS} connections")
        coming, waits = _events(bench.runs * size), list[posting.Posted]()
        requests: list[bytes] = []

        def ours(_name: str) -> Run:
            requests[:] = [posting.single(record, _TOKEN) for record in islice(coming, size)]
            run, posted = door.run(requests, 1)
            waits.append(posted)
            return run

        def theirs(_name: str) -> Run:
            return bare.run(requests, 1)[0]

        result = against("door-single", "ratio 0.5", interleaved(bench, "door-single", [ours, theirs]), "ours", "bare")
    waited = {f"p{share}_ms": median(posted.wait_ms(share / 100) for posted in waits) for share in (50, 99)}
    return Result(result.work, result.must, result.reached, {**result.numbers, **waited}, result.runs)


def batches(bench: Bench) -> Result:
    """A thousand events a request, each with its verdict."""
    requests = bench.size(100, 4)
    with bench.parts() as parts, _door(parts) as door:
        bench.say(f"door-batch: {requests:,} batches of {_IN_A_BATCH:,} over {_BATCH_CONNECTIONS} connections")
        coming = _events(bench.runs * requests * _IN_A_BATCH)

        def ours(_name: str) -> Run:
            return door.run([_batch(coming) for _ in range(requests)], _IN_A_BATCH)[0]

        runs = interleaved(bench, "door-batch", [ours])
    numbers = {
        "events_per_second": round(speed(runs, "ours")),
        "cpu_seconds": cpu(runs, "ours"),
        "peak_mb": peak(runs, "ours"),
    }
    reached = f"{numbers['events_per_second']:,} events/s"
    return Result("door-batch", "aim 10,000 events/s", reached, numbers, [run.as_json() for run in runs])


def profile(bench: Bench, target: str, *, batched: bool) -> None:
    """One run of ours under cProfile."""
    size = bench.size(20_000, 4_000)
    with bench.parts() as parts, _door(parts, {"BENCH_PROFILE": target}) as door:
        coming = _events(size)
        if batched:
            door.run([_batch(coming) for _ in range(size // _IN_A_BATCH)], _IN_A_BATCH)
        else:
            door.run([posting.single(record, _TOKEN) for record in islice(coming, size)], 1)


@contextmanager
def _door(parts: Parts, more: Mapping[str, str] | None = None) -> Iterator[_Side]:
    """The door, with a partner that has no limit to speak of."""
    asyncio.run(topics.ensure_partner(parts.kafka, receipts(_PARTNER), [_INBOX]))
    partner = Partner(
        name=_PARTNER,
        number=1,
        schemes=frozenset({stories.SCHEME}),
        events=frozenset({"session-held"}),
        token_hash=token_hash(_TOKEN),
        events_a_second=1_000_000,
    )
    parts.client[_PREFIX + REGISTRY_DATABASE]["partners"].insert_one(msgspec.to_builtins(partner))
    port = ports.take(None, None, "the door")
    with parts.ours("door", "", _PREFIX, {"HTTP_PORT": str(port), **(more or {})}) as child:
        child.await_ready()
        yield _Side("ours", child, f"http://{ports.HOST}:{port}", pids_of(parts.stack), follows=True)


@contextmanager
def _bare(parts: Parts) -> Iterator[_Side]:
    port = ports.take(None, None, "the bare endpoint")
    environment = {"KAFKA_URL": parts.stack.kafka_url, "HTTP_PORT": str(port), "BENCH_TOPIC": _INBOX}
    with Child("benchmarks.raw.endpoint", environment, parts.logs / "endpoint.log") as child:
        child.await_ready()
        yield _Side("bare", child, f"http://{ports.HOST}:{port}", pids_of(parts.stack), follows=False)


def _events(count: int) -> Iterator[Record]:
    told = stories.sessions(_EACH)
    return told.tell(told.referrals(count // _EACH + 1), [_PARTNER])


def _batch(coming: Iterator[Record]) -> bytes:
    return posting.batch(list(islice(coming, _IN_A_BATCH)), _TOKEN)


def _taken(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 202")


def _all_taken(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 200") and answer.count(b'"status":202') == _IN_A_BATCH
