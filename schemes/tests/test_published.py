"""What was published of the services: the counts say what the words say, and each names a scheme that is there."""

from pathlib import Path

import pytest

from schemes import SchemeMistakes, load
from schemes.published import Published, sources, to_come_out

FIGURES = {figure.id: figure for source in sources() for figure in source.figures}


def test_there_are_three_sources_oldest_first() -> None:
    assert [source.id for source in sources()] == ["2008", "2009-11", "2025"]


def test_the_counts_are_the_published_shares() -> None:
    assert {figure.id: (figure.k, figure.n) for figure in to_come_out()} == {
        "completer-success": (174, 200),
        "work-at-52-weeks": (143, 174),
        "work-at-52-weeks-of-completers": (143, 200),
        "work-at-52-weeks-of-entered": (137, 160),
        "capacity-used": (30_000, 54_000),
        "reach-practices": (40, 40),
        "reach-people": (4_000, 4_000),
        "cost-per-person": (5_000_000, 4_000),
        "cost-per-location": (5_000_000, 12),
        "cost-per-location-year": (5_000_000, 36),
        "cost-per-pilot": (13_000_000, 10),
        "fit-note-share": (10_230_000, 11_000_000),
        "cost-per-area": (1_500_000, 15),
        "programme-length": (None, 40),
    }


@pytest.mark.parametrize("figure", FIGURES.values(), ids=list(FIGURES))
def test_a_figure_names_a_scheme_that_shows_it_and_a_figure_that_it_stands_beside(figure: Published) -> None:
    scheme = load()[figure.scheme]
    assert any(figure.measure.startswith(family.removesuffix("-per-unit")) for family in scheme.measures)
    assert figure.beside is None or figure.beside in FIGURES
    assert figure.illustration == scheme.illustration


def test_every_service_that_a_source_tells_of_is_a_scheme_and_told_of_once() -> None:
    told = [mentioned.scheme for source in sources() for mentioned in source.schemes]

    assert len(told) == len(set(told))
    assert set(told) == set(load())


def test_a_folder_of_schemes_of_ones_own_has_no_sources(tmp_path: Path) -> None:
    assert sources(tmp_path) == ()


def test_a_mistake_in_a_source_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "1999.yaml").write_text('id: "1999"\ntitle: T\nsays: [S]\nschemes: []\nfigures: none\n')

    with pytest.raises(SchemeMistakes) as told:
        sources(tmp_path)
    assert [(mistake.file, mistake.line, mistake.field) for mistake in told.value.mistakes] == [
        ("published/1999.yaml", 5, "figures")
    ]
