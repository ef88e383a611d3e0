"""The way from a process to a part and back: it takes time, and may lose the question or the answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulation.clockwork import Process

AGAIN = object()  # what a part returns that cannot answer yet


@dataclass(slots=True)
class Faults:
    """How likely it is that a call is slow, or that its question or its answer is lost."""

    slow: float = 0.0
    question_lost: float = 0.0
    answer_lost: float = 0.0
    struck: int = 0  # how many calls were slow or lost


class Doom:
    """What befalls a process at a call that was drawn."""

    def __init__(self, what: str, nth: int, after: bool, strike: Callable[[], None]) -> None:
        self._what, self._left, self._after, self._strike = what, nth, after, strike

    def is_sent(self, what: str) -> bool:
        """Whether the question leaves the process, which is struck if its time has come."""
        if what != self._what:
            return True
        self._left -= 1
        if self._left:
            return True
        self._strike()
        return self._after


class Wire:
    """Calls of one process. `doom` strikes at the n-th call of its kind, before the question leaves or just after."""

    def __init__(self, process: Process, faults: Faults, note: Callable[[str], None] | None) -> None:
        self.process, self.faults, self.note = process, faults, note
        self.doom: Doom | None = None

    def call(
        self,
        what: str,
        serve: Callable[[], Any],
        lost: Callable[[bool], Exception],
        late: Callable[[], None] | None = None,
    ) -> "asyncio.Future[Any]":
        """Ask; `serve` runs at the part. `lost(executed)` makes the error of a lost question or answer.

        `late`: an error was told, and what was asked happens all the same, some time later.
        """
        process, faults = self.process, self.faults
        if process.over:
            raise asyncio.CancelledError
        clockwork = process.clockwork
        answer = process.create_future()
        chance = clockwork.chance.random
        struck, seconds = "", 0.0005 + 0.004 * chance()
        if faults.slow or faults.question_lost:
            fate = chance()
            if fate < faults.slow:
                struck, seconds = "slow", 0.02 + 1.2 * chance() ** 3
            elif fate < faults.slow + faults.question_lost:
                struck = "question lost"
            elif fate < faults.slow + faults.question_lost + faults.answer_lost:
                struck = "answer lost"
            faults.struck += bool(struck)
        if self.note:
            self.note(f"{process.name} {what} {struck}".rstrip())
        if self.doom is None or self.doom.is_sent(what):
            clockwork.later(seconds, self._serve, answer, serve, lost, late, struck)
        else:  # the process was struck before: if it lives on, it asks then
            process.call_later(seconds, self._serve, answer, serve, lost, late, struck)
        return answer

    def _serve(
        self,
        answer: "asyncio.Future[Any]",
        serve: Callable[[], Any],
        lost: Callable[[bool], Exception],
        late: Callable[[], None] | None,
        struck: str,
    ) -> None:
        process = self.process
        if process.over or answer.done():  # nobody asks any more
            return
        failure: Exception | None = None
        result: Any = None
        if struck == "question lost":
            failure = lost(False)
        elif struck == "answer lost" and late is not None and process.clockwork.chance.random() < 0.5:
            failure = lost(True)
            process.clockwork.later(0.3 * process.clockwork.chance.random(), late)
        else:
            try:
                result = serve()
            except Exception as error:
                failure = error
            if result is AGAIN:
                process.clockwork.later(0.005, self._serve, answer, serve, lost, late, struck)
                return
            if struck == "answer lost":
                failure = lost(True)
        if failure is not None:
            answer.set_exception(failure)
        else:
            answer.set_result(result)
