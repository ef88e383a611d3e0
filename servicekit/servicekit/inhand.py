"""What a loop has in hand or stands behind its positions, by type of event and the schemes whose it may be. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from contracts.topics import inbox_parts, types_on
from servicekit.naming import canonical, event_of, whose
from servicekit.partners import Partners
from servicekit.positions import Position

What = Literal["waiting", "parked", "behind"]
Schemes = tuple[str, ...] | None
"""Those for which whoever said it speaks; None: nobody can say whose it is."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """So many records that a loop has in hand, or stand behind its positions, and may be of these schemes.

    `event`: their type, as far as it is known. `accepted`: a gate has taken them already.
    """

    loop: str
    what: What
    schemes: Schemes
    count: int
    event: str = ""
    accepted: bool = False


def _header(name: str) -> dict[str, Any]:
    mine = {"$eq": [{"$first": "$$this"}, name]}
    return {"$last": {"$first": {"$filter": {"input": "$record.headers", "cond": mine}}}}


# Of an inbox the topic says whose it is, of what a gate accepted the source.
BY_ORIGIN: Final[dict[str, Any]] = {
    "_id": {"topic": "$record.topic", "source": _header("ce_source"), "kind": _header("ce_type")},
    "count": {"$sum": 1},
}


def waiting(loop: str, counts: Mapping[str, int], partners: Partners) -> list[Row]:
    """What waits, by what it was counted under. What was counted before types were goes out under its type."""
    added: Counter[tuple[Any, ...]] = Counter()
    for name, count in counts.items():
        partner, event = whose(name)
        added[event if count > 0 else "", False, schemes_of(partner, partners)] += count
    return _rows(loop, "waiting", added)


def parked_of(loop: str, groups: Iterable[Mapping[str, Any]], partners: Partners) -> list[Row]:
    """What is parked, grouped `BY_ORIGIN`."""
    added: Counter[tuple[Any, ...]] = Counter()
    for group in groups:
        said = group["_id"]
        topic = canonical(said["topic"])
        event = event_of(topic, said.get("kind")) if topic else ""
        partner = _partner(said["topic"], said.get("source"))
        added[event, inbox_parts(said["topic"]) is None, schemes_of(partner, partners)] += group["count"]
    return _rows(loop, "parked", added)


def behind(loop: str, counts: Mapping[Position, int], partners: Partners) -> list[Row]:
    """What stands behind the positions. What is accepted may be of all who may say such an event."""
    added: Counter[tuple[Any, ...]] = Counter()
    for (name, _), count in counts.items():
        topic, inbox = canonical(name), inbox_parts(name)
        if topic is not None:
            event = event_of(topic, None)
            added[event, inbox is None, schemes_of(inbox[0], partners) if inbox else _all(topic, partners)] += count
    return _rows(loop, "behind", added)


def schemes_of(partner: str | None, partners: Partners) -> Schemes:
    """The schemes for which a partner speaks."""
    known = partners.by_name(partner) if partner else None
    return tuple(sorted(known.schemes)) if known else None


def _all(topic: str, partners: Partners) -> Schemes:
    events = {kind.event for kind in types_on(topic).values() if kind.topic == topic}
    known = (partners.by_name(name) for name in partners.names)
    found = {scheme for partner in known if partner and events & partner.events for scheme in partner.schemes}
    return tuple(sorted(found)) or None


def _rows(loop: str, what: What, added: Mapping[tuple[Any, ...], int]) -> list[Row]:
    """Added up over partners of the same schemes, so that no partner is named."""
    return [
        Row(loop=loop, what=what, event=event, accepted=accepted, schemes=schemes, count=count)
        for (event, accepted, schemes), count in added.items()
        if count > 0
    ]


def _partner(topic: str, source: bytes | None) -> str | None:
    """Whose a parked record is, as its topic or its source says."""
    if inbox := inbox_parts(topic):
        return inbox[0]
    parts = (source or b"").decode("ascii", "replace").split(":")
    return parts[3] if len(parts) > 3 else None
