"""What a correction changes: which figures, definitions and tables differ, in words."""

from datetime import date

import msgspec
from support.releases import definition, release, row

from outcomes_service.releases.changes import changes
from outcomes_service.releases.hashing import content_hash
from outcomes_service.releases.model import Release


def corrected() -> Release:
    """A release in which two figures differ, one row is new, one table is gone, another came, a definition changed."""
    made = release("second", corrects="2026-03-31", as_of=date(2026, 4, 30))
    schemes, _ = made.tables
    at = {"measure": "stayed", "definition": "seed"}
    rows = (
        msgspec.structs.replace(schemes.rows[0], k=180),
        row(20, 40, 0, scheme="bridgend", measure="entered", definition="seed"),
        row(scheme="bridgend", **at),
        row(10, 20, 0, scheme="rhyl", **at),
    )
    ages = msgspec.structs.replace(schemes, id="ages")
    definitions = (definition("completer-success", version="2"), *made.definitions[1:])
    tables = (msgspec.structs.replace(schemes, rows=rows), ages)
    return msgspec.structs.replace(made, tables=tables, definitions=definitions)


def test_a_correction_lists_whatever_differs() -> None:
    assert changes(release(), corrected()) == (
        "The as-of day is 2026-04-30; it was 2026-03-31.",
        "Completer success: the definition is of version 2; it was of version 1.",
        "Table workwell-areas is no longer there.",
        "schemes: james-wigg, completer-success, seed: 180 of 200, 10 unknown; it was 175 of 200, 10 unknown.",
        "schemes: bridgend, entered, seed: 20 of 40; it was suppressed.",
        "schemes: bridgend, stayed, seed: suppressed; it was 60 of 140, 5 unknown.",
        "schemes: rhyl, stayed, seed: 10 of 20; it was not there.",
        "Table ages is new.",
    )


def test_where_nothing_differs_nothing_is_listed() -> None:
    assert changes(release(), release("again", corrects="2026-03-31")) == ()


def test_the_hash_is_of_what_is_said_and_not_of_what_became_of_it() -> None:
    made = release()
    as_a_draft = msgspec.structs.replace(made, status="draft", published_at=None)
    assert content_hash(as_a_draft) == made.content_hash
    assert content_hash(msgspec.structs.replace(made, notes=())) != made.content_hash
