"""What a gate or the projector has and could not take up yet. It is in no journey, so it is asked for, not summed."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events stand still: `waiting` for another event, or `parked` because we could not handle them."""

    what: Literal["waiting", "parked"]
    of: Literal["service"] = field(default="service", init=False)
