"""The attack: what somebody outside can work out about suppressed counts from everything that was published.

`python -m outcomes_service.releases.attack --releases 1000` attacks so many releases drawn at random, as protected and
with what is small itself suppressed alone, and writes what it recovered to `build/attack.json`.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Final

from outcomes_service.releases.counts import WentOut
from outcomes_service.releases.covering import Range, range_of, recovered
from outcomes_service.releases.invented import series
from outcomes_service.releases.model import Table
from outcomes_service.releases.profiles import DEFAULT, Profile
from outcomes_service.releases.protection import protect
from outcomes_service.releases.solving import System
from outcomes_service.releases.web import Told, web

_RESULT: Final = Path("build/attack.json")
_AT_ONCE: Final = 4


def attack(releases: Sequence[Sequence[Table]], profile: Profile = DEFAULT) -> Mapping[Told, Range]:
    """Bounds of every suppressed count from published tables alone, releases in the order in which they went out.

    It takes it that tables add up and that what shows the same did not change. Raises `Contradiction` if it cannot be.
    """
    woven = web(releases, profile)
    system = System(woven)
    suppressed = [number for number, high in enumerate(woven.high) if high is None and number in woven.told]
    ranges = {number: range_of(system, number) for number in suppressed if number not in woven.rests}
    return {told: within for number, within in ranges.items() for told in woven.told[number]}


@dataclass(frozen=True, slots=True)
class Result:
    """`cells` are the small counts of so many releases, `recovered` those bounded more closely than is allowed."""

    releases: int
    cells: int
    recovered: int
    recovered_without_secondary: int


def on_random(releases: int, *, processes: int = 1) -> Result:
    """Attack so many releases drawn at random, each with those of its series that went out before."""
    asked: list[tuple[int, int]] = []
    left = releases
    for seed in count():
        if not left:
            break
        taken = min(left, len(series(seed)))
        asked.append((seed, taken))
        left -= taken
    if processes == 1:
        results = [_on_series(each) for each in asked]
    else:
        with ProcessPoolExecutor(processes) as pool:
            results = list(pool.map(_on_series, asked, chunksize=_AT_ONCE))
    return Result(releases, *(sum(found) for found in zip(*results, strict=True)))


def _on_series(asked: tuple[int, int]) -> tuple[int, int, int]:
    seed, releases = asked
    went_out: list[WentOut] = []
    for exact in series(seed)[:releases]:
        went_out.append(WentOut(exact, protect(exact, went_out, DEFAULT)))
    bare = [WentOut(each.exact, protect(each.exact, (), DEFAULT, secondary=False)) for each in went_out]
    cells, narrowed = _recovered(went_out)
    return cells, narrowed, _recovered(bare)[1]


def _recovered(releases: Sequence[WentOut]) -> tuple[int, int]:
    woven = web([each.published for each in releases], DEFAULT, [each.exact for each in releases])
    return len(woven.protected(DEFAULT)), len(recovered(System(woven), woven, DEFAULT))


def main(arguments: Sequence[str] | None = None) -> int:
    """0 if nothing was recovered of what is protected, 1 if something was."""
    parser = argparse.ArgumentParser(prog="python -m outcomes_service.releases.attack", description=__doc__)
    parser.add_argument("--releases", type=int, default=100, help="how many (100)")
    parser.add_argument("--processes", type=int, default=2, help="in how many processes (2)")
    parser.add_argument("--output", type=Path, default=_RESULT, help=f"where the result goes ({_RESULT})")
    said = parser.parse_args(arguments)
    result = on_random(said.releases, processes=said.processes)
    said.output.parent.mkdir(parents=True, exist_ok=True)
    said.output.write_text(json.dumps(asdict(result)) + "\n")
    sys.stdout.write(f"{json.dumps(asdict(result))}\n")
    return 1 if result.recovered else 0


if __name__ == "__main__":
    sys.exit(main())
