"""The operators' board of the system, as a process, and what it says to scripts."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from faults.children import child
from faults.waiting import NotInTime, until
from ops.localstack import ports

_FOOTING: Final = str(Path(sys.executable).with_name("footing"))


class Board:
    """Asked for its state, as a script asks."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10)

    def alarms(self) -> list[Mapping[str, Any]] | None:
        """The alarms that it shows; None: it does not answer yet."""
        try:
            return list(self._http.get("/board/api/state").raise_for_status().json()["alarms"])
        except httpx.HTTPError:
            return None

    def shows(self, rule: str) -> list[str]:
        """What stands on it, once it shows this alarm."""
        alarms = self.alarms() or []
        lines = [f"{each['rule']}: {each['what']} {each['impact']}" for each in alarms]
        return lines if any(each["rule"] == rule for each in alarms) else []

    def is_quiet(self) -> bool:
        """Whether it shows no alarm."""
        return self.alarms() == []

    def close(self) -> None:
        """Ask no more."""
        self._http.close()


@contextmanager
def running(stack: str, environment: Mapping[str, str], folder: Path) -> Iterator[Board]:
    """The board, on loopback, open to everybody: all of it is made up. It ends with the block."""
    port, log = ports.take(None, None, "the board"), folder / "board.log"
    line = (_FOOTING, "board", "--stack", stack, "--port", str(port))
    with child(line, log, {**environment, "LIVE_WITHOUT_SIGN_IN": "true"}) as process:
        board = Board(f"http://{ports.HOST}:{port}")
        try:
            until(lambda: board.alarms() is not None or process.poll() is not None, "the board answers")
            if process.poll() is not None:
                raise NotInTime(f"the board ended: {log.read_text()}")
            yield board
        finally:
            board.close()
