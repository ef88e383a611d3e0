"""Run it: `PYTHONPATH=tests python -m faults [--fault NAME ...]`."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from host import promtool
from host.programs import NotThere

from faults import kinds, parts, showing
from faults.fault import Row
from faults.system import running
from faults.walk import undisturbed, walk

_RIGHT, _WRONG, _NOT_THERE = 0, 1, 3


def main(arguments: Sequence[str]) -> int:
    """0: every fault was noticed and mended, and figures are right; 1: not so; 3: what is needed cannot be had."""
    every = {fault.name: fault for fault in kinds.FAULTS}
    options = _options(list(every)).parse_args(arguments)
    try:
        promtool.server()  # before mounts are our own: it may be fetched
        parts.in_own_mounts("faults", arguments)
    except NotThere as missing:
        _say(f"make faults needs {missing}")
        return _NOT_THERE
    signal.signal(signal.SIGTERM, _interrupt)
    rows: list[Row] = []
    with running() as system:
        expected = undisturbed(system)
        _say("everything runs, and counts")
        for group in kinds.GROUPS:
            chosen = [fault for fault in group if fault.name in (options.fault or every)]
            walked = walk(system, chosen, expected) if chosen else []
            rows += walked
            for row in walked:
                _say(showing.told(row))
            if any(row.wrong for row in walked):
                system.heal()
    _say(showing.table(rows))
    if not options.fault:
        showing.write(rows, options.out)
    return _WRONG if any(row.wrong for row in rows) else _RIGHT


def _interrupt(_number: int, _frame: object) -> NoReturn:
    """Told to end, it ends what it started."""
    raise KeyboardInterrupt


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _options(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--fault", action="append", choices=names, help="this one only; may be given again")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder of faults.json and faults.md")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
