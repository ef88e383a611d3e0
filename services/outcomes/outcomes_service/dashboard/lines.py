"""Figures of a release as pages show them: each with what it is of, how sure it is, and how it is protected."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from outcomes_service.dashboard import wording
from outcomes_service.dashboard.naming import Names, dimension
from outcomes_service.releases.model import Definition, Release, Row, Table

FIXED: Final = ("scheme", "measure", "definition")


@dataclass(frozen=True)
class Line:
    """One figure in words. `at` are the categories as the release has them, `place` the same in words."""

    table: Table
    row: Row
    definition: Definition
    place: Mapping[str, str]

    @property
    def at(self) -> Mapping[str, str | None]:
        """Its category in each dimension; None is the total over it."""
        return self.row.at

    @property
    def measure(self) -> str:
        """The title of the measure."""
        return self.definition.title

    @property
    def success(self) -> str:
        """The definition of success that it follows."""
        return self.at.get("definition") or "seed"

    @property
    def is_whole(self) -> bool:
        """Whether it is about a whole scheme."""
        return all(category is None for name, category in self.at.items() if name not in FIXED)

    @property
    def is_share(self) -> bool:
        """Whether it is a share with its interval, and shown."""
        return wording.kind(self.row, self.definition.unit) == "share"

    @property
    def is_told(self) -> bool:
        """Whether there is anything to tell: it is not suppressed, and something is counted."""
        return wording.kind(self.row, self.definition.unit) not in ("suppressed", "nothing")

    @property
    def figure(self) -> str:
        """The figure itself."""
        return wording.figure(self.row, self.definition.unit)

    @property
    def count(self) -> str:
        """How many succeeded, or were counted."""
        return wording.counted(self.row.k, self.row, self.definition.unit not in ("day", "week"))

    @property
    def out_of(self) -> str:
        """Of how many."""
        return wording.counted(self.row.n, self.row, self.definition.denominator is not None)

    @property
    def unknown(self) -> str:
        """How many of them are unknown, and what that leaves open."""
        return wording.unknown(self.row, self.definition.unknown is not None)

    @property
    def interval(self) -> str:
        """The 95 % interval."""
        return wording.interval(self.row)

    @property
    def protection(self) -> str:
        """How it is protected."""
        said = wording.PROTECTION[self.row.protection]
        return f"in part {said}" if self.row.protection == wording.SUPPRESSED and self.is_told else said

    @property
    def sentence(self) -> str:
        """The figure as a sentence."""
        return wording.sentence(self.row, self.definition)


@dataclass(frozen=True)
class Shown:
    """A table of a page: lines under a caption. What is the same for all of them stands once, below the caption."""

    caption: str
    lines: tuple[Line, ...]
    columns: tuple[tuple[str, str], ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the release says of the tables that the lines stand in."""
        return tuple(dict.fromkeys(note for line in self.lines for note in line.table.notes))

    @property
    def one_definition(self) -> str | None:
        """The definition that every line follows, if it is the same."""
        return _the_one(line.success for line in self.lines)

    @property
    def one_protection(self) -> str | None:
        """How every line is protected, if it is the same."""
        return _the_one(line.protection for line in self.lines)


def lines(release: Release, names: Names) -> Iterator[Line]:
    """Every figure of a release, in its order."""
    definitions = {definition.measure: definition for definition in release.definitions}
    for table in release.tables:
        for row in table.rows:
            definition = definitions.get(row.at.get("measure") or "")
            if definition is not None:
                place = {name: names.category(name, category) for name, category in row.at.items()}
                yield Line(table, row, definition, {**place, "measure": definition.title})


def shown(caption: str, of: Iterable[Line], columns: Iterable[str]) -> Shown:
    """The lines as a table of a page, with a column for each of these dimensions."""
    return Shown(caption, tuple(of), tuple((name, dimension(name)) for name in columns))


def wholes(of: Iterable[Line]) -> list[Line]:
    """The lines about whole schemes, each figure once, however many tables have it as their total."""
    found = {tuple(line.at.get(name) for name in FIXED): line for line in of if line.is_whole}
    return list(found.values())


def by_table(
    of: Iterable[Line], *, without: str | None = None, beside: str | None = None, called: str | None = None
) -> list[Shown]:
    """The lines that are about parts of schemes, a table of the release and a value of `beside` at a time.

    `without` names a dimension that is the same for all of them, and needs no column; `called` is said in place of the
    table's own title.
    """
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in of:
        if not line.is_whole:
            groups.setdefault((line.table.id, line.place.get(beside or "", "")), []).append(line)
    return [_group(group, without, said, called) for (_, said), group in groups.items()]


def _group(group: Sequence[Line], without: str | None, said: str, called: str | None) -> Shown:
    table = group[0].table
    title = called or table.title
    columns = [name for name in table.dimensions if name not in (*FIXED, without)]
    return shown(f"{said}: {title}" if said else title, group, columns)


def _the_one(said: Iterable[str]) -> str | None:
    different = set(said)
    return different.pop() if len(different) == 1 else None
