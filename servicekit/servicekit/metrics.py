"""Every metric of every service: name, kind, labels, meaning. No identity ever stands in a label.

A metric is shown from its first use on, so that a service shows those that it has something to say of. What each label
can say is a bounded set: loops, canonical topics, schemes, routes as they are declared, words of ours.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

ENDINGS: Final = ("applied", "ignored", "waiting", "refused", "duplicate", "id_reused", "parked")
_CALL_BUCKETS: Final = (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)


@dataclass
class Call:
    """A call that is being timed; whoever makes it says where it failed without raising."""

    failed: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """What there is to know of a metric: `name` as it is scraped, without the suffixes of a histogram's parts."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory, processor time, open files, start: process_*

    # -- delivery: counted as it happens ------------------------------------------------------------------------

    @cached_property
    def handled(self) -> Counter:
        """By how they ended."""
        return self._counter("footing_records_handled", "Records handled, by how that ended", "loop", "ending")

    @cached_property
    def batch_records(self) -> Histogram:
        """How large batches are."""
        return self._histogram(
            "footing_batch_records", "Records in a batch", "loop", buckets=(1, 10, 100, 500, 1000, 2500, 5000)
        )

    @cached_property
    def batch_seconds(self) -> Histogram:
        """How long batches take."""
        meaning = "Time from a batch in hand to its commit"
        return self._histogram("footing_batch_seconds", meaning, "loop", buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30))

    @cached_property
    def retries(self) -> Counter:
        """Why batches were tried again."""
        return self._counter("footing_batch_retries", "Batches tried again: conflict, outage", "loop", "cause")

    @cached_property
    def tick_failures(self) -> Counter:
        """Bugs that something met which fell due."""
        meaning = "Documents that fell due and whose fold met a bug; each is tried again at the next tick"
        return self._counter("footing_tick_failures", meaning, "loop")

    @cached_property
    def announced(self) -> Counter:
        """What the relay sent."""
        return self._counter("footing_records_announced", "Records acknowledged by Kafka from the outbox", "loop")

    @cached_property
    def loop_ready(self) -> Gauge:
        """As `/health/ready` says it, of one loop."""
        return self._gauge("footing_loop_ready", "1: the loop makes progress; 0: it does not, as /health/ready", "loop")

    @cached_property
    def loop_paused(self) -> Gauge:
        """Whether operators hold it."""
        return self._gauge(
            "footing_loop_paused", "1: operators hold the loop, all of it or in part; 0: they do not", "loop"
        )

    @cached_property
    def outbox_seconds(self) -> Gauge:
        """How long the relay has been at it."""
        meaning = "How long the announcements in hand have been on their way to Kafka; 0: none are"
        return self._gauge("footing_outbox_oldest_seconds", meaning, "loop")

    # -- what stands in MongoDB and Kafka: asked when scraped, told alike by every process of a service ---------

    @cached_property
    def lag_records(self) -> Gauge:
        """Lag in events."""
        meaning = (
            "Records in Kafka behind the loop's positions; all inboxes of a topic are one, as `inbox.*.session-held`"
        )
        return self._gauge("footing_lag_records", meaning, "loop", "topic")

    @cached_property
    def lag_seconds(self) -> Gauge:
        """Lag in seconds."""
        meaning = "Age of the oldest record in Kafka that the loop has not handled; 0: none"
        return self._gauge("footing_lag_seconds", meaning, "loop")

    @cached_property
    def outbox_batches(self) -> Gauge:
        """How deep the outbox is."""
        return self._gauge("footing_outbox_batches", "Committed batches that Kafka may not have yet", "loop")

    @cached_property
    def waiting(self) -> Gauge:
        """What waits."""
        meaning = "Records that wait in a document, such as a session for its referral"
        return self._gauge("footing_waiting_records", meaning, "loop")

    @cached_property
    def parked(self) -> Gauge:
        """What is parked."""
        return self._gauge(
            "footing_parked_records", "Records that are parked until somebody mends what parked them", "loop"
        )

    @cached_property
    def short(self) -> Gauge:
        """What it does to the numbers of a scheme."""
        meaning = (
            "Events that figures lack and that may be of this scheme: waiting, parked, behind (not taken up yet); "
            "only those that there are. `unknown`: nobody can say whose they are"
        )
        return self._gauge("footing_figures_short_records", meaning, "scheme", "event", "why")

    @cached_property
    def part_answers(self) -> Gauge:
        """Whether what we stand on is there."""
        return self._gauge(
            "footing_part_answers", "1: mongodb or kafka answered when last asked; 0: it did not", "part"
        )

    @cached_property
    def measured(self) -> Gauge:
        """How old the gauges are that are asked for."""
        meaning = "When what has to be asked of this part was last known; until the next answer it stays as it was"
        return self._gauge("footing_measured_timestamp_seconds", meaning, "part")

    @cached_property
    def clock_ahead(self) -> Gauge:
        """Whether clocks agree."""
        meaning = "By how much this machine's clock is ahead of that of MongoDB's primary; behind it: less than 0"
        return self._gauge("footing_clock_ahead_seconds", meaning)

    @cached_property
    def disk_bytes(self) -> Gauge:
        """How large MongoDB's disk is."""
        return self._gauge("footing_mongo_disk_bytes", "Size of the file system of MongoDB's primary")

    @cached_property
    def disk_used_bytes(self) -> Gauge:
        """How full it is."""
        return self._gauge("footing_mongo_disk_used_bytes", "How much of that file system is used, by whatever")

    @cached_property
    def database_bytes(self) -> Gauge:
        """How much of it is ours."""
        return self._gauge("footing_mongo_database_bytes", "What the service's database and its indexes take of it")

    # -- calls ----------------------------------------------------------------------------------------------

    @cached_property
    def mongo_commands(self) -> Histogram:
        """How long MongoDB takes."""
        meaning = "Time of a command of MongoDB: ok, error; what is rare is `other`"
        return self._histogram("footing_mongo_command_seconds", meaning, "command", "result", buckets=_CALL_BUCKETS)

    @cached_property
    def kafka_calls(self) -> Histogram:
        """How long Kafka takes."""
        meaning = "Time until Kafka acknowledged: send (a batch from the outbox), publish (at the door)"
        return self._histogram("footing_kafka_call_seconds", meaning, "call", "result", buckets=_CALL_BUCKETS)

    @cached_property
    def responses(self) -> Counter:
        """What was answered."""
        meaning = "Answers over HTTP, by declared route; what leads nowhere is `none`"
        return self._counter("footing_http_responses", meaning, "route", "method", "status")

    @cached_property
    def response_seconds(self) -> Histogram:
        """How soon."""
        meaning = "Time from a request to the beginning of its answer"
        return self._histogram("footing_http_response_seconds", meaning, "route", buckets=_CALL_BUCKETS)

    # -- outcomes ---------------------------------------------------------------------------------------------

    @cached_property
    def freshness(self) -> Gauge:
        """How old the figures are."""
        meaning = "Age of the oldest accepted event that the read model lacks; 0: none; not shown: not known"
        return self._gauge("footing_freshness_seconds", meaning, "read_model")

    @cached_property
    def releases_wrong(self) -> Gauge:
        """Whether what everybody reads is right."""
        meaning = "Published releases, not corrected since, that do not say what was known when they were drafted"
        return self._gauge("footing_releases_wrong", meaning)

    @cached_property
    def rebuilds(self) -> Gauge:
        """Whether something is rebuilt."""
        return self._gauge("footing_rebuilds_running", "Rebuilds of read models begun and not ended")

    @cached_property
    def rebuild_records(self) -> Gauge:
        """How much a rebuild has to read."""
        return self._gauge("footing_rebuild_records", "Records that the rebuilds under way have to read")

    @cached_property
    def rebuild_read(self) -> Gauge:
        """How far it is."""
        return self._gauge("footing_rebuild_read_records", "How many of these they have read")

    @cached_property
    def measures_short(self) -> Gauge:
        """What it does to each measure."""
        meaning = "By how many events of these a measure of the scheme may be short at most; only where it may be"
        return self._gauge("footing_measures_short", meaning, "scheme", "measure", "why")

    # -- notify -----------------------------------------------------------------------------------------------

    @cached_property
    def attempts(self) -> Counter:
        """How attempts to tell ended."""
        meaning = "Notifications attempted, by how that ended"
        return self._counter("footing_notifications", meaning, "channel", "result")

    @cached_property
    def notifications_pending(self) -> Gauge:
        """What is still to be told."""
        return self._gauge("footing_notifications_pending", "Notifications that are owed and not yet told")

    @cached_property
    def notifications_failing(self) -> Gauge:
        """What is told in vain."""
        meaning = "Age of the oldest owed notification that was attempted in vain; 0: none was"
        return self._gauge("footing_notifications_failing_seconds", meaning)

    # -- door: who is quiet, and the canary; a partner is a publishing system, of which there are tens -----------

    @cached_property
    def partner_seconds(self) -> Gauge:
        """How long a partner has been quiet."""
        meaning = "Time since something of this type was last accepted of a partner"
        return self._gauge("footing_partner_seconds_since_last_event", meaning, "partner", "event")

    @cached_property
    def partner_silent(self) -> Gauge:
        """Whether that is longer than it should be."""
        meaning = "1: nothing came for twice the expected gap, in working time; 0: it is not as long as that"
        return self._gauge("footing_partner_silent", meaning, "partner", "event")

    @cached_property
    def partner_missing(self) -> Gauge:
        """What it does to the numbers."""
        meaning = (
            "How many have probably not come since the last, by a usual week; each of its schemes may lack them all. "
            "0: it is not silent; not shown: not known"
        )
        return self._gauge("footing_partner_missing_events", meaning, "partner", "event", "scheme")

    @cached_property
    def canary_trip(self) -> Gauge:
        """How long the way is."""
        return self._gauge("footing_canary_trip_seconds", "How long the last canary took from an inbox to a read model")

    @cached_property
    def canary_success(self) -> Gauge:
        """Whether it is open."""
        return self._gauge("footing_canary_last_success_timestamp_seconds", "When the last canary had come through")

    # ---------------------------------------------------------------------------------------------------------

    def begin(self, loop: str) -> None:
        """Show the counters of a loop from 0 on: of one that appears with its first count, that count is not seen."""
        for ending in ENDINGS:
            self.handled.labels(loop, ending)
        for cause in ("conflict", "outage"):
            self.retries.labels(loop, cause)
        self.tick_failures.labels(loop)

    def hide(self, *metrics: str) -> None:
        """Show these, by attribute, no more until they are used again: what is over is not an old value."""
        for name in metrics:
            if (metric := self.__dict__.pop(name, None)) is not None:
                self.registry.unregister(metric)

    @contextmanager
    def kafka_call(self, name: str) -> Iterator[Call]:
        """Time a call to Kafka: it failed if it raises, or says so."""
        began, call, raised = time.perf_counter(), Call(), True
        try:
            yield call
            raised = False
        finally:
            result = "error" if raised or call.failed else "ok"
            self.kafka_calls.labels(name, result).observe(time.perf_counter() - began)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(name, meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, *labels: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(name, meaning, labels, registry=self.registry, buckets=buckets)


def described() -> list[Described]:
    """All metrics, in the order of this file."""
    metrics, found = Metrics(), list[Described]()
    for attribute, made in vars(Metrics).items():
        if isinstance(made, cached_property):
            metric: Any = getattr(metrics, attribute)
            said = metric.describe()[0]
            name = f"{said.name}_total" if said.type == "counter" else said.name
            found.append(Described(name, said.type, tuple(metric._labelnames), said.documentation))
    return found
