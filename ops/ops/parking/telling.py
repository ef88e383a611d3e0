"""What is shown of parked records: groups, records, what would come of them, what came of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from rich.box import SIMPLE
from rich.table import Table

from ops.parked import Row
from ops.parking.groups import Group, name_of

Trials = Sequence[tuple[Row, dict[str, Any] | None]]
_MOST_SHOWN: Final = 20  # on a terminal; --json has them all
_PARTS: Final = {"k": "k", "n": "n", "u": "unknown", "values": "values"}


def table_of_groups(groups: Iterable[Group]) -> Table:
    """A line a group."""
    titles = ("group", "service", "loop", "topic", "cause", "records", "referrals", "schemes", "since", "asked", "note")
    table = Table(*titles, box=SIMPLE)
    for group in groups:
        cause = f"{group.cause} {group.where}".strip()
        numbers = (f"{group.records:,}", f"{group.referrals:,}")
        asked = f"{group.asked:,}" if group.asked else ""
        what = (group.id, group.service, group.loop, group.topic, cause, *numbers)
        table.add_row(*what, ", ".join(group.schemes), moment(group.since), asked, group.note or "")
    return table


def table_of_records(rows: Iterable[Row]) -> Table:
    """A line a record."""
    titles = ("group", "service", "loop", "place", "key", "cause", "since", "failures", "behind", "asked")
    table = Table(*titles, box=SIMPLE)
    for row in rows:
        cause = f"{row.cause} {row.where}".strip()
        what = (name_of(row), row.service, row.loop, row.place, row.key or "", cause, moment(row.since))
        table.add_row(*what, f"{row.failures:,}", f"{row.behind:,}", row.asked or "")
    return table


def plain(thing: Row | Group) -> dict[str, Any]:
    """The same for programs."""
    said = {name: value for name, value in asdict(thing).items() if not isinstance(value, datetime)}
    moments = {name: moment(value) for name, value in asdict(thing).items() if isinstance(value, datetime)}
    if isinstance(thing, Row):
        del said["id"]
        said["group"] = name_of(thing)
    return said | moments


def moment(at: datetime) -> str:
    """An instant as people and programs read it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def summed(trials: Trials) -> list[dict[str, Any]]:
    """By how much each figure would differ, all records together."""
    parts: dict[tuple[Any, ...], Counter[str]] = {}
    later: dict[tuple[Any, ...], Counter[str]] = {}
    for figure in (figure for _, trial in trials if trial for figure in trial["figures"]):
        name = tuple(figure[field] for field in ("scheme_id", "measure", "title", "definition", "synthetic"))
        parts.setdefault(name, Counter()).update(figure["parts"])
        later.setdefault(name, Counter()).update(figure["later"])
    return [
        dict(zip(("scheme_id", "measure", "title", "definition", "synthetic"), name, strict=True))
        | {"parts": _not_zero(parts[name]), "later": _not_zero(later[name])}
        for name in parts
    ]


def lines_of_trials(what: str, trials: Trials) -> Iterable[str]:
    """What would come of it, in words; nothing has been done."""
    known = [(row, trial) for row, trial in trials if trial]
    endings: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    announced: Counter[str] = Counter()
    for _, trial in known:
        endings.update(trial["endings"])
        refused.update(trial["refused"])
        announced.update(trial["announced"])
    offered, gone = (sum(trial[name] for _, trial in known) for name in ("offered", "gone"))
    yield f"Only tried, nothing was done: {what} of {len(trials):,}, {offered:,} records with those behind them."
    yield f"{gone:,} would be parked no more: {_counted(endings) or 'none'}."
    if refused:
        yield f"Refused for: {_counted(refused)}."
    if announced:
        yield f"Would be published: {_counted(announced)}."
    yield from _documents(known)
    stuck = [trial["stuck"] for _, trial in known if trial["stuck"]]
    for entry in stuck[:_MOST_SHOWN]:
        yield f"Would stay: {entry['place']} ({entry['cause']} {entry['where']})".replace(" )", ")")
    if len(stuck) > _MOST_SHOWN:
        yield f"and {len(stuck) - _MOST_SHOWN:,} more would stay."
    figures = summed(trials)
    for figure in figures:
        yield _figure(figure)
    if not figures and any(row.loop == "projector" for row, _ in known):
        yield "No figure would differ."


def _documents(known: Sequence[tuple[Row, Mapping[str, Any]]]) -> Iterable[str]:
    documents = [(row, each) for row, trial in known for each in trial["documents"]]
    for row, each in documents[:_MOST_SHOWN]:
        changes = [
            f"{name} {before} -> {after}"
            for name in ("version", "waiting", "parked")
            for before, after in [each[name]]
            if before != after
        ]
        fields = f"; other {', '.join(each['fields'])}" if each["fields"] else ""
        yield f"{row.service} {row.loop} {each['id']}: {', '.join(changes) or 'the same'}{fields}"
    if len(documents) > _MOST_SHOWN:
        yield f"and {len(documents) - _MOST_SHOWN:,} more documents would change."


def _figure(figure: Mapping[str, Any]) -> str:
    kind = "synthetic" if figure["synthetic"] else "real"
    said = f"{figure['scheme_id']}: {figure['title']} ({figure['definition']}, {kind}): {_signed(figure['parts'])}"
    return said + (f"; on a later day {_signed(figure['later'])}" if figure["later"] else "")


def lines_of_answers(told: Sequence[tuple[Row, str]]) -> Iterable[str]:
    """What came of each, and in all."""
    for row, word in told[:_MOST_SHOWN]:
        yield f"{row.service} {row.loop} {row.place}: {word}"
    if len(told) > _MOST_SHOWN:
        yield f"In all: {_counted(words_of(told))}."


def words_of(told: Iterable[tuple[Row, str]]) -> Counter[str]:
    """How many are done, parked, asked."""
    return Counter(word.split(":")[0] for _, word in told)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))


def _signed(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{_PARTS[name]} {count:+,}" for name, count in parts.items()) or "no difference"


def _not_zero(parts: Counter[str]) -> dict[str, int]:
    return {part: count for part, count in sorted(parts.items()) if count}
