"""What is shown of parked records: groups, records, what would come of them, what came of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import msgspec
from rich.table import Table

from ops import tables
from ops.parked import Row
from ops.parking.groups import Group, name_of
from ops.parking.outlook import Document, Figure, Trials, counted, outlook

_OF_GROUPS: Final = ("records", "referrals", "asked")
_MOST_SHOWN: Final = 20  # on a terminal; --json has them all


def table_of_groups(groups: Iterable[Group]) -> Table:
    """A line a group."""
    made = tables.table("group", "loop", "topic", "cause", "schemes", "since", right=_OF_GROUPS)
    for group in groups:
        cause, loop = f"{group.cause} {group.where}".strip(), f"{group.service} {group.loop}"
        numbers = (f"{group.records:,}", f"{group.referrals:,}", f"{group.asked:,}" if group.asked else "")
        what = (group.id, loop, group.topic, cause, ", ".join(group.schemes), moment(group.since))
        made.add_row(*what, *numbers)
    return made


def lines_of_records(rows: Iterable[Row]) -> Iterable[str]:
    """Each record with its place and key whole, to be copied."""
    for row in rows:
        yield f"{name_of(row)}  {row.service} {row.loop}  {row.place}"
        yield f"  key {row.key}" if row.key else "  without a key"
        cause, asked = f"{row.cause} {row.where}".strip(), f"; asked: {row.asked}" if row.asked else ""
        times = {0: "", 1: ", once"}.get(row.failures, f", {row.failures:,} times")
        yield f"  {cause}{times}, since {moment(row.since)}; {row.behind:,} behind it{asked}"


def plain(thing: Row | Group) -> dict[str, Any]:
    """The same for programs."""
    said = {name: value for name, value in asdict(thing).items() if not isinstance(value, datetime)}
    moments = {name: moment(value) for name, value in asdict(thing).items() if isinstance(value, datetime)}
    if isinstance(thing, Row):
        del said["id"]
        said["group"] = name_of(thing)
    else:
        said["in_hand"] = msgspec.to_builtins(thing.in_hand)
    return said | moments


def moment(at: datetime) -> str:
    """An instant as people and programs read it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def lines_of_trials(what: str, trials: Trials) -> Iterable[str]:
    """What would come of it, in words; nothing has been done."""
    told = outlook(trials)
    yield f"Only tried, nothing was done: {what} of {told.asked:,}, {told.offered:,} records with those behind them."
    yield f"{told.gone:,} would be parked no more: {counted(told.endings) or 'none'}."
    if told.refused:
        yield f"Refused for: {counted(told.refused)}."
    if told.announced:
        yield f"Would be published: {counted(told.announced)}."
    for document in told.documents[:_MOST_SHOWN]:
        yield _document(document)
    if len(told.documents) > _MOST_SHOWN:
        yield f"and {len(told.documents) - _MOST_SHOWN:,} more documents would change."
    for entry in told.stuck[:_MOST_SHOWN]:
        yield f"Would stay: {entry['place']} ({entry['cause']} {entry['where']})".replace(" )", ")")
    if len(told.stuck) > _MOST_SHOWN:
        yield f"and {len(told.stuck) - _MOST_SHOWN:,} more would stay."
    for figure in told.figures:
        yield _figure(figure)
    if not told.figures and told.counts:
        yield "No figure would differ."


def _document(each: Document) -> str:
    fields = f"; other {', '.join(each.fields)}" if each.fields else ""
    return f"{each.service} {each.loop} {each.id}: {', '.join(each.changes) or 'the same'}{fields}"


def _figure(figure: Figure) -> str:
    kind = "synthetic" if figure.synthetic else "real"
    said = f"{figure.scheme_id}: {figure.title} ({figure.definition}, {kind}): {figure.words}"
    return said + (f"; on a later day {figure.words_later}" if figure.later else "")


def lines_of_answers(told: Sequence[tuple[Row, str]]) -> Iterable[str]:
    """What came of each, and in all."""
    for row, word in told[:_MOST_SHOWN]:
        yield f"{row.service} {row.loop} {row.place}: {word}"
    if len(told) > _MOST_SHOWN:
        yield f"In all: {counted(words_of(told))}."


def words_of(told: Iterable[tuple[Row, str]]) -> Counter[str]:
    """How many are done, parked, asked."""
    return Counter(word.split(":")[0] for _, word in told)
