"""What was published of these services, and what must come out of events that tell the same: one file a source.

The yardstick of the demo, of the story pages and of tests. `reads`, `k` and `n` were written by hand.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter

from schemes.loader import default_folder, validated
from schemes.model import Basis, Id, Part, Text
from schemes.nodes import read

FOLDER = "published"


class Published(Part):
    """One figure. `published`: as the source has it, or as it follows from what the source says (`basis` tells).

    `reads`, `k` and `n` are how it must come out to the unit; a figure without them has a source that gives no exact
    count. `beside` names the figure that it must not be mistaken for.
    """

    id: Id
    scheme: Id
    measure: Id
    what: Text
    published: Text
    reads: Text | None = None
    k: Annotated[int, Field(ge=0)] | None = None
    n: Annotated[int, Field(ge=0)] | None = None
    basis: Basis
    illustration: bool = False
    beside: Id | None = None
    note: Text | None = None


class InSource(Part):
    """A service that the source tells of. `measure` is what it was for, where the source gives no figure of it."""

    scheme: Id
    measure: Id | None = None


class Source(Part):
    """A published source: what it says in our words, the services it tells of, and its figures."""

    id: Annotated[str, Field(pattern=r"^[0-9][0-9-]{3,8}$")]
    title: Text
    says: tuple[Text, ...]
    schemes: tuple[InSource, ...]
    figures: tuple[Published, ...]


def sources(folder: Path | None = None) -> tuple[Source, ...]:
    """Every source, oldest first; none if the folder of schemes has none. Raises `SchemeMistakes`."""
    folder = folder or default_folder()
    adapter = TypeAdapter(Source)
    return tuple(validated(read(path, folder), adapter) for path in sorted((folder / FOLDER).glob("*.yaml")))


def to_come_out(folder: Path | None = None) -> tuple[Published, ...]:
    """The figures that must come out of the simulator's events exactly."""
    return tuple(figure for source in sources(folder) for figure in source.figures if figure.reads is not None)
