"""What a row of the suite is: one kind of fault, brought about again and again on a running system."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from recovery.world import World

WHOLE: Final = "whole"  # the stage that most rows share: one broker, one MongoDB node, each behind a proxy
THREE: Final = "three"  # a replica set of three members


@dataclass(frozen=True)
class Injected:
    """The faults that a row saw happen, by kind, and what it found amiss by itself. A fault that is only asked for
    does not count: see the process dead of signal 9, the reply dropped, the generation changed, and then count it.
    """

    faults: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    @property
    def number(self) -> int:
        """How many faults happened."""
        return self.faults.total()


@dataclass(frozen=True)
class Row:
    """One kind of fault. `run` brings it about some `times` times, drawn from `chance` alone, and returns; settling and
    checking come after it. `short` and `long` are the `times` of `make test` (0: not there) and of `make recovery`.
    """

    name: str
    about: str
    run: "Callable[[World, Random, int], Injected]"
    short: int
    long: int
    stage: str = WHOLE
