"""Pure: what would come of parked records, all of them together, for a terminal and a page alike."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ops.parked import Row

Trials = Sequence[tuple[Row, Mapping[str, Any] | None]]
_PARTS: Final = {"k": "k", "n": "n", "u": "unknown", "values": "values"}


@dataclass(frozen=True, slots=True)
class Document:
    """How one document would differ: `changes` as `version 1 -> 3`, and the names of other fields that change."""

    service: str
    loop: str
    id: str
    changes: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """By how much a figure would differ: today, and what counts from a later day on."""

    scheme_id: str
    measure: str
    title: str
    definition: str
    synthetic: bool
    parts: Mapping[str, int]
    later: Mapping[str, int]

    @property
    def words(self) -> str:
        """The difference of today."""
        return signed(self.parts)

    @property
    def words_later(self) -> str:
        """The difference of later days; empty if there is none."""
        return signed(self.later) if self.later else ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would come of `asked` records and of those behind them: `gone` of all `offered` would be parked no more."""

    asked: int
    offered: int
    gone: int
    endings: Mapping[str, int]
    refused: Mapping[str, int]
    announced: Mapping[str, int]
    documents: tuple[Document, ...]
    stuck: tuple[Mapping[str, Any], ...]
    figures: tuple[Figure, ...]
    counts: bool
    """Whether a loop was asked that makes figures."""


def outlook(trials: Trials) -> Outlook:
    """All that is known of these, summed."""
    known = [(row, trial) for row, trial in trials if trial]
    totals: dict[str, Counter[str]] = {name: Counter() for name in ("endings", "refused", "announced")}
    for _, trial in known:
        for name, total in totals.items():
            total.update(trial[name])
    return Outlook(
        asked=len(trials),
        offered=sum(trial["offered"] for _, trial in known),
        gone=sum(trial["gone"] for _, trial in known),
        **totals,
        documents=tuple(_document(row, each) for row, trial in known for each in trial["documents"]),
        stuck=tuple(trial["stuck"] for _, trial in known if trial["stuck"]),
        figures=tuple(_summed(trial for _, trial in known)),
        counts=any(row.loop == "projector" for row, _ in known),
    )


def counted(counts: Mapping[str, int]) -> str:
    """As `2 applied, 1 refused`."""
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))


def signed(parts: Mapping[str, int]) -> str:
    """As `k +1, n +1`."""
    return ", ".join(f"{_PARTS[name]} {count:+,}" for name, count in parts.items()) or "no difference"


def _document(row: Row, each: Mapping[str, Any]) -> Document:
    changes = tuple(
        f"{name} {before} -> {after}"
        for name in ("version", "waiting", "parked")
        for before, after in [each[name]]
        if before != after
    )
    return Document(row.service, row.loop, each["id"], changes, tuple(each["fields"]))


def _summed(trials: Iterable[Mapping[str, Any]]) -> Iterator[Figure]:
    """By how much each figure would differ, all records together."""
    parts: dict[tuple[Any, ...], Counter[str]] = {}
    later: dict[tuple[Any, ...], Counter[str]] = {}
    for figure in (figure for trial in trials for figure in trial["figures"]):
        name = tuple(figure[field] for field in ("scheme_id", "measure", "title", "definition", "synthetic"))
        parts.setdefault(name, Counter()).update(figure["parts"])
        later.setdefault(name, Counter()).update(figure["later"])
    for (scheme_id, measure, title, definition, synthetic), of_today in parts.items():
        name = (scheme_id, measure, title, definition, synthetic)
        yield Figure(*name, _not_zero(of_today), _not_zero(later[name]))


def _not_zero(parts: Counter[str]) -> dict[str, int]:
    return {part: count for part, count in sorted(parts.items()) if count}
