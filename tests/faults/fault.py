"""What a fault is here, and what came of one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from faults.system import System


@dataclass(frozen=True)
class Planted:
    """A fault that is there. `values`: what the page gives as an example, and what it is this time."""

    values: Mapping[str, str] = field(default_factory=dict)


def nothing(_system: System, _planted: Planted) -> None:
    """The page's commands are all there is to do."""


@dataclass(frozen=True)
class Fault:
    """A fault, the alert by which it has to be noticed, and the page by whose commands it has to be mended.

    `plant` breaks something, and sees to it that a whole course is said, now or when it is mended. `mend` is what the
    page tells in words and no command can do, such as what the partner does; it comes before the page's commands. Of
    some rules only Prometheus can know (`ops.alarms.rules.ONLY_PROMETHEUS`): they are not `is_on_board`.
    """

    name: str
    title: str
    alert: str
    page: str
    plant: Callable[[System], Planted]
    mend: Callable[[System, Planted], None] = nothing
    is_on_board: bool = True


@dataclass
class Row:
    """What came of it: seconds since it was planted, or since mending began; what was wrong."""

    fault: Fault
    begun: float = 0.0
    planted: Planted = field(default_factory=Planted)
    alert_seconds: float | None = None
    board_seconds: float | None = None
    mended_seconds: float | None = None
    screen: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
