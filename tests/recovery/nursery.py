"""One process that has imported all services and forks each life of a service from itself: a restart takes no import.

Reads one JSON object a line: {"key", "service", "environment", "log", "at"?: [io, when, nth, signal], "record"?: path}.
Says one a line: {"started": key, "pid"} and {"ended": pid, "code"}, as `subprocess` counts codes. When its standard
input closes it ends, and every life with it.
"""

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, Final

from recovery import clock, points
from servicekit.service import run

SERVICES: Final = ("referral", "case", "outcomes", "notify", "door")
_PR_SET_PDEATHSIG: Final = 1
_libc = ctypes.CDLL(None)


def main() -> None:
    """Import, then fork on demand. No thread and no event loop may exist here."""
    for service in SERVICES:
        importlib.import_module(f"{service}_service.app")
    importlib.import_module("uvicorn.protocols.http.auto")
    gc.freeze()
    woken, waker = os.pipe()
    for end in (woken, waker):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started us; our end follows from theirs
    signal.set_wakeup_fd(waker)
    _say({"ready": True})
    rest = b""
    while True:
        readable, _, _ = select.select([0, woken], [], [])
        if woken in readable:
            os.read(woken, 4096)
            _bury()
        if 0 in readable:
            if not (read := os.read(0, 1 << 20)):
                return
            *orders, rest = (rest + read).split(b"\n")
            for order in orders:
                _start(json.loads(order))


def _bury() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _say({"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _start(order: dict[str, Any]) -> None:
    ours = os.getpid()
    if pid := os.fork():
        _say({"started": order["key"], "pid": pid})
        return
    code = 70  # EX_SOFTWARE, if what comes next goes wrong
    try:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != ours:
            return
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        code = _live(order)
    except Exception:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _live(order: dict[str, Any]) -> int:
    """This is the service now: what `python -m <service>` does."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for standard in (1, 2):
        os.dup2(log, standard)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(order["environment"])
    if order.get("at") or order.get("record"):
        if order.get("at"):
            points.watch(order["service"], points.plan(*order["at"]))
        if order.get("record"):
            points.watch(order["service"], points.record(Path(order["record"])))
    if told := order["environment"].get("RECOVERY_CLOCK"):
        clock.jump(Path(told))
    if fault := order["environment"].get("PLANTED"):  # a module that breaks something in this life
        importlib.import_module(fault).plant(order["service"])
    try:
        run(importlib.import_module(f"{order['service']}_service.app").build)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _say(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()
