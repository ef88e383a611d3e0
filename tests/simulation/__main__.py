"""`PYTHONPATH=tests python -m simulation --seed 7` replays one history; with `--seeds 1000` it tries that many."""

import argparse
import sys
import time

from simulation.planted import PLANTED, planted
from simulation.running import first_amiss, quietly, told


def say(text: str) -> None:
    """To whoever runs it."""
    sys.stdout.write(f"{text}\n")


def main() -> int:
    """Print the schedule of one seed, or of the first of many that violates anything."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed on")
    parser.add_argument("--planted", choices=sorted(PLANTED), help="with this mistake in place of the real code")
    asked = parser.parse_args()
    started = time.process_time()
    with quietly(), planted(asked.planted):
        if asked.seeds == 1:
            say(told(asked.seed))
            return 0
        amiss = first_amiss(range(asked.seed, asked.seed + asked.seeds))
        if amiss is not None:
            say(told(amiss))
            return 1
    say(f"{asked.seeds} histories, nothing amiss, {asked.seeds / (time.process_time() - started):.0f} a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
