"""Before maintenance: nothing more is taken in, what is in hand is finished, then all is held. Or all is undone."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from ops.holding import GATES, LOOPS, Holding, HoldRefused, LoopName, told

_LOOK_EVERY_SECONDS: Final = 0.3


class NotInTime(Exception):  # noqa: N818  an answer, not a fault
    """Something was still in hand when the time was over; the message says what."""


async def drain(there: Holding, *, who: str, why: str, seconds: float, say: Callable[[str], None]) -> None:
    """Close the gates' intake in order, let all that follows come to its end, then hold every loop.

    Where it does not come about in time, or is interrupted, whatever it held is let go. Raises `NotInTime`,
    `HoldRefused`.
    """
    if held := await there.held():
        raise HoldRefused(". ".join(told(name, pause) for name, pause in held.items()) + ". Resume first.")
    begun: list[LoopName] = []
    try:
        async with asyncio.timeout(seconds):
            for gate in GATES:
                begun.append(gate)
                await there.hold(gate, who=who, why=why, intake=True)
                await _until(f"{gate} takes nothing more from inboxes", partial(_obeys, there, gate), say)
            await _until("nothing is in hand", partial(_in_hand, there), say)
            for name in LOOPS:
                begun.append(name)
                await there.hold(name, who=who, why=why)
            for name in LOOPS:
                await _until(f"{name} is held", partial(_obeys, there, name), say)
            await _until("everything is sent", partial(_unsent, there), say)
    except BaseException as ended:
        for name in dict.fromkeys(begun):
            await there.let_go(name)
        if isinstance(ended, TimeoutError):
            raise NotInTime(f"{await _in_hand(there) or 'Some worker did not answer'}.") from None
        raise


async def _until(done: str, lacking: Callable[[], Awaitable[str]], say: Callable[[str], None]) -> None:
    """Wait until nothing is lacking any more, and say what is as it changes."""
    before = ""
    while missing := await lacking():
        if missing != before:
            say(missing)
        before = missing
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    say(done)


async def _obeys(there: Holding, name: LoopName) -> str:
    return "" if await there.obeys(name) else f"waiting for the workers of {name}"


async def _in_hand(there: Holding) -> str:
    """What is not finished, in words; empty if all is."""
    behind = {name: await there.behind(name) for name in LOOPS}
    said = [f"{name} has {count:,} still to handle" for name, count in behind.items() if count]
    return ", ".join([*said, *filter(None, [await _unsent(there)])])


async def _unsent(there: Holding) -> str:
    batches = {name: await there.unsent(name) for name in LOOPS}
    return ", ".join(f"{name} has {count:,} batches to send" for name, count in batches.items() if count)
