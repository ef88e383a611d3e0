"""Numbers of persons, and what becomes of them: checked by their rules, keyed away, never the same twice over."""

import stat
from pathlib import Path

import pytest
from support import fhir

from door_service.fhir.bundle import Element, Unmapped
from door_service.fhir.identity import Key, is_valid, number_of, read_key, token
from schemes import load
from servicekit.unfit import Unfit

SCHEMES = load()
KEY = Key("test1", b"\x5a" * 32)


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("9434765919", True),  # 9*10+4*9+3*8+4*7+7*6+6*5+5*4+9*3+1*2 = 299; 299 mod 11 = 2; 11 - 2 = 9
        ("9990000018", True),
        ("9434765918", False),
        ("9434765910", False),
        ("4934765919", False),  # two digits changed places
        ("943476591", False),
        ("94347659190", False),
        ("943476591X", False),
        ("", False),
        ("\u0669434765919", False),  # a digit, but of another script
        ("9990000000", False),  # 486 mod 11 = 2, which asks for a 9
        *((digit * 10, False) for digit in "0123456789"),
    ],
)
def test_an_nhs_number_has_its_check_digit_and_is_not_one_digit_ten_times(number: str, valid: bool) -> None:
    assert is_valid(number, "nhs_number") is valid


def test_of_ten_check_digits_at_most_one_is_right_and_some_numbers_have_none() -> None:
    assert [d for d in "0123456789" if is_valid(f"943476591{d}", "nhs_number")] == ["9"]
    assert [d for d in "0123456789" if is_valid(f"999000000{d}", "nhs_number")] == []  # it would have to be 10


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("2902000006", True),  # 29 February 2000
        ("0101500009", True),
        ("3112990005", True),
        ("2902000007", False),
        ("3002000000", False),  # 30 February
        ("9434765919", False),  # an NHS number: no 94th day
        ("2913000001", False),
        ("0000000000", False),
    ],
)
def test_a_chi_number_begins_with_a_day_and_has_its_check_digit(number: str, valid: bool) -> None:
    assert is_valid(number, "chi") is valid


def _patient(*numbers: tuple[str, str | None]) -> Element:
    return Element(
        {"identifier": [{"system": fhir.NHS_NUMBER, "value": n, "use": use} for n, use in numbers]}, "Patient"
    )


def test_a_number_is_the_same_however_it_is_written() -> None:
    for written in ("9434765919", "943 476 5919", "943-476-5919", " 9434765919 "):
        assert number_of(_patient((written, None)), "nhs_number").value == "9434765919"


def test_an_earlier_number_does_not_count_and_two_are_one_too_many() -> None:
    both = ("9990000018", "old"), ("9434765919", "official")
    assert number_of(_patient(*both), "nhs_number").value == "9434765919"
    with pytest.raises(Unmapped) as refused:
        number_of(_patient(("9990000018", None), ("9434765919", None)), "nhs_number")
    assert refused.value.path == "Patient.identifier[1].value"


def test_a_token_is_the_persons_in_one_scheme_of_one_partner_and_tells_the_key() -> None:
    scheme, other = SCHEMES["james-wigg"], SCHEMES["bridgend"]
    mine = token(KEY, "acme", scheme, "9990000018")
    # openssl dgst -sha256 -mac HMAC over "acme\njames-wigg\nnhs_number\n9990000018"
    assert mine == "test1-A7OtB9JWQwn_aCFzeO7HfN1psSzNrh2XrV-KLiTvhqU"
    others = [
        token(KEY, "acme", scheme, "9434765919"),
        token(KEY, "acme", other, "9990000018"),
        token(KEY, "other", scheme, "9990000018"),
        token(Key("test1", b"\x5b" * 32), "acme", scheme, "9990000018"),
    ]
    assert len({mine, *others}) == 5
    assert token(Key("2026b", KEY.secret), "acme", scheme, "9990000018").startswith("2026b-")


def test_the_key_is_not_shown() -> None:
    assert "Z" * 8 not in repr(KEY)
    assert "5a5a" not in repr(KEY)


def _file(folder: Path, content: str, mode: int = 0o600) -> Path:
    file = folder / "fhir.key"
    file.write_text(content, encoding="utf-8")
    file.chmod(mode)
    return file


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_key_that_others_have_no_right_to_is_read(tmp_path: Path, mode: int) -> None:
    assert read_key(_file(tmp_path, fhir.KEY_LINE, mode)) == KEY


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o660, 0o620, 0o601, 0o666])
def test_a_key_that_others_may_read_or_change_is_not_used(tmp_path: Path, mode: int) -> None:
    file = _file(tmp_path, fhir.KEY_LINE, mode)
    with pytest.raises(Unfit, match="chmod 600"):
        read_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.parametrize(
    "content",
    [
        "",
        "test1",
        f"test1 {'5a' * 31}",
        f"Test1 {'5a' * 32}",
        f"test1 {'5a' * 32}a",
        f"{'5a' * 32}",
        f"test1 {'5z' * 32}",
        "\u00e9",
    ],
)
def test_what_is_no_key_is_said_without_showing_it(tmp_path: Path, content: str) -> None:
    with pytest.raises(Unfit) as unfit:
        read_key(_file(tmp_path, content))
    assert "5a" not in str(unfit.value).replace(str(tmp_path), "")


def test_a_key_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="FileNotFoundError"):
        read_key(tmp_path / "none")
