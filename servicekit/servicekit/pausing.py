"""Loops that operators hold: which, since when and why. It stands in the service's database, and so outlives restarts.

A worker looks whenever it takes partitions over, and once a second; it ends the batch in hand, and says that it holds:
who paused it waits for that.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog
from pymongo.asynchronous.database import AsyncDatabase

from servicekit.positions import Position

if TYPE_CHECKING:
    from servicekit.running import Running

PAUSED: Final = "paused"
_EVERY_SECONDS: Final = 1.0

log = structlog.get_logger()


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """That a loop is held, as MongoDB keeps it. `intake`: only what partners say is held, not what was accepted."""

    loop: str = msgspec.field(name="_id")
    since: datetime
    who: str
    why: str
    intake: bool = False

    def holds(self, position: Position) -> bool:
        """Whether records of this partition are held: an inbox has its partner in its name."""
        return not self.intake or "." in position[0]


async def pause_of(database: AsyncDatabase[dict[str, Any]], loop: str) -> Pause | None:
    """The pause of a loop, if it is held."""
    found = await database[PAUSED].find_one({"_id": loop})
    return None if found is None else msgspec.convert(found, Pause)


async def follow_pauses(running: "Running") -> None:
    """Hold and let go the loops of this worker as operators say, and tell them that it is done."""
    while await running.sleep(_EVERY_SECONDS):
        for name, runner in running.runners.items():
            pause = await pause_of(running.database, name)
            if pause != runner.paused:
                await runner.obey(pause)
                log.warning("paused" if pause else "resumed", loop=name)
            if pause is not None:
                held = {"$set": {f"held.{runner.ledger.owner}": datetime.now(UTC)}}
                known = {f"held.{runner.ledger.owner}": {"$exists": False}}
                await running.database[PAUSED].update_one({"_id": name, "since": pause.since, **known}, held)
