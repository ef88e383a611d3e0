"""What a correction changes: the release that it corrects and the new one, figure by figure."""

from collections.abc import Iterator

from outcomes_service.releases.model import Release, Row, Table

Place = tuple[tuple[str, str | None], ...]


def changes(before: Release, after: Release) -> tuple[str, ...]:
    """A sentence for everything that differs: the day, definitions, tables, and each figure."""
    return (*_of_the_whole(before, after), *_of_definitions(before, after), *_of_tables(before, after))


def _of_the_whole(before: Release, after: Release) -> Iterator[str]:
    for what, was, now in (
        ("The as-of day", before.as_of, after.as_of),
        ("The profile", before.profile, after.profile),
        ("The practice register", before.register_as_of, after.register_as_of),
    ):
        if was != now:
            yield f"{what} is {now}; it was {was}."


def _of_definitions(before: Release, after: Release) -> Iterator[str]:
    was = {each.measure: each for each in before.definitions}
    now = {each.measure: each for each in after.definitions}
    for measure in sorted(was.keys() & now.keys()):
        if was[measure] != now[measure]:
            yield (
                f"{now[measure].title}: the definition is of version {now[measure].version}; "
                f"it was of version {was[measure].version}."
            )


def _of_tables(before: Release, after: Release) -> Iterator[str]:
    was, now = ({table.id: table for table in release.tables} for release in (before, after))
    yield from (f"Table {name} is no longer there." for name in was if name not in now)
    for name, table in now.items():
        if name in was:
            yield from (f"{name}: {said}" for said in _of_rows(was[name], table))
        else:
            yield f"Table {name} is new."


def _of_rows(before: Table, after: Table) -> Iterator[str]:
    was, now = placed(before), placed(after)
    for place in [*now, *(place for place in was if place not in now)]:
        old, new = was.get(place), now.get(place)
        if old != new:
            yield f"{named(place)}: {figure(new)}; it was {figure(old)}."


def placed(table: Table) -> dict[Place, Row]:
    """The rows of a table by where they stand in it."""
    return {tuple((name, row.at.get(name)) for name in table.dimensions): row for row in table.rows}


def named(place: Place) -> str:
    """A place in words."""
    return ", ".join(f"all {name}s" if category is None else category for name, category in place)


def figure(row: Row | None) -> str:
    """A figure in words."""
    if row is None:
        return "not there"
    if row.protection == "suppressed":
        return "suppressed"
    said = [] if row.k is None else [f"{row.k:,}" if row.n is None else f"{row.k:,} of {row.n:,}"]
    if row.u:
        said.append(f"{row.u:,} unknown")
    if row.value is not None:
        said.append(f"{row.value:,g}" if row.p90 is None else f"{row.value:,g}, nine in ten within {row.p90:,g}")
    if row.k is None and row.n is not None:
        said.append(f"of {row.n:,}")
    return ", ".join(said) or "none"
