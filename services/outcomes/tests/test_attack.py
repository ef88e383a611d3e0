"""The attack finds what an attacker who tries every possibility finds, and nothing in what is protected."""

import json
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest

from outcomes_service.releases.attack import attack, main
from outcomes_service.releases.counts import count_of
from outcomes_service.releases.model import Row, Table
from outcomes_service.releases.profiles import DEFAULT
from outcomes_service.releases.protection import protect
from outcomes_service.releases.web import Told

ALWAYS = ("scheme", "measure", "definition")
AREAS, AGES = ("a", "b"), ("16-24", "25-34")
PLACES = list(product((*AREAS, None), (*AGES, None)))


def crossing(inner: dict[tuple[str, str], int]) -> Table:
    """Contacts by area and age with all totals."""
    rows = []
    for area, age in PLACES:
        k = sum(value for (a, g), value in inner.items() if area in (a, None) and age in (g, None))
        rows.append(Row(at={"scheme": "x", "measure": "contacts", "definition": "seed", "area": area, "age": age}, k=k))
    return Table(id="t", title="", dimensions=(*ALWAYS, "area", "age"), rows=tuple(rows))


def by_trying_all(published: Table) -> dict[tuple[str | None, str | None], tuple[int, int]]:
    """What each suppressed count can be: every filling of the four inner cells that fits what is shown."""
    most = 23
    cells = dict(zip(product(AREAS, AGES), np.meshgrid(*[np.arange(most)] * 4, indexing="ij"), strict=True))
    sums = {
        (area, age): sum(cells[a, g] for a, g in cells if area in (a, None) and age in (g, None))
        for area, age in PLACES
    }
    fits = np.ones((most,) * 4, dtype=bool)
    for row in published.rows:
        if row.k is not None:
            least, last = (0, 0) if row.k == 0 else (max(8, row.k - 2), row.k + 2)
            values = sums[row.at["area"], row.at["age"]]
            fits &= (values >= least) & (values <= last)
    return {
        (row.at["area"], row.at["age"]): (int(values.min()), int(values.max()))
        for row in published.rows
        if row.k is None
        for values in (sums[row.at["area"], row.at["age"]][fits],)
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("secondary", [True, False])
def test_the_attack_finds_what_trying_everything_finds(seed: int, *, secondary: bool) -> None:
    chance = Random(seed)
    inner = {place: chance.choice((0, 2, 3, 5, 8)) for place in product(AREAS, AGES)}
    inner["a", "16-24"] = 22 - sum(inner.values()) + inner["a", "16-24"]  # all in all 22, which reads 20
    (published,) = protect([crossing(inner)], [], DEFAULT, secondary=secondary)
    assert published.rows[-1].k == 20
    found = attack([[published]])
    expected = by_trying_all(published)
    assert {
        (row.at["area"], row.at["age"]): tuple(found[Told(0, count_of(row, "k"))])
        for row in published.rows
        if row.k is None
    } == expected


def test_a_group_that_is_shown_bounds_its_part() -> None:
    row = Row(at={"scheme": "x", "measure": "start-rate", "definition": "seed"}, n=10, protection="suppressed")
    found = attack([[Table(id="t", title="", dimensions=ALWAYS, rows=(row,))]])
    assert found[Told(0, count_of(row, "k"))] == (0, 12)


def test_of_a_hundred_random_releases_nothing_protected_is_recovered_and_without_secondary_suppression_much_is() -> (
    None
):
    written = Path(__file__).parents[3] / "build/attack.json"
    assert main(["--releases", "100", "--output", str(written)]) == 0
    result = json.loads(written.read_text())
    assert result["releases"] == 100
    assert result["cells"] > 1000
    assert result["recovered"] == 0
    assert result["recovered_without_secondary"] > 100


def test_the_command_writes_what_it_recovered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = tmp_path / "build" / "attack.json"
    assert main(["--releases", "2", "--processes", "1", "--output", str(written)]) == 0
    said = json.loads(written.read_text())
    assert json.loads(capsys.readouterr().out) == said
    assert set(said) == {"releases", "cells", "recovered", "recovered_without_secondary"}
