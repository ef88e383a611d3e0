"""From a person's number to a token that says nothing: the number is checked, keyed away, and dropped.

No other room of the system ever sees an NHS number or a CHI number.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from door_service.fhir import names
from door_service.fhir.bundle import Element, Unmapped
from schemes import Scheme
from servicekit.unfit import Unfit

# 32 bytes or more: as long as what HMAC-SHA256 makes of it; a shorter key would be easier to guess than a token.
_KEY_LINE: Final = re.compile(r"([a-z0-9]{1,16}) ((?:[0-9a-f]{2}){32,})")
_OTHERS: Final = 0o027  # who may do anything with the file but its owner, and its group but read
_TEN_DIGITS: Final = re.compile(r"[0-9]{10}")
SEPARATORS: Final = str.maketrans("", "", " -")  # numbers are written 943 476 5919 and 943-476-5919 too
_CENTURIES: Final = (1900, 2000)  # a CHI number says the day of birth with two digits of the year

_FORMS: Final = {
    "nhs_number": (names.NHS_NUMBER, "an NHS number: ten digits, not all alike, the last one its check digit"),
    "chi": (names.CHI_NUMBER, "a CHI number: a day as DDMMYY, three digits, a check digit"),
}


@dataclass(frozen=True, slots=True)
class Key:
    """The secret that tokens are made with, and its name, with which every token begins."""

    id: str
    secret: bytes = field(repr=False)


def read_key(file: Path) -> Key:
    """The key of a file: one line, its name and at least 32 bytes in hexadecimal digits. Raises `Unfit`."""
    try:
        if file.stat().st_mode & _OTHERS:
            raise Unfit(f"{file} holds a secret and is open to others. Say: chmod 600 {file}")
        told = _KEY_LINE.fullmatch(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as failure:
        raise Unfit(f"{file} cannot be read ({type(failure).__name__}); it is to hold the key of tokens") from None
    if told is None:
        raise Unfit(f"{file} must hold one line: a name of 1-16 of a-z and 0-9, a space, 64 or more of 0-9 and a-f")
    return Key(told[1], bytes.fromhex(told[2]))


def token(key: Key, partner: str, scheme: Scheme, number: str) -> str:
    """The name of a person of one partner in one scheme: the same for the same number, and never to be turned back.

    `<key id>-<HMAC-SHA256 in base64>`. Another partner's, or another scheme's, of the same person is another.
    """
    said = f"{partner}\n{scheme.id}\n{scheme.identity}\n{number}".encode()
    digest = hmac.new(key.secret, said, hashlib.sha256).digest()
    return f"{key.id}-{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def number_of(patient: Element, kind: str) -> Element:
    """The one number of this kind (`nhs_number` or `chi`) that a Patient goes by. Raises `Unmapped`."""
    system, expected = _FORMS[kind]
    given = tuple(patient.identified(system))
    if not given:
        raise Unmapped("field_missing", f"{patient.path}.identifier", f"{expected} (system {system})")
    for each in given:
        if not is_valid(_plain(each), kind):
            raise each.unlike(expected)
    if len({_plain(each) for each in given}) > 1:
        raise given[1].unlike("one number, or an earlier one marked as `use: old`")
    return Element(_plain(given[0]), given[0].path)


def is_valid(number: str, kind: str) -> bool:
    """Whether ten digits can be a number of this kind."""
    if not _TEN_DIGITS.fullmatch(number) or len(set(number)) == 1 or not _is_checked(number):
        return False
    return kind != "chi" or _begins_with_a_day(number)


def is_for_tests(number: Element) -> bool:
    """Whether it is an NHS number of those that are given to nobody, so that tests have some. No CHI begins so."""
    return str(number.value).startswith("999")


def _plain(number: Element) -> str:
    return number.needed("a number").translate(SEPARATORS)


def _is_checked(number: str) -> bool:
    """Modulus 11: the digits weighted 10 to 2 and the check digit come to a multiple of 11."""
    total = sum(int(digit) * weight for digit, weight in zip(number, range(10, 0, -1), strict=True))
    return total % 11 == 0


def _begins_with_a_day(number: str) -> bool:
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    return any(_is_day(century + year, month, day) for century in _CENTURIES)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
