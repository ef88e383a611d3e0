"""A release as a file: written aside and renamed, so that an export that is stopped leaves no half file."""

import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from outcomes_service.releases import written
from outcomes_service.releases.model import Release, Table

CSV: Final = ".csv"
KINDS: Final = (".json", CSV)


class CannotExport(Exception):  # noqa: N818  it is an answer, for the person who asked
    """Why there is no such file to be had."""


def content(release: Release, table_id: str | None, kind: str) -> bytes:
    """What the file says: the release, or one table of it. Raises `CannotExport`."""
    if release.withdrawn_at is not None:
        raise CannotExport(f"Release {release.id} was withdrawn: {release.withdrawn_because}")
    if kind not in KINDS:
        raise CannotExport(f"A file ends with {' or '.join(KINDS)}.")
    if table_id is None and kind == CSV:
        raise CannotExport(f"A CSV is of one table: --table {_there(release)}.")
    if table_id is None:
        return written.of_release(release, ())
    table = _table(release, table_id)
    return written.as_csv(table).encode() if kind == CSV else written.of_table(release, table, ())


def write(path: Path, said: Iterable[bytes]) -> None:
    """The whole file, or none: what stood there before stays until all is written."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as aside:
        try:
            aside.writelines(said)
            aside.flush()
            os.fsync(aside.fileno())
            Path(aside.name).replace(path)
        except BaseException:
            Path(aside.name).unlink()
            raise


def _table(release: Release, table_id: str) -> Table:
    for table in release.tables:
        if table.id == table_id:
            return table
    raise CannotExport(f"Release {release.id} has no table {table_id}. There are: {_there(release)}.")


def _there(release: Release) -> str:
    return ", ".join(table.id for table in release.tables)
