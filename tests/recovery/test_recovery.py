"""The short run of the recovery suite: every kind of fault that one running system can take, then all is checked.

`make recovery` does the same for longer, row by row, and with a replica set of three.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from recovery import reporting, rows
from recovery.nursery import SERVICES
from recovery.row import WHOLE
from recovery.rows.crash_points import points
from recovery.running import Result, opened, run_together

SEED: Final = 1
SHORT: Final = [row for row in rows.every().values() if row.short and row.stage == WHOLE]


pytestmark = pytest.mark.timeout(1800)  # all rows are one fixture, and a busy machine has less of two cores for them


@dataclass(frozen=True)
class Run:
    """What came of the rows, and which I/O each service did before anything was broken."""

    results: dict[str, Result]
    met: dict[str, set[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("met")
    with opened(WHOLE, SEED, folder) as world:
        with world.load(rate=100) as load:
            world.until(lambda: load.said > 200, "something was said")
        world.settle()
        met = {service: set((folder / service).read_text().splitlines()) for service in SERVICES}
        results = run_together(world, SHORT, SEED, lambda row: row.short)
        yield Run({result.row.name: result for result in results}, met)


@pytest.mark.parametrize("name", [*(row.name for row in SHORT), "all"])
def test_nothing_is_lost_or_counted_twice(run: Run, name: str) -> None:
    result = run.results[name]
    assert not result.violations, reporting.told(result, SEED)


def test_a_hundred_faults_have_really_happened(run: Run) -> None:
    assert sum(result.injected.number for result in run.results.values()) >= 100


def test_every_io_of_every_service_is_a_crash_point(run: Run) -> None:
    known = set(points())
    met = {(service, name) for service in SERVICES for name in run.met[service]}
    assert {("case", "mongo commitTransaction"), ("case", "kafka Produce"), ("notify", "channel send")} <= met
    assert met - known == set()


def test_the_table_names_each_row() -> None:
    page = Path(__file__).parents[2] / "docs/architecture/recovery.md"
    named = {line.split("|")[1].strip() for line in page.read_text().splitlines() if line.startswith("|")}
    assert set(rows.every()) <= named
