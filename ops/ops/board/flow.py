"""How events flow, from partners to read models, with rates and lag: as nodes and ways between them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import yaml

from contracts import files
from contracts.topics import CANONICAL_TOPICS, GATES, inbox_parts
from ops.board.snapshot import ServiceNow, Snapshot
from ops.standing import judging
from ops.standing.showing import lasting
from servicekit.standing import LoopStanding

COLUMNS: Final = ("Partners", "Inboxes", "Gates", "Topics", "Services", "Read models")
PARTNERS, INBOXES, DECIDE, TOPICS, READ, MODELS = range(len(COLUMNS))
_MOST_PARTNERS: Final = 6
_OTHERS: Final = "others"
_GATE: Final = "gate"
_ENDS: Final = {"telling": "notifications", "fates": "fates of events"}


@dataclass(frozen=True, slots=True)
class Node:
    """One box: `rate` records a minute, `behind` records not taken up, the oldest `seconds` old.

    `word`: how it does, or did so long ago (`since`).
    """

    column: int
    name: str
    title: str
    rate: int | None = None
    behind: int | None = None
    seconds: float | None = None
    word: str = judging.FINE
    since: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether nobody has to look."""
        return self.word in (judging.FINE, judging.PAUSED)

    @property
    def said(self) -> str:
        """How it does in words, or how it did when that was known last."""
        return f"was {self.word} {self.since}" if self.since else self.word

    @property
    def flow(self) -> str:
        """What goes through it, in words."""
        return "" if self.rate is None else f"{self.rate:,} a minute"

    @property
    def lag(self) -> str:
        """What it has not taken up, in words."""
        if not self.behind:
            return ""
        oldest = f", {lasting(self.seconds)}" if self.seconds is not None else ""
        return f"{self.behind:,} behind{oldest}"


@dataclass(frozen=True, slots=True)
class Way:
    """From one node to another; `flows`: something came by in the last minute."""

    source: str
    target: str
    flows: bool
    late: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """The whole picture, column by column."""

    nodes: tuple[Node, ...]
    ways: tuple[Way, ...]

    def column(self, number: int) -> list[Node]:
        """The nodes of a column, from above."""
        return [node for node in self.nodes if node.column == number]


def flow_of(snapshot: Snapshot, hidden: Iterable[str] = ()) -> Flow:
    """The picture of this moment; `hidden` are partners who are none (the canary)."""
    came = snapshot.topics.came if snapshot.topics else {}
    inboxes = {parts: rate for topic, rate in came.items() if (parts := inbox_parts(topic)) and parts[0] not in hidden}
    loops = [(service, loop) for service in snapshot.services for loop in service.loops]
    nodes = [*_partners(inboxes), *_inboxes(inboxes, loops), *_topics(came, loops)]
    nodes += [_loop(snapshot, service, loop) for service, loop in loops]
    nodes += _read_models(snapshot)
    names = {node.name for node in nodes}
    ways = [*_from_partners(inboxes), *_of_loops(loops, came), *_to_models(snapshot)]
    return Flow(tuple(nodes), tuple(dict.fromkeys(way for way in ways if {way.source, way.target} <= names)))


def _partners(inboxes: Mapping[tuple[str, str], int | None]) -> Iterator[Node]:
    shown, others = _split(inboxes)
    for name, rate in shown.items():
        yield Node(PARTNERS, f"partner {name}", name, rate)
    if others:
        rates = [rate for rate in others.values() if rate is not None]
        title = f"{len(others)} other{'s' if len(others) > 1 else ''}"
        yield Node(PARTNERS, f"partner {_OTHERS}", title, sum(rates) if rates else None)


def _split(inboxes: Mapping[tuple[str, str], int | None]) -> tuple[dict[str, int | None], dict[str, int | None]]:
    """Those who said most in the last minute, and the others."""
    said: dict[str, int | None] = {}
    for (partner, _), rate in inboxes.items():
        said[partner] = None if rate is None else (said.get(partner) or 0) + rate
    order = sorted(said, key=lambda name: (-(said[name] or 0), name))
    most = order if len(order) <= _MOST_PARTNERS else order[: _MOST_PARTNERS - 1]
    return {name: said[name] for name in most}, {name: said[name] for name in order if name not in most}


def _inboxes(inboxes: Mapping[tuple[str, str], int | None], loops: list[tuple[ServiceNow, LoopStanding]]) -> list[Node]:
    nodes = []
    for event in GATES:
        rates = [rate for (_, each), rate in inboxes.items() if each == event]
        known = [rate for rate in rates if rate is not None]
        if rates:
            nodes.append(_topic(INBOXES, f"inbox.*.{event}", event, sum(known) if known else None, loops))
    return nodes


def _topics(came: Mapping[str, int | None], loops: list[tuple[ServiceNow, LoopStanding]]) -> list[Node]:
    return [_topic(TOPICS, topic, topic, came[topic], loops) for topic in CANONICAL_TOPICS if topic in came]


def _topic(column: int, name: str, title: str, rate: int | None, loops: list[tuple[ServiceNow, LoopStanding]]) -> Node:
    """A topic, with what the reader of it that is furthest behind has not taken up."""
    behind = [_behind(loop, name) for _, loop in loops]
    worst = max((one for one in behind if one is not None), default=None)
    return Node(column, name, title, rate, worst[0] if worst else None, worst[1] if worst else None)


def _behind(loop: LoopStanding, topic: str) -> tuple[int, float] | None:
    lanes = [lane for lane in loop.lanes if lane.topic == topic]
    if not lanes:
        return None
    return sum(lane.behind or 0 for lane in lanes), max(lane.seconds or 0.0 for lane in lanes)


def _loop(snapshot: Snapshot, service: ServiceNow, loop: LoopStanding) -> Node:
    words = judging.loop_words(loop)
    down = service.seen.standing is None and service.seen.url is not None
    word = "down" if down else ", ".join(words)
    column = DECIDE if loop.loop == _GATE else READ
    title = f"{service.name}: {loop.loop}"
    since = ""
    if service.loops_at and snapshot.is_old(service.loops_at):
        since = f"{lasting((snapshot.at - service.loops_at).total_seconds())} ago"
    return Node(column, _name(service, loop), title, loop.handled, loop.behind, loop.seconds, word, since)


def _name(service: ServiceNow, loop: LoopStanding) -> str:
    return f"{service.name} {loop.loop}"


def _read_models(snapshot: Snapshot) -> Iterator[Node]:
    for service in snapshot.services:
        for model, seconds in (service.read_models or {}).items():
            yield Node(MODELS, model, model, seconds=seconds, word=judging.age_word(seconds))
        for loop in service.loops:
            if loop.loop in _ENDS:
                yield Node(MODELS, _ENDS[loop.loop], _ENDS[loop.loop])


def _from_partners(inboxes: Mapping[tuple[str, str], int | None]) -> Iterator[Way]:
    shown, _ = _split(inboxes)
    flowing: dict[tuple[str, str], bool] = defaultdict(bool)
    for (partner, event), rate in inboxes.items():
        name = partner if partner in shown else _OTHERS
        flowing[f"partner {name}", f"inbox.*.{event}"] |= bool(rate)
    for (source, target), flows in flowing.items():
        yield Way(source, target, flows)


def _of_loops(loops: Iterable[tuple[ServiceNow, LoopStanding]], came: Mapping[str, int | None]) -> Iterator[Way]:
    """What each loop reads, and which topics a gate writes. What gates hear of one another is not drawn."""
    for service, loop in loops:
        is_gate = loop.loop == _GATE
        for topic in dict.fromkeys(lane.topic for lane in loop.lanes):
            if is_gate == topic.startswith("inbox."):
                behind = _behind(loop, topic)
                late = behind is not None and behind[1] > judging.LATE_SECONDS
                yield Way(topic, _name(service, loop), _flows(topic, came), late)
        if is_gate:
            for topic in CANONICAL_TOPICS:
                if owners()[topic] == service.name:
                    yield Way(_name(service, loop), topic, bool(came.get(topic)))


def _flows(topic: str, came: Mapping[str, int | None]) -> bool:
    if topic in came:
        return bool(came[topic])
    event = topic.rpartition(".")[2]
    return any(rate for each, rate in came.items() if (parts := inbox_parts(each)) and parts[1] == event)


def _to_models(snapshot: Snapshot) -> Iterator[Way]:
    for service in snapshot.services:
        for loop in service.loops:
            if loop.loop in _ENDS:
                yield Way(_name(service, loop), _ENDS[loop.loop], bool(loop.handled))
            elif loop.loop != _GATE:
                for model in service.read_models or {}:
                    yield Way(_name(service, loop), model, bool(loop.handled))


@lru_cache(maxsize=1)
def owners() -> Mapping[str, str]:
    """Whose gate writes each canonical topic, as the pages of the contract say."""
    pages = {topic: files.folder() / "topics" / f"{topic}.yaml" for topic in CANONICAL_TOPICS}
    return {topic: yaml.safe_load(page.read_text(encoding="utf-8"))["owner"] for topic, page in pages.items()}
