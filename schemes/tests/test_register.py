"""Is the practice register the published one, and what does it answer?"""

import gzip
from datetime import date
from pathlib import Path

import pytest

from schemes import register
from schemes.make_register import main, make
from schemes.register import Practice, Register, RegisterUnreadable

PUBLISHED = (
    '"A81001","THE DENSHAM SURGERY","Y63","QHM","THE HEALTH CENTRE","LAWSON STREET","STOCKTON ON TEES","CLEVELAND","",'
    '"TS18 1HU","19740401","","A","B","16C","20200401","","01642 672351","","","","0","","16C","","4",""\n'
    '"A81003","VICTORIA MEDICAL PRACTICE","Y54","Q74","THE HEALTH CENTRE","VICTORIA ROAD","HARTLEPOOL","CLEVELAND","",'
    '"TS26 8DB","19740401","20171031","C","B","00K","20130401","20171031","01429 272945","","","","0","","00K","",'
    '"4",""\n'
)


@pytest.fixture(scope="module")
def practices() -> Register:
    return register.load()


def test_the_register_has_the_published_numbers_of_active_practices(practices: Register) -> None:
    assert len(practices.active_practices()) == 6750
    assert len(practices.england()) == 6348


def test_england_is_without_wales(practices: Register) -> None:
    wales = set(practices.active_practices()) - set(practices.england())
    assert {practice.code[0] for practice in wales} == {"W"}
    assert not any(practice.code.startswith("W") for practice in practices.england())


def test_the_james_wigg_practice_is_in_north_central_london(practices: Register) -> None:
    expected = Practice("F83023", "JAMES WIGG PRACTICE", "QMJ", date(1974, 4, 1), None, "A", "4")
    assert practices.practice("F83023") == expected


def test_a_practice_is_active_from_its_first_to_its_last_day(practices: Register) -> None:
    assert not practices.active_on("A81003", date(1974, 3, 31))
    assert practices.active_on("A81003", date(1974, 4, 1))
    assert practices.active_on("A81003", date(2017, 10, 31))
    assert not practices.active_on("A81003", date(2017, 11, 1))
    assert not practices.active_on("Z99999", date(2017, 11, 1))


def test_a_published_report_is_read_as_it_was_downloaded(tmp_path: Path) -> None:
    report = tmp_path / "epraccur.csv"
    report.write_text(PUBLISHED)
    practices = register.load(report)
    assert practices.as_of == date(2020, 4, 1)
    assert practices.practice("A81003") == Practice(
        "A81003", "VICTORIA MEDICAL PRACTICE", "Q74", date(1974, 4, 1), date(2017, 10, 31), "C", "4"
    )


def test_the_extract_says_the_same_as_the_report_it_was_made_from(tmp_path: Path) -> None:
    report, extract = tmp_path / "epraccur.csv", tmp_path / "practices.csv.gz"
    report.write_text(PUBLISHED)
    assert main([str(report), str(extract)]) == 0
    assert register.load(extract) == register.load(report)
    first = extract.read_bytes()
    make(report, extract)
    assert extract.read_bytes() == first


def test_the_extract_leaves_addresses_and_telephones_out(tmp_path: Path) -> None:
    report, extract = tmp_path / "epraccur.csv", tmp_path / "practices.csv.gz"
    report.write_text(PUBLISHED)
    make(report, extract)
    text = gzip.decompress(extract.read_bytes()).decode()
    assert "LAWSON STREET" not in text
    assert "01642" not in text


def test_making_an_extract_without_a_report_is_wrong_use() -> None:
    assert main([]) == 2


@pytest.mark.parametrize("content", [b"", b"a,b,c\n", b"as_of,soon\ncode\n", b"\xff\xfe\x00"])
def test_a_file_that_is_no_register_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "epraccur.csv"
    path.write_bytes(content)
    with pytest.raises(RegisterUnreadable, match=r"epraccur\.csv: expected a published epraccur report"):
        register.load(path)


def test_a_compressed_file_that_is_none_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "practices.csv.gz"
    path.write_bytes(b"not compressed")
    with pytest.raises(RegisterUnreadable):
        register.load(path)
