"""Every metric of a service, its name, kind and meaning. No identity ever stands in a label."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The metrics of one process; `service` and `loop` are bounded sets, `topic` names canonical topics only."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.handled = Counter(
            "footing_records_handled",
            "Records handled, by how their handling ended",
            ("loop", "ending"),
            registry=self.registry,
        )
        self.batch_records = Histogram(
            "footing_batch_records",
            "Records in a batch",
            ("loop",),
            buckets=(1, 10, 100, 500, 1000, 2500, 5000),
            registry=self.registry,
        )
        self.batch_seconds = Histogram(
            "footing_batch_seconds",
            "Time from a batch in hand to its commit",
            ("loop",),
            buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
            registry=self.registry,
        )
        self.retries = Counter(
            "footing_batch_retries",
            "Batches tried again, by cause: conflict, outage",
            ("loop", "cause"),
            registry=self.registry,
        )
        self.tick_failures = Counter(
            "footing_tick_failures",
            "Documents that fell due and whose fold met a bug; each is tried again at the next tick",
            ("loop",),
            registry=self.registry,
        )
        self.lag = Gauge(
            "footing_lag_records",
            "Records in the log behind the committed position",
            ("loop", "topic"),
            registry=self.registry,
        )
        self.announced = Counter(
            "footing_records_announced",
            "Records acknowledged by Kafka from the outbox",
            ("loop",),
            registry=self.registry,
        )
        self.outbox = Gauge(
            "footing_outbox_batches",
            "Committed batches whose announcements are not yet acknowledged",
            ("loop",),
            registry=self.registry,
        )
