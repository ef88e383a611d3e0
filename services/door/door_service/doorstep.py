"""What each partner has met at the door: in which mode an event of its was taken, which refusals it was answered.

What the door refuses stands in no receipt. `footing certify` asks here whether a partner has met each refusal.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Final

from pymongo.errors import PyMongoError

from contracts.envelope import Problem, Refusal
from servicekit.days import to_milliseconds
from servicekit.partners import Partner
from servicekit.running import Running
from servicekit.tending import end

DOORSTEP: Final = "doorstep"
_AGAIN_SECONDS: Final = 3_600.0  # the same of the same partner is put down once an hour: it must cost nothing


class Doorstep:
    """One document a partner: `taken.<mode>` is when, `refused.<reason>` when and which event. Nobody waits for it."""

    def __init__(self) -> None:
        self._put_down: dict[tuple[str, str], float] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def took(self, running: Running, partner: Partner, mode: str) -> None:
        """An event was taken that came in this mode: `binary` or `structured`."""
        self._put(running, partner, f"taken.{mode}", {})

    def refused(self, running: Running, partner: Partner, said: Refusal | Problem) -> None:
        """The partner was answered why not; a `Refusal` names the event as far as it could be read."""
        refusal = said if isinstance(said, Refusal) else Refusal(said)
        about = {"event_id": refusal.event_id, "type": refusal.type}
        named = {name: value for name, value in about.items() if value is not None}
        self._put(running, partner, f"refused.{refusal.problem.code}", named)

    def _put(self, running: Running, partner: Partner, path: str, more: dict[str, str]) -> None:
        now = time.monotonic()
        if now - self._put_down.get((partner.name, path), -_AGAIN_SECONDS) < _AGAIN_SECONDS:
            return
        self._put_down[partner.name, path] = now
        seen = {"at": to_milliseconds(datetime.now(UTC)), **more}
        task = asyncio.create_task(self._write(running, partner.name, path, seen))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, running: Running, partner: str, path: str, seen: dict[str, Any]) -> None:
        try:
            await running.database[DOORSTEP].update_one({"_id": partner}, {"$set": {path: seen}}, upsert=True)
        except PyMongoError:
            self._put_down.pop((partner, path), None)  # the next time then

    async def close(self) -> None:
        """What is not written yet is given up: the partner can show it again."""
        await end(*self._writing)
