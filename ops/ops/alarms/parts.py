"""Alarms of MongoDB and Kafka: whether they answer, room, clocks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ops.alarms.alarm import Alarm, Beside, raised
from ops.alarms.lacking import BEHIND, InHand, impact_of
from ops.alarms.rules import above
from ops.alarms.words import lasting

_PARTS: Final = {"mongod": ("mongodb", "MongoDB", "FootingMongoAway"), "kafka": ("kafka", "Kafka", "FootingKafkaAway")}


def of_parts(stack: str, parts: Sequence[Mapping[str, Any]], beside: Beside, lack: Sequence[InHand]) -> Iterator[Alarm]:
    """Of one installation. What has not been taken up is as much as was known when both answered last."""
    down = {part["part"] for part in parts if not part["up"]}
    for name, (part, called, rule) in _PARTS.items():
        silent = [job for job, value, _ in _values(beside, "footing_part_answers", part=part) if value == 0]
        if silent or name in down:
            to = f" {', '.join(silent)}" if silent else ""
            what = f"{called} of {stack} does not answer{to}."
            yield raised(rule, what, {"stack": stack, "part": part}, None, impact_of(lack, BEHIND))
    yield from _of_disk(stack, beside)
    for job, ahead, _ in _values(beside, "footing_clock_ahead_seconds"):
        if abs(ahead) > above("FootingClockWrong"):
            what = f"The clocks of {job} and of MongoDB differ by {lasting(abs(ahead))}."
            yield raised("FootingClockWrong", what, {"stack": stack, "job": job})


def _of_disk(stack: str, beside: Beside) -> Iterator[Alarm]:
    sizes = {job: size for job, size, _ in _values(beside, "footing_mongo_disk_bytes")}
    used = [(value / sizes[job]) for job, value, _ in _values(beside, "footing_mongo_disk_used_bytes") if job in sizes]
    share = max(used, default=0.0)
    rule = "FootingDiskFull" if share > above("FootingDiskFull") else "FootingDiskFilling"
    if share > above(rule):
        yield raised(rule, f"MongoDB's disk is {share:.0%} full.", {"stack": stack})


def _values(beside: Beside, metric: str, **wanted: str) -> Iterable[tuple[str, float, Mapping[str, str]]]:
    """The service, value and labels of each series of a metric with these labels."""
    for job, gauges in beside.gauges.items():
        for labels, value in gauges.get(metric, ()):
            if wanted.items() <= labels.items():
                yield job, value, labels
