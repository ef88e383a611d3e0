"""What of that is fine and what is not, in words: the same for people and, by the exit code, for scripts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ops.localstack.local import LEAST_FREE_BYTES
from ops.standing.asking import Seen
from servicekit.standing import Lane, LoopStanding

LATE_SECONDS: Final = 60.0  # as a service itself says of a batch that it is stuck
_STALE_SECONDS: Final = 15.0
FINE: Final = "fine"
NOT_KNOWN: Final = "not known"
STANDS_STILL: Final = "stands still"
PAUSED: Final = "paused"  # as operators want it: it is shown, and is no fault
_NO_FAULT: Final = (FINE, PAUSED)


_OF_PARTS: Final = {"mongod": "FootingMongoAway", "kafka": "FootingKafkaAway"}
_DISK: Final = ("FootingDiskFilling", "FootingDiskFull")
_STANDS: Final = ("FootingLoopStuck", "FootingLagGrows", "FootingLoopStopped")
_OF_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "behind": _STANDS,
    STANDS_STILL: _STANDS,
    NOT_KNOWN: ("FootingKafkaAway", "FootingMongoAway"),
    "parked": ("FootingParked",),
    "unsent": ("FootingOutboxStuck", "FootingKafkaAway"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not fine, in a sentence. `said_by`: the alert rules that say it better, where they do."""

    words: str
    stack: str
    said_by: tuple[str, ...]
    service: str | None = None
    loop: str | None = None


@dataclass(frozen=True, slots=True)
class LaneRow:
    """One lane of a loop, over all its topics. `topics`: those in which it is behind."""

    lane: int
    behind: int | None
    seconds: float | None
    moved_at: datetime | None
    topics: tuple[str, ...]

    @property
    def word(self) -> str:
        """How it does."""
        return lateness(self.behind, self.seconds, self.moved_at)


def lateness(behind: int | None, seconds: float | None, moved_at: datetime | None) -> str:
    """`fine` while it keeps up, `behind`, or `stands still` where nothing has moved for long either."""
    if behind is None or seconds is None:
        return NOT_KNOWN
    if seconds <= LATE_SECONDS:
        return FINE
    still = moved_at is None or (datetime.now(UTC) - moved_at).total_seconds() > LATE_SECONDS
    return STANDS_STILL if still else "behind"


def loop_words(loop: LoopStanding) -> tuple[str, ...]:
    """What there is to say of a loop; `fine` alone if there is nothing."""
    late = PAUSED if loop.paused else lateness(loop.behind, loop.seconds, loop.moved_at)
    said = [late] if late != FINE else []
    if loop.parked:
        said.append("parked")
    if loop.unsent_seconds > LATE_SECONDS:
        said.append("unsent")
    return tuple(said) or (FINE,)


def service_word(seen: Seen) -> str:
    """How a service itself does."""
    if seen.standing is None:
        return "down" if seen.url else "no address"
    return "ready" if seen.standing.ready else "not ready"


def is_stale(seen: Seen) -> bool:
    """Whether a service answers with what it knew before MongoDB was away, or knows nothing yet."""
    at = seen.standing.at if seen.standing else None
    return at is None or (datetime.now(UTC) - at).total_seconds() > _STALE_SECONDS


def age_word(seconds: float | None) -> str:
    """How a read model does, by the age of the oldest event that it lacks."""
    if seconds is None:
        return NOT_KNOWN
    return FINE if seconds <= LATE_SECONDS else "behind"


def disk_is_low(part: Mapping[str, Any]) -> bool:
    """Whether there is less room for its data than it would need to start."""
    return part["free_mb"] is not None and part["free_mb"] * 1_000_000 < LEAST_FREE_BYTES


def faults(parts: Iterable[Mapping[str, Any]], services: Iterable[Seen]) -> list[Fault]:
    """All that is not fine, a sentence each."""
    return [*_of_parts(parts), *(fault for seen in services for fault in _of_service(seen))]


def _of_parts(parts: Iterable[Mapping[str, Any]]) -> Iterator[Fault]:
    for part in parts:
        name, stack = part["part"], part["stack"]
        if not part["up"]:
            yield Fault(f"{name} of {stack} is down", stack, (_OF_PARTS[name],))
        if disk_is_low(part):
            yield Fault(f"only {part['free_mb']:,} MB are free where {name} of {stack} keeps its data", stack, _DISK)


def _of_service(seen: Seen) -> Iterator[Fault]:
    for words, *rules in _of_itself(seen):
        yield Fault(words, seen.installation, tuple(rules), seen.service)
    for loop in seen.loops or ():
        for word in loop_words(loop):
            if word not in _NO_FAULT:
                words = f"{seen.service} {loop.loop}: {word}"
                yield Fault(words, seen.installation, _OF_WORDS[word], seen.service, loop.loop)
    for model, seconds in (seen.standing.read_models if seen.standing else {}).items():
        if (word := age_word(seconds)) != FINE:
            rule = "FootingFiguresAgeUnknown" if seconds is None else "FootingFiguresNotFresh"
            yield Fault(f"{seen.service} {model}: {word}", seen.installation, (rule,), seen.service)


def _of_itself(seen: Seen) -> Iterator[tuple[str, ...]]:
    """What is not fine of the service, and which rules say it better."""
    if seen.standing is None and seen.url:
        yield f"{seen.service} {seen.problem}", "FootingServiceDown"
    elif seen.standing is not None and not seen.standing.ready:
        why = "; ".join(f"{part}: {why}" for part, why in seen.standing.why.items())
        yield f"{seen.service} is not ready: {why}", "FootingLoopStopped", "FootingServiceDown"
    if seen.standing is not None and is_stale(seen):
        yield f"{seen.service} does not know now how its loops stand", "FootingMongoAway", "FootingNotMeasured"


def lanes_of(loop: LoopStanding) -> list[LaneRow]:
    """The lanes of a loop, over all its topics."""
    numbers = sorted({lane.lane for lane in loop.lanes})
    return [_row(number, [lane for lane in loop.lanes if lane.lane == number]) for number in numbers]


def _row(number: int, lanes: Sequence[Lane]) -> LaneRow:
    behind = [lane.behind for lane in lanes if lane.behind is not None]
    ages = [lane.seconds for lane in lanes if lane.seconds is not None]
    held_up = [lane for lane in lanes if lane.behind]
    moves = [lane.moved_at for lane in held_up or lanes if lane.moved_at is not None]
    return LaneRow(
        lane=number,
        behind=sum(behind) if len(behind) == len(lanes) else None,
        seconds=max(ages) if len(ages) == len(lanes) else None,
        moved_at=(min if held_up else max)(moves, default=None),
        topics=tuple(lane.topic for lane in held_up),
    )
