"""Run it: `PYTHONPATH=tests python -m recovery [--row NAME ...] [--seed N] [--times K]`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from recovery import reporting, rows
from recovery.row import Row
from recovery.running import run_rows


def main(arguments: Sequence[str]) -> int:
    """Run the rows: 0 nothing was violated, 1 something was."""
    every = rows.every()
    options = _options(list(every)).parse_args(arguments)
    results = []

    def times(row: Row) -> int:
        return options.times or row.long

    for result in run_rows([every[name] for name in options.row or every], options.seed, times):
        _say(reporting.told(result, options.seed))
        results.append(result)
        if not options.row:
            reporting.write(results, options.out)  # row by row: what is cut short has told what it found
    _say(reporting.table(results))
    return 1 if any(result.violations for result in results) else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _options(names: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="recovery", description=__doc__)
    parser.add_argument("--row", action="append", choices=names, help="this row only; may be given again")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--times", type=int, help="how many faults, instead of the row's own number")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder of recovery.json and recovery.md")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
