"""The practice register: who is a GP practice of England or Wales, since when, and under which board.

From the "epraccur" report of the NHS England Organisation Data Service, Open Government Licence v3.0.
"""

import csv
import gzip
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from schemes.loader import default_folder

COLUMNS = ("code", "name", "area_code", "opened", "closed", "status", "setting")
AS_OF = "as_of"  # begins the first line of an extract; the second has the columns
GP_PRACTICE = "4"
WALES = "Q99"
PUBLISHED_COLUMNS = 27


class RegisterUnreadable(Exception):  # noqa: N818 - says what happened
    """The file is neither the extract that the project carries nor a published report."""


class Practice(NamedTuple):
    """One line of the register. `area_code` is its board's as of the register's day, `Q99` in Wales."""

    code: str
    name: str
    area_code: str
    opened: date
    closed: date | None
    status: str  # A active, C closed, D dormant, P proposed
    setting: str  # 4: GP practice

    @property
    def is_active_gp(self) -> bool:
        """Whether it is counted among the active GP practices."""
        return self.status == "A" and self.setting == GP_PRACTICE


@dataclass(frozen=True)
class Register:
    """Practices by code, as they stood on `as_of`, the newest day that the file mentions."""

    practices: Mapping[str, Practice]
    as_of: date

    def practice(self, code: str) -> Practice | None:
        """The practice of that code, open or closed."""
        return self.practices.get(code)

    def active_on(self, code: str, day: date) -> bool:
        """Whether the practice was open on that day; dormant and proposed ones never are."""
        practice = self.practices.get(code)
        if practice is None or practice.opened > day:
            return False
        return day <= practice.closed if practice.closed else practice.status == "A"

    def active_practices(self) -> tuple[Practice, ...]:
        """Every active GP practice of England and Wales, in code order."""
        return self._active

    def england(self) -> tuple[Practice, ...]:
        """Every active GP practice of England, in code order."""
        return tuple(practice for practice in self._active if practice.area_code != WALES)

    @cached_property
    def _active(self) -> tuple[Practice, ...]:
        return tuple(sorted(practice for practice in self.practices.values() if practice.is_active_gp))


def default_file() -> Path:
    """`REGISTER_FILE` of the environment, else the extract beside the schemes."""
    return Path(os.environ.get("REGISTER_FILE") or default_folder() / "register" / "practices.csv.gz")


def load(path: Path | None = None) -> Register:
    """The register of a file: the project's extract (`.csv.gz`), or a published report as it was downloaded."""
    path = path or default_file()
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            rows = list(csv.reader(file))
        return _from_extract(rows) if rows[0][0] == AS_OF else from_published(rows)
    except (IndexError, ValueError, UnicodeDecodeError, gzip.BadGzipFile) as error:
        expected = f"a published epraccur report ({PUBLISHED_COLUMNS} columns) or an extract of one"
        raise RegisterUnreadable(f"{path.name}: expected {expected}") from error


def from_published(rows: Iterable[list[str]]) -> Register:
    """The register that published rows make: 27 columns, no header, dates as yyyymmdd. Raises `ValueError`."""
    practices: dict[str, Practice] = {}
    newest = date.min
    for row in rows:
        if len(row) != PUBLISHED_COLUMNS:
            raise ValueError("not a row of the published report")
        dates = [_day(row[place]) for place in (10, 11, 15, 16)]
        newest = max([newest, *(day for day in dates if day)])
        practices[row[0]] = Practice(row[0], row[1], row[3], dates[0] or date.min, dates[1], row[12], row[25])
    return Register(practices, newest)


def to_extract(register: Register) -> list[list[str]]:
    """The rows of an extract, in code order: the day it is of, the columns, then a practice each."""
    head = [[AS_OF, register.as_of.isoformat()], list(COLUMNS)]
    practices = sorted(register.practices.values(), key=lambda practice: practice.code)
    return head + [["" if value is None else str(value) for value in practice] for practice in practices]


def _from_extract(rows: list[list[str]]) -> Register:
    if tuple(rows[1]) != COLUMNS:
        raise ValueError("not the columns of an extract")
    day = date.fromisoformat
    practices = {
        code: Practice(code, name, area, day(opened), day(closed) if closed else None, status, setting)
        for code, name, area, opened, closed, status, setting in rows[2:]
    }
    return Register(practices, day(rows[0][1]))


def _day(published: str) -> date | None:
    return date(int(published[:4]), int(published[4:6]), int(published[6:8])) if published else None
