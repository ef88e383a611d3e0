"""The faults, in the order in which they are walked."""

from typing import Final

from faults.fault import Fault
from faults.kinds import handler_bug, mongodb_away

FAULTS: Final[tuple[Fault, ...]] = (mongodb_away.FAULT, handler_bug.FAULT)
