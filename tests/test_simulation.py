"""The core of delivery in 3,000 simulated histories; and mistakes planted in it, each of which must be found."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulation.planted import PLANTED, planted
from simulation.running import first_amiss, quietly, run_seed, told

TESTS = Path(__file__).parent
HISTORIES = 3000
HERE = 1000  # of them in this process, which has the planted mistakes to find too
FOUND_WITHIN = 300


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with quietly():
        yield


@pytest.fixture(scope="module")
def the_others() -> Iterator[subprocess.Popen[str]]:
    """The other histories, in a process of their own while the tests of this one run."""
    process = _simulation("--seed", str(HERE), "--seeds", str(HISTORIES - HERE))
    yield process
    process.kill()
    process.communicate()


def test_a_history_is_the_same_whenever_its_seed_is_run(the_others: subprocess.Popen[str]) -> None:
    schedule = told(7)
    assert schedule.count("\n") > 50
    assert told(7) == schedule
    assert told(8) != schedule
    elsewhere, _ = _simulation("--seed", "7").communicate(timeout=60)
    assert elsewhere.rstrip() == schedule


def test_the_histories_are_rich_in_faults() -> None:
    struck = [run_seed(seed)[0].struck for seed in range(100)]
    for what in ("killed", "paused", "stopped", "calls", "rebalances"):
        assert sum(of_one.get(what, 0) for of_one in struck) >= 10, what


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_found(mistake: str) -> None:
    with planted(mistake):
        seed = first_amiss(range(FOUND_WITHIN))
    assert seed is not None
    assert not run_seed(seed)[1], "without the mistake the same history is sound"


def test_nothing_is_amiss_in_the_first_thousand() -> None:
    seed = first_amiss(range(HERE))
    assert seed is None, told(seed)


def test_nothing_is_amiss_in_the_others(the_others: subprocess.Popen[str]) -> None:
    output, _ = the_others.communicate(timeout=300)
    assert the_others.returncode == 0, output
    assert f"{HISTORIES - HERE} histories" in output


def _simulation(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simulation", *arguments],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
