"""Parked records in groups: what failed for the same cause, at the same place, in the same loop; remarks on them."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from contracts.topics import inbox_parts
from ops import audit
from ops.parked import ParkedRecords, ParkedRefused, Row, Topics
from servicekit.days import to_milliseconds
from servicekit.inhand import Row as InHand
from servicekit.naming import canonical, event_of
from servicekit.partners import REGISTRY_DATABASE
from servicekit.settings import ServiceSettings

NOTES: Final = "parked_notes"
_AT_ONCE: Final = 1_000
_OF_PRACTICES: Final = "ods:"


@dataclass(frozen=True, slots=True)
class Group:
    """What stands parked for one cause at one place: `heads` failed, `records` are with all that stand behind them.

    `where`: file and line of the code. `schemes` are those of the referrals, where they are known, else those for
    which the partner speaks. `note` is the last remark. `in_hand`: the records by type and by those schemes.
    """

    id: str
    service: str
    loop: str
    topic: str
    cause: str
    where: str
    records: int
    heads: int
    referrals: int
    schemes: tuple[str, ...]
    since: datetime
    tried_at: datetime | None
    asked: int
    note: str | None
    in_hand: tuple[InHand, ...] = ()


def name_of(row: Row) -> str:
    """What the group of a record is called: short, and the same as long as cause and place are."""
    said = "\n".join((row.service, row.loop, row.topic, row.cause, row.where))
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def members(heads: Iterable[Row], name: str) -> list[Row]:
    """The first records of the keys that stand in this group. Raises `ParkedRefused`."""
    every = list(heads)
    found = [row for row in every if name_of(row) == name]
    if not found:
        there = ", ".join(sorted({name_of(row) for row in every}))
        raise ParkedRefused(f"There is no group {name}. " + (f"There are: {there}." if there else "Nothing is parked."))
    return found


def all_of(there: ParkedRecords, heads: Sequence[Row], settings: ServiceSettings) -> list[Group]:
    """The groups of these first records of keys, with all that is known of them."""
    schemes, topics = schemes_of(heads, there.client, settings), there.topics(heads)
    with audit.operators_database(settings) as database:
        return grouped(heads, schemes, remarks(database), topics)


def grouped(
    heads: Iterable[Row], schemes: Mapping[str, frozenset[str]], notes: Mapping[str, str], topics: Topics
) -> list[Group]:
    """The groups, the largest first. `schemes` by key, or by topic where a record has none or its key is not known."""
    by_name: defaultdict[str, list[Row]] = defaultdict(list)
    for row in heads:
        by_name[name_of(row)].append(row)
    found = [_group(name, rows, schemes, notes.get(name), topics) for name, rows in by_name.items()]
    return sorted(found, key=lambda group: (-group.records, group.since, group.id))


def _group(
    name: str, rows: Sequence[Row], schemes: Mapping[str, frozenset[str]], note: str | None, topics: Topics
) -> Group:
    first = rows[0]
    named = [schemes.get(row.key or "") or schemes.get(row.topic, frozenset()) for row in rows]
    return Group(
        id=name,
        service=first.service,
        loop=first.loop,
        topic=first.topic,
        cause=first.cause,
        where=first.where,
        records=sum(1 + row.behind for row in rows),
        heads=len(rows),
        referrals=len({row.key for row in rows if row.key and not row.key.startswith(_OF_PRACTICES)}),
        schemes=tuple(sorted(frozenset().union(*named))),
        since=min(row.since for row in rows),
        tried_at=max((row.tried_at for row in rows if row.tried_at), default=None),
        asked=sum(row.asked is not None for row in rows),
        note=note,
        in_hand=_in_hand(first.loop, zip(rows, named, strict=True), topics),
    )


def _in_hand(loop: str, named: Iterable[tuple[Row, frozenset[str]]], topics: Topics) -> tuple[InHand, ...]:
    """The records of a group, with those that stand behind its first ones: they may be of other topics."""
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for row, schemes in named:
        of_key = topics.get((row.service, row.loop, row.key or ""), {row.topic: 1 + row.behind})
        for topic, count in of_key.items():
            counts[topic, tuple(sorted(schemes))] += count
    found: list[InHand] = []
    for (topic, of), count in counts.items():
        on = canonical(topic)
        event, accepted = event_of(on, None) if on else "", inbox_parts(topic) is None
        row_of = InHand(loop=loop, what="parked", schemes=of or None, count=count, event=event, accepted=accepted)
        found.append(row_of)
    return tuple(found)


def schemes_of(heads: Sequence[Row], client: Any, settings: ServiceSettings) -> dict[str, frozenset[str]]:
    """The scheme of each referral that was made, by its id; of each inbox topic the schemes of its partner."""
    found: dict[str, frozenset[str]] = {}
    referrals = client[settings.database_prefix + "referral"]["referrals"]
    keys = sorted({row.key for row in heads if row.key})
    for start in range(0, len(keys), _AT_ONCE):
        these = {"_id": {"$in": keys[start : start + _AT_ONCE]}, "scheme_id": {"$exists": True}}
        found |= {entry["_id"]: frozenset({entry["scheme_id"]}) for entry in referrals.find(these, {"scheme_id": 1})}
    partners = {parts[0]: row.topic for row in heads if (parts := inbox_parts(row.topic))}
    registry = client[settings.database_prefix + REGISTRY_DATABASE]["partners"]
    of_partner = {e["_id"]: e["schemes"] for e in registry.find({"_id": {"$in": [*partners]}}, {"schemes": 1})}
    for row in heads:
        if (parts := inbox_parts(row.topic)) and parts[0] in of_partner:
            found[row.topic] = frozenset(of_partner[parts[0]])
    return found


def remark(database: Database[dict[str, Any]], group: str, who: str, text: str, remark_id: Any = None) -> None:
    """Keep a remark on a group, and put that down, both or neither; earlier ones stay.

    The same `remark_id` twice is one remark.
    """
    said = {"_id": remark_id or ObjectId(), "group": group, "at": to_milliseconds(datetime.now(UTC)), "who": who}

    def work(session: ClientSession) -> None:
        database[NOTES].insert_one({**said, "text": text}, session=session)
        audit.record(database, who, f"parked note {group}", None, None, {"note": text}, session=session)

    with database.client.start_session() as session, suppress(DuplicateKeyError):
        session.with_transaction(work)


def remarks(database: Database[dict[str, Any]]) -> dict[str, str]:
    """The last remark on each group."""
    found = database[NOTES].find({}, {"group": 1, "text": 1}).sort([("at", 1), ("_id", 1)])
    return {entry["group"]: entry["text"] for entry in found}
