"""An alarm, and what is looked at to find one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from door_service.standing import Quiet
from ops.alarms.rules import Severity, rules
from ops.standing.asking import Seen

if TYPE_CHECKING:
    from ops.impact import Impact

Gauges = Mapping[str, Sequence[tuple[Mapping[str, str], float]]]
"""Of each metric its series: labels and value."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What one installation says beside how its services stand: their gauges by service, and who is quiet."""

    gauges: Mapping[str, Gauges]
    quiet: Quiet | None


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is looked at. `parts` as `parts_of` gives them, `beside` by installation."""

    at: datetime
    parts: Sequence[Mapping[str, Any]]
    services: Sequence[Seen]
    beside: Mapping[str, Beside]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something is as an alert rule says that it should not be.

    `rule` is its name, `runbook` its page; `what` says it in a sentence, `impact` what it does to the numbers, in
    words, and `short` the same to reckon with. `labels` are those of the rule, with the `stack` where it is.
    """

    rule: str
    severity: Severity
    what: str
    since: datetime | None
    impact: str
    runbook: str
    labels: Mapping[str, str]
    short: tuple["Impact", ...] = field(default=(), compare=False)


def raised(
    rule: str, what: str, labels: Mapping[str, str], since: datetime | None = None, short: Sequence["Impact"] = ()
) -> Alarm:
    """An alarm of this rule: what is known of its impact first, then what the rule says of it."""
    known = rules()[rule]
    words = " ".join([*(each.words for each in short), known.says])
    return Alarm(rule, known.severity, what, since, words, known.runbook, dict(labels), tuple(short))
