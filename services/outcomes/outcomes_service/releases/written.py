"""A release as files: JSON, CSV, and the metadata of a CSV after the W3C's "CSV on the Web", so that it stays plain."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from outcomes_service.breakdowns.question import DIMENSIONS
from outcomes_service.releases.model import Release, Row, Table

LICENCE: Final = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
_NUMBERS: Final = ("k", "n", "u", "rate", "low", "high", "value", "p90")
_COLUMNS: Final[Mapping[str, tuple[str, str]]] = {
    "k": ("integer", "Numerator: how many succeeded, or were counted. Empty where it is suppressed or there is none."),
    "n": ("integer", "Denominator: of how many. Empty where it is suppressed or there is none."),
    "u": ("integer", "How many of the denominator are unknown; they are counted as no."),
    "rate": ("number", "Share, from 0 to 1, of the counts as they stand here."),
    "low": ("number", "Lower bound of Wilson's 95 % interval of the share."),
    "high": ("number", "Upper bound of Wilson's 95 % interval of the share."),
    "value": ("number", "Median or cost, in the unit of the measure."),
    "p90": ("number", "90th percentile, in the unit of the measure."),
    "protection": ("string", "exact, rounded to 5, or suppressed."),
}
_DIMENSIONS: Final[Mapping[str, str]] = {
    **DIMENSIONS,
    "measure": "the measure's id: see definitions",
    "definition": "the definition of success that the figure follows",
}


def of_release(release: Release, since: Sequence[str]) -> bytes:
    """The whole release. `since` is what has changed around it, worked out now; the hash is not of that."""
    return msgspec.json.encode({**msgspec.to_builtins(release), "since": since})


def of_table(release: Release, table: Table, since: Sequence[str]) -> bytes:
    """One table with all that it needs to be understood."""
    return msgspec.json.encode({**_about(release), **msgspec.to_builtins(table),
                                "definitions": list(_definitions(release, table)), "since": since})  # fmt: skip


def as_csv(table: Table) -> str:
    """The table, a row a figure. An empty dimension is the total over it."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*table.dimensions, *_COLUMNS])
    writer.writerows(_cells(table, row) for row in table.rows)
    return file.getvalue()


def metadata(release: Release, table: Table, since: Sequence[str]) -> bytes:
    """What the columns of the CSV are and mean (https://www.w3.org/TR/tabular-metadata/)."""
    return msgspec.json.encode({
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": f"{table.id}.csv",
        "dc:title": f"{table.title}. {release.title}",
        "dc:identifier": f"{release.id}/{table.id}",
        "dc:issued": release.published_at,
        "dc:license": {"@id": LICENCE},
        "rdfs:comment": [*table.notes, *release.notes, *since],
        "notes": [{**_about(release), "definitions": list(_definitions(release, table))}],
        "tableSchema": {
            "columns": [*_dimension_columns(table), *_number_columns()],
            "primaryKey": list(table.dimensions),
        },
    })  # fmt: skip


def _about(release: Release) -> dict[str, Any]:
    said = msgspec.to_builtins(release)
    kept = ("title", "status", "profile", "synthetic", "as_of", "known_on", "register_as_of", "content_hash",
            "published_at", "corrects")  # fmt: skip
    return {"release": release.id, **{name: said[name] for name in kept}}


def _definitions(release: Release, table: Table) -> Iterator[dict[str, Any]]:
    shown = {row.at.get("measure") for row in table.rows}
    return (msgspec.to_builtins(each) for each in release.definitions if each.measure in shown)


def _cells(table: Table, row: Row) -> Iterator[object]:
    yield from ("" if (category := row.at.get(name)) is None else category for name in table.dimensions)
    yield from ("" if (number := getattr(row, name)) is None else number for name in _NUMBERS)
    yield row.protection


def _dimension_columns(table: Table) -> Iterator[dict[str, Any]]:
    for name in table.dimensions:
        meaning = _DIMENSIONS.get(name, name)
        said = f"{meaning[:1].upper()}{meaning[1:]}. Empty: the total over all of them."
        yield {"name": name, "titles": name, "datatype": "string", "null": "", "dc:description": said}


def _number_columns() -> Iterator[dict[str, Any]]:
    for name, (datatype, said) in _COLUMNS.items():
        yield {"name": name, "titles": name, "datatype": datatype, "null": "", "dc:description": said}
