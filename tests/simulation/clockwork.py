"""Virtual time and processes: an event loop for each process, all driven by one clock. Nothing waits for real.

What a real loop promises stays: callbacks run in the order in which they were scheduled. What it leaves open, when
an answer comes and what else has happened by then, the seed decides.
"""

import asyncio
from asyncio.events import _set_running_loop
from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Any

Callback = Callable[..., Any]


class Timer:
    """A callback to come, as asyncio expects it."""

    __slots__ = ("args", "callback", "gone", "process", "when")

    def __init__(self, process: "Process", callback: Callback, args: tuple[Any, ...], when: float) -> None:
        self.process, self.callback, self.args, self.when = process, callback, args, when
        self.gone = False

    def cancel(self) -> None:
        self.gone = True

    def cancelled(self) -> bool:
        return self.gone


class Clockwork:
    """The clock, and everything that is to happen."""

    def __init__(self, chance: Random) -> None:
        self.now = 0.0
        self.chance = chance
        self.ready: deque[tuple[Process, Callback, tuple[Any, ...]]] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._count = 0
        self.outside = Process(self, "outside")

    def at(self, timer: Timer) -> None:
        self._count += 1
        heappush(self._timers, (timer.when, self._count, timer))

    def later(self, seconds: float, callback: Callback, *args: Any) -> None:
        """Something outside of all processes: a part answers, a fault strikes."""
        self.at(Timer(self.outside, callback, args, self.now + seconds))

    def run(self, holds: Callable[[], bool], deadline: float, every: float = 0.25) -> bool:
        """Let time pass until the condition holds; False if it does not by then. It is looked at now and then."""
        ready, timers, look = self.ready, self._timers, self.now
        running: Process | None = None
        outside = self.outside  # asks asyncio for nothing; to say whose turn it is costs a system call
        try:
            while True:
                while ready:
                    process, callback, args = happens = ready.popleft()
                    if process.stands_still:
                        process.held_up.append(happens)
                        continue
                    if process is not running and process is not outside:
                        running = process
                        _set_running_loop(process)
                    callback(*args)
                if self.now >= look:
                    if holds():
                        return True
                    look = self.now + every
                if not timers or timers[0][0] > deadline:
                    return holds()
                when, _, timer = heappop(timers)
                if not timer.gone:
                    self.now = max(self.now, when)
                    ready.append((timer.process, timer.callback, timer.args))
        finally:
            _set_running_loop(None)

    def bury(self, processes: "list[Process]") -> None:
        """End what is left of all tasks, so that nothing of one history reaches into the next."""
        for process in processes:
            process.over = True
            process.resume()
        for _ in range(50):
            left = [task for process in processes for task in process.tasks if not task.done()]
            if not left:
                return
            for task in left:
                task.cancel()
            self.run(lambda: True, self.now)
        raise AssertionError("a task does not end")


class Process(asyncio.AbstractEventLoop):
    """One process: killed, nothing of it runs any more, not even a `finally`; paused, it runs on later."""

    def __init__(self, clockwork: Clockwork, name: str) -> None:
        self.clockwork, self.name = clockwork, name
        self.dead = self.stands_still = self.over = False
        self.held_up: list[tuple[Process, Callback, tuple[Any, ...]]] = []
        self._ready = clockwork.ready
        self.create_future = partial(asyncio.Future, loop=self)  # type: ignore[assignment]  # quicker than a method
        self.tasks: list[asyncio.Task[Any]] = []
        self.bugs: list[str] = []
        self.pauses = 0

    # -- what may befall it -----------------------------------------------------------------------------------

    def kill(self) -> None:
        self.dead = self.stands_still = True

    def pause(self) -> None:
        self.stands_still = True
        self.pauses += 1

    def resume(self) -> None:
        self.stands_still = False
        self._ready.extend(self.held_up)
        self.held_up = []

    # -- what asyncio asks of a loop --------------------------------------------------------------------------

    def call_soon(self, callback: Callback, *args: Any, context: Any = None) -> Any:
        self._ready.append((self, callback, args))  # nobody cancels what comes at once

    def call_at(self, when: float, callback: Callback, *args: Any, context: Any = None) -> Any:
        timer = Timer(self, callback, args, when)
        self.clockwork.at(timer)
        return timer

    def call_later(self, delay: float, callback: Callback, *args: Any, context: Any = None) -> Any:
        return self.call_at(self.clockwork.now + delay, callback, *args)

    def time(self) -> float:
        return self.clockwork.now

    def create_task(self, coro: Any, *, name: str | None = None, context: Any = None) -> "asyncio.Task[Any]":
        task = asyncio.Task(coro, loop=self, name=name)
        self.tasks.append(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not self.over:
            self.bugs.append(f"{context.get('message')}: {context.get('exception')!r}")

    get_debug = bool  # False, without a call in Python: it is asked for each future

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False
