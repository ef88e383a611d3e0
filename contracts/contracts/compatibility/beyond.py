"""What no schema says: code lists, reason codes, how topics are set up, and rules in code as examples show them."""

from collections.abc import Iterator
from typing import Any, Final

from contracts.compatibility.answers import Answer, answer, payload
from contracts.compatibility.contract import Contract, Json
from contracts.compatibility.findings import Finding, publishers, readers
from contracts.compatibility.scalars import accepts

TAKES: Final = "takes"
_SET_UP: Final = ("topic", "partitions", "retention", "cleanup")


def compared(base: Contract, now: Contract) -> Iterator[Finding]:
    """What breaks beyond the schemas."""
    for title, listed in base.codes.items():
        if now.codes.get(title, listed) != listed:
            yield from _codes(title, listed, now.codes[title], base, now)
    yield from _reasons(base, now)
    yield from _pages(base, now)
    for name, example in base.examples.items():
        yield from _replayed(name, example, base, now)
    for name, rule in now.rules.items():
        if name not in base.rules:
            yield from _new_rule(name, rule, base, now)


def _codes(title: str, before: Json, after: Json, base: Contract, now: Contract) -> Iterator[Finding]:
    """The log still holds a code that is gone; a new one reads as `not_known_here`, unless the list is closed."""
    old, new = (dict(map(tuple, listed["meanings"])) for listed in (before, after))
    subject, who = f"codes: {title}", _users(list(old), base)
    for code in (code for code in old if _gone(code, old, new)):
        why = "the code is gone, and stands in the log for ever"
        yield Finding(subject, "readers", "code", why, who, code, base.version, now.version)
    for code in (code for code in new if before["closed"] and _gone(code, new, old)):
        yield Finding(subject, "readers", "code", "the list is closed", who, code, now.version, base.version)
    for code in (code for code in old if code in new and new[code] != old[code]):
        yield Finding(subject, "readers", "code", f"{code} meant '{old[code]}', and now '{new[code]}'", who)


def _gone(code: Any, of: dict[Any, str], other: dict[Any, str]) -> bool:
    return accepts({"enum": list(of)}, code) and not accepts({"enum": list(other)}, code)


def _users(codes: list[Any], base: Contract) -> tuple[str, ...]:
    """Who reads the events that use a code list."""
    users = (name for name, schema in base.schemas.items() if _holds(schema, codes))
    topics = [topic for name in users for topic in base.topics_of(name)]
    return readers(base, dict.fromkeys(topics))


def _holds(node: Any, codes: list[Any]) -> bool:
    if isinstance(node, dict):
        return node.get("enum") == codes or any(_holds(inner, codes) for inner in node.values())
    return isinstance(node, list) and any(_holds(inner, codes) for inner in node)


def _reasons(base: Contract, now: Contract) -> Iterator[Finding]:
    for code in base.reasons:
        if code not in now.reasons:
            why = "partners know it, and it is said no more"
            yield Finding("reason codes", "readers", "reason", why, readers(base, []), code, base.version, now.version)
    for code, where in now.reasons.items():
        if where == "gate" and code not in base.reasons:
            why = f"{code} is new: whether a gate now refuses what it took, no record alone shows"
            yield Finding("reason codes", "gate", "reason", why, publishers(base, base.gates))


def _pages(base: Contract, now: Contract) -> Iterator[Finding]:
    """How a topic is set up: whether somebody relies on it, no instance shows."""
    for name, page in base.pages.items():
        for said in (said for said in _SET_UP if name in now.pages and now.pages[name][said] != page[said]):
            why = f"it was {page[said]}, and now is {now.pages[name][said]}"
            yield Finding(f"topic {name}", "readers", said, why, tuple(page["consumers"]))


def _replayed(name: str, example: Json, base: Contract, now: Contract) -> Iterator[Finding]:
    """The released version answered this example: the same code as now may answer otherwise only where nobody minds."""
    before, after = Answer(**base.answers[name]), answer(example)
    event, version, *_ = name.split("/")
    subject, where = f"{event}.{version}", f"example {name}"
    topics = base.topics_of(subject)
    was = example, base.version, now.version
    if before.gate == TAKES and after.gate != TAKES:
        yield Finding(subject, "gate", where, f"the gate says {after.gate}", publishers(base, topics), *was)
    elif before.gate == TAKES and before.content != after.content:
        why = "its hash is another, so that a resend would be refused as id_reused"
        yield Finding(subject, "gate", where, why, publishers(base, topics), *was)
    if before.reader == TAKES and after.reader != TAKES:
        yield Finding(subject, "readers", where, f"readers say {after.reader}", readers(now, topics), *was)
    if before.reader != TAKES and TAKES in (after.gate, after.reader if after.gate is None else None):
        why = f"released readers say {before.reader}"
        yield Finding(subject, "readers", where, why, readers(base, topics), example, now.version, base.version)


def _new_rule(name: str, rule: Json, base: Contract, now: Contract) -> Iterator[Finding]:
    """A rule that the release does not list: what it refuses, did the released contract take it?"""
    for shown_by in rule["shown_by"]:
        event, version, *_ = shown_by.split("/")
        subject, example = f"{event}.{version}", now.examples[shown_by]
        if shown_by in base.examples or subject not in base.schemas:
            continue  # replayed, or about an event that is new
        who = publishers(base, base.topics_of(subject))
        why = f"new rule: {rule['says']}"
        if accepts(base.schemas[subject], payload(example)):
            yield Finding(subject, "gate", f"example {shown_by}", why, who, example, base.version, now.version)
        else:
            yield Finding(subject, "gate", f"example {shown_by}", f"{why}; no schema shows it", who)
    if not rule["shown_by"]:
        yield Finding(
            "rules", "gate", name, f"new rule without an example: {rule['says']}", publishers(base, base.gates)
        )
