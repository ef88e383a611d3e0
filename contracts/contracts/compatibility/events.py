"""Events and what partners get back, schema against schema: as strict gate and as tolerant reader."""

from collections.abc import Iterator
from typing import Any

from contracts.compatibility.contract import CANONICAL, Contract
from contracts.compatibility.differences import differences
from contracts.compatibility.findings import Finding, found, publishers, readers
from contracts.compatibility.instances import instances
from contracts.compatibility.profile import Schema, bare, outside
from contracts.compatibility.tolerant import closed


def names(contract: Contract) -> list[str]:
    """The events, and what partners get back, in their order."""
    return [name for name in contract.schemas if CANONICAL not in name]


def compared(base: Contract, now: Contract) -> Iterator[Finding]:
    """What breaks, event by event."""
    for name in names(base):
        if name in now.schemas:
            yield from _as_gate(name, base, now)
            yield from _as_reader(name, base, now)
            yield from _defaults(name, base, now)
        elif not base.topics_of(name):
            gone = _shown(base.schemas[name]), base.version, now.version
            yield Finding(name, "readers", "data", "it is said no more", readers(base, []), *gone)
    yield from _left_their_topic(base, now)
    yield from _new_on_their_topic(base, now)


def _as_gate(name: str, base: Contract, now: Contract) -> Iterator[Finding]:
    """Does the new gate accept all that a partner of the released version may write?"""
    topics = base.topics_of(name)
    if any(topic in base.gates for topic in topics):
        refused = differences(base.schemas[name], now.schemas[name])
        yield from found(name, "gate", publishers(base, topics), refused, accepting=base, refusing=now)


def _as_reader(name: str, base: Contract, now: Contract) -> Iterator[Finding]:
    """Do released readers understand what is written now, and new readers what was written before?"""
    before, after = base.as_written(name), now.as_written(name)
    of_old, of_new = readers(base, base.topics_of(name)), readers(now, now.topics_of(name))
    unread = differences(closed(now.schemas[after]), base.readers[before])
    yield from found(name, "readers", of_old, unread, accepting=now, refusing=base)
    unread = differences(closed(base.schemas[before]), now.readers[after])
    yield from found(name, "readers", of_new, unread, accepting=base, refusing=now)


def _defaults(name: str, base: Contract, now: Contract) -> Iterator[Finding]:
    """What an absent field means no instance shows, since it stands in none."""
    schemas = [contract.schemas[name] for contract in (base, now)]
    if any(map(outside, schemas)):
        return  # said already
    before, after = (dict(_default_of(schema, schema)) for schema in schemas)
    for field in before:
        if field in after and before[field] != after[field]:
            why = f"absent it meant {before[field]}, and now means {after[field]}"
            yield Finding(name, "readers", f"data{field}", why, readers(base, base.topics_of(name)))


def _default_of(whole: Schema, schema: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if "$ref" in schema:
        yield from _default_of(whole, whole["$defs"][schema["$ref"].rpartition("/")[2]], place)
    for inner in schema.get("anyOf", ()):
        yield from _default_of(whole, inner, place)
    for name, inner in schema.get("properties", {}).items():
        yield f"{place}.{name}", inner.get("default", "nothing")
        yield from _default_of(whole, inner, f"{place}.{name}")


def _left_their_topic(base: Contract, now: Contract) -> Iterator[Finding]:
    for topic, travelled in base.topics.items():
        for name in (name for name in travelled if name not in now.topics.get(topic, ())):
            gone = _shown(base.schemas[base.as_written(name)]), base.version, now.version
            why = f"it does not travel on {topic} any more"
            if topic in base.gates:
                yield Finding(name, "gate", "type", why, publishers(base, [topic]), *gone)
            yield Finding(name, "readers", "type", why, readers(base, [topic]), *gone)


def _new_on_their_topic(base: Contract, now: Contract) -> Iterator[Finding]:
    """Readers of a topic refuse types that they do not know: a new one needs a topic of its own."""
    for topic in base.topics.keys() & now.topics.keys():
        for name in (name for name in now.topics[topic] if name not in base.topics[topic]):
            new = _shown(now.schemas[now.as_written(name)]), now.version, base.version
            yield Finding(name, "readers", "type", f"readers of {topic} do not know it", readers(base, [topic]), *new)


def _shown(schema: Schema) -> Any:
    """An instance of a schema as a whole."""
    return next(instances([bare(schema)]))
