"""What no single look tells, and the board, which looks all the time, knows: how many events gates refused lately."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from ops.alarms.alarm import Alarm, Beside, raised
from ops.alarms.rules import above, share, window_seconds
from ops.alarms.words import count

_RULE: Final = "FootingManyRefused"
_HANDLED: Final = "footing_records_handled_total"
_GATE: Final = "gate"


@dataclass(frozen=True, slots=True)
class _Handled:
    """By the gate of one service since its process began: all records, and those of them that it refused."""

    every: float
    refused: float


@dataclass
class Lately:
    """The counts of the time that the rule looks at, look by look."""

    _looks: deque[tuple[datetime, Mapping[str, _Handled]]] = field(default_factory=deque)

    def note(self, at: datetime, beside: Beside) -> None:
        """Take a look's counts down; what is older than the rule looks at goes."""
        self._looks.append((at, dict(_of_gates(beside))))
        oldest = at - timedelta(seconds=window_seconds(_RULE))
        while len(self._looks) > 1 and self._looks[0][0] < oldest:
            self._looks.popleft()

    def alarms(self, stack: str) -> Iterator[Alarm]:
        """Of each gate that refused many, of all that it handled meanwhile."""
        looks = [handled for _, handled in list(self._looks)]  # of now: another thread may note the next
        for job in sorted({job for handled in looks for job in handled}):
            every, refused = _grown([handled[job] for handled in looks if job in handled])
            if refused > above(_RULE) and refused > share(_RULE) * every:
                what = f"{job} refused {count(round(refused))} of {round(every):,} that its gate handled lately."
                yield raised(_RULE, what, {"stack": stack, "job": job})


def _grown(looks: Sequence[_Handled]) -> tuple[float, float]:
    """What was added from look to look; a process that began anew counts from nought."""
    every = refused = 0.0
    for before, now in pairwise(looks):
        was = before if now.every >= before.every else _Handled(0, 0)
        every, refused = every + now.every - was.every, refused + now.refused - was.refused
    return every, refused


def _of_gates(beside: Beside) -> Iterator[tuple[str, _Handled]]:
    for job, gauges in beside.gauges.items():
        of_gate = [(labels["ending"], value) for labels, value in gauges.get(_HANDLED, ()) if labels["loop"] == _GATE]
        if of_gate:
            refused = sum(value for ending, value in of_gate if ending == "refused")
            yield job, _Handled(sum(value for _, value in of_gate), refused)
