"""One screen of how everything stands: tables whose colours say nothing that a word beside them does not."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ops.alarms.alarm import Alarm
from ops.standing import judging
from ops.standing.asking import NOTHING, Seen
from ops.tables import table
from servicekit.standing import LoopStanding

_GOOD: Final = {"up", "ready", judging.FINE, "as the contract wants"}
_QUIET: Final = {"no address", judging.PAUSED}
_SEVERE: Final = {"critical": "bold red", "warning": "yellow"}
_ROUGHLY: Final = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def screen(
    parts: Sequence[dict[str, Any]], services: Sequence[Seen], alarms: Sequence[Alarm], others: Sequence[str]
) -> RenderableType:
    """All of it, the answer first: alarms with what they do to the numbers, and what else is not fine."""
    if not parts and not services:
        return Text(NOTHING.message)
    shown: list[RenderableType] = [*_answer(alarms, others)]
    if parts:
        shown += [Text(), _parts(parts)]
    if services:
        shown += [Text(), _services(services), Text(), _loops(services), *_held_up(services), *_read_models(services)]
    return Group(*shown)


def word(said: str) -> Text:
    """A word in its colour."""
    return Text(said, style="green" if said in _GOOD else "dim" if said in _QUIET else "bold red")


def number(value: int | None) -> str:
    """Of what is not known a dash."""
    return "-" if value is None else f"{value:,}"


def lasting(seconds: float | None) -> str:
    """How long it is, roughly: `3 min`."""
    if seconds is None:
        return "-"
    for size, unit in _ROUGHLY:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def since(moment: datetime | None) -> str:
    """How long ago it was, roughly."""
    return lasting(max(0.0, (datetime.now(UTC) - moment).total_seconds()) if moment else None)


def _answer(alarms: Sequence[Alarm], others: Sequence[str]) -> Iterator[RenderableType]:
    at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  "
    if not alarms and not others:
        yield Text.assemble(at, ("everything is fine", "green"))
        return
    yield Text.assemble(at, (_counted(len(alarms), len(others)), "bold red"))
    for alarm in alarms:
        yield Padding(Text.assemble((alarm.severity, _SEVERE[alarm.severity]), f" {alarm.what}"), (0, 0, 0, 2))
        yield Padding(Text(alarm.impact), (0, 0, 0, 4))
        yield Padding(Text(f"{alarm.rule}: {alarm.runbook}", style="dim"), (0, 0, 0, 4))
    yield from (Text(f"  {words}") for words in others)


def _counted(alarms: int, others: int) -> str:
    said = [f"{alarms} alarm{'s' * (alarms != 1)}"] * bool(alarms) + [f"{others} not fine"] * bool(others)
    return f"{', '.join(said)}:"


def _parts(rows: Iterable[dict[str, Any]]) -> Table:
    made = table("stack", "kind", "part", "state", "version", right=("port", "memory, MB", "data, MB", "free, MB"))
    for row in rows:
        state = "down" if not row["up"] else "disk is low" if judging.disk_is_low(row) else "up"
        sizes = (number(row[name]) for name in ("memory_mb", "data_mb", "free_mb"))
        port = str(row["port"] or "-")
        made.add_row(row["stack"], row["kind"], row["part"], word(state), row["version"], port, *sizes)
    return made


def _services(services: Sequence[Seen]) -> Table:
    made = table("stack", "service", "state", "version", "up for", "knew", "address", "why")
    for seen in services:
        state, address = word(judging.service_word(seen)), seen.url or "-"
        if (said := seen.standing) is None:
            made.add_row(seen.installation, seen.service, state, "-", "-", "-", address, seen.problem or "")
            continue
        why = "; ".join(f"{part}: {why}" for part, why in said.why.items())
        knew = f"{since(said.at)} ago" if said.at else "-"
        made.add_row(seen.installation, seen.service, state, said.version, since(said.since), knew, address, why)
    return made


def _loops(services: Sequence[Seen]) -> Table:
    right = ("behind", "oldest", "last moved", "in/min", "out/min", "waiting", "parked", "outbox", "unsent for")
    made = table("stack", "service", "loop", "state", right=right)
    for seen in services:
        for loop in seen.loops or ():
            made.add_row(seen.installation, seen.service, loop.loop, _words(loop), *_numbers(loop))
    return made


def _words(loop: LoopStanding) -> Text:
    return Text(", ").join(word(said) for said in judging.loop_words(loop))


def _numbers(loop: LoopStanding) -> Iterable[str]:
    yield number(loop.behind)
    yield lasting(loop.seconds)
    yield since(loop.moved_at)
    yield number(loop.came)
    yield number(loop.handled)
    yield number(loop.waiting)
    yield number(sum(group.count for group in loop.parked))
    yield number(loop.outbox)
    yield lasting(loop.unsent_seconds)


def _held_up(services: Iterable[Seen]) -> Iterable[RenderableType]:
    made = table("service", "loop", "held up by", right=("records", "since"))
    for seen in services:
        for loop in seen.loops or ():
            for group in loop.parked:
                made.add_row(seen.service, loop.loop, group.cause, number(group.count), f"{since(group.since)} ago")
            if loop.paused:
                made.add_row(
                    seen.service, loop.loop, "paused: see footing pause", "", f"{since(loop.paused.since)} ago"
                )
    if made.row_count:
        yield from (Text(), made)


def _read_models(services: Iterable[Seen]) -> Iterable[RenderableType]:
    models = [(seen, *model) for seen in services if seen.standing for model in seen.standing.read_models.items()]
    if not models:
        return
    made = table("service", "read model", "state", right=("oldest event not in it",))
    for seen, model, seconds in models:
        oldest = "none" if seconds == 0 else lasting(seconds)
        made.add_row(seen.service, model, word(judging.age_word(seconds)), oldest)
    yield from (Text(), made)
