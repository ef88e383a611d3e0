"""Releases for tests: made by hand, or drafted and published from what a database counts."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from pymongo.asynchronous.database import AsyncDatabase

from outcomes_service.indicators.wilson import wilson
from outcomes_service.releases import shelf
from outcomes_service.releases.hashing import content_hash
from outcomes_service.releases.model import Definition, Release, Row, Table

DRAFTED = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)


def row(k: int | None = None, n: int | None = None, u: int | None = None, /, **at: str | None) -> Row:
    """A row as published: a share of counts that are shown, or (without counts) one that is suppressed."""
    if k is None:
        return Row(at=at, protection="suppressed")
    low, high = wilson(k, n) or (None, None) if n else (None, None)
    return Row(at=at, k=k, n=n, u=u, rate=k / n if n else None, low=low, high=high, protection="rounded")


def definition(measure: str, **changed: Any) -> Definition:
    """What a measure meant, made up."""
    said = Definition(
        measure=measure, version="1", title=measure.replace("-", " ").capitalize(), words=f"What {measure} means.",
        unit="person", numerator="those who did", denominator="all", unknown=None, window=None, polarity="higher",
        caveats=(), source="our own",
    )  # fmt: skip
    return msgspec.structs.replace(said, **changed)


def release(release_id: str = "2026-03-31", **changed: Any) -> Release:
    """A release made by hand, published and synthetic unless `changed` says otherwise; its hash is right."""
    tables = (
        Table(
            id="schemes",
            title="Each scheme as a whole",
            dimensions=("scheme", "measure", "definition"),
            rows=(
                row(175, 200, 10, scheme="james-wigg", measure="completer-success", definition="seed"),
                row(scheme="bridgend", measure="entered", definition="seed"),
                row(60, 140, 5, scheme="bridgend", measure="stayed", definition="seed"),
            ),
        ),
        Table(
            id="workwell-areas",
            title="WorkWell by area",
            dimensions=("scheme", "measure", "definition", "area"),
            rows=(
                row(400, 900, 40, scheme="workwell", measure="returned", definition="seed", area=None),
                row(30, 65, 5, scheme="workwell", measure="returned", definition="seed", area="south-yorkshire"),
                row(scheme="workwell", measure="returned", definition="seed", area="frimley"),
                row(scheme="workwell", measure="returned", definition="seed", area="surrey-heartlands"),
            ),
        ),
    )
    measures = ("completer-success", "entered", "stayed", "returned")
    made = Release(
        id=release_id,
        title="Work and health support to 31 March 2026",
        status="published",
        profile="default",
        synthetic=True,
        as_of=date(2026, 3, 31),
        known_on=DRAFTED,
        drafted_at=DRAFTED,
        content_hash="",
        definitions=tuple(definition(measure) for measure in measures),
        tables=tables,
        notes=("Everything here is made up.",),
        published_at=DRAFTED,
    )
    made = msgspec.structs.replace(made, **changed)
    return msgspec.structs.replace(made, content_hash=content_hash(made))


async def shelve(
    database: AsyncDatabase[dict[str, Any]], made: Release | None = None, exact: tuple[Table, ...] | None = None
) -> Release:
    """Put a release, made by hand, into `footing_outcomes`; what stands there is what pages show."""
    made = made or release()
    await shelf.put(database, made, made.tables if exact is None else exact)
    return made
