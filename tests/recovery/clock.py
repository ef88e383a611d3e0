"""A wall clock that jumps by hours, back and forth, in one process of a service; nothing else is touched.

Python reads the clock in C and there is no library here to put another under it, so it is given to those modules of
ours that ask `datetime.now`. Durations are measured by another clock, which never jumps, here as in life.
"""

import inspect
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from random import Random
from typing import Any, Final

_EVERY_SECONDS: Final = 1.0
_FARTHEST_HOURS: Final = 30
_OURS: Final = ("servicekit", "referral_service", "case_service", "outcomes_service", "notify_service", "door_service")


def jump(told: Path) -> None:
    """From now on the clock of this process stands hours off, elsewhere each second; each jump is a line of `told`."""
    put(_Clock(told, Random(str(told))).offset)


def put(offset: Callable[[], timedelta]) -> None:
    """From now on the clock of this process stands so far off as is said each time."""

    class Jumping(type):
        def __getattr__(cls, name: str) -> Any:
            return getattr(datetime, name)

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class Shifted(metaclass=Jumping):
        @staticmethod
        def now(zone: tzinfo | None = None) -> datetime:
            return datetime.now(zone) + offset()

    for name, module in list(sys.modules.items()):
        if name.startswith(_OURS) and getattr(module, "datetime", None) is datetime and _asks(module):
            module.datetime = Shifted  # type: ignore[attr-defined]


class _Clock:
    def __init__(self, told: Path, chance: Random) -> None:
        self._told, self._chance = told, chance
        self._offset, self._until = timedelta(), 0.0

    def offset(self) -> timedelta:
        """How far off it is now."""
        if time.monotonic() > self._until:
            self._offset = timedelta(hours=self._chance.uniform(-_FARTHEST_HOURS, _FARTHEST_HOURS))
            self._until = time.monotonic() + _EVERY_SECONDS
            with self._told.open("a") as file:
                file.write(f"{self._offset}\n")
        return self._offset


def _asks(module: Any) -> bool:
    return "datetime.now(" in inspect.getsource(module)
