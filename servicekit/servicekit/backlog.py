"""What a service has been told and has not dealt with: what waits, what is parked, what is accepted and not yet sent.

By the schemes of whoever said it: whose a waiting event is, is known only when its referral comes. No identities.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from pymongo.asynchronous.collection import AsyncCollection

from contracts.topics import inbox_parts
from servicekit.outgoing import unpack
from servicekit.partners import Partners

if TYPE_CHECKING:
    from servicekit.running import Running

_IN_ORDER: Final = {"owner": 1, "seq": 1, "n": 1}
_IS_SOURCE: Final = {"$eq": [{"$first": "$$this"}, "ce_source"]}
_SOURCE: Final = {"$first": {"$filter": {"input": "$record.headers", "cond": _IS_SOURCE}}}
# Of an inbox the topic says whose it is, of what a gate accepted the source.
_BY_PARTNER: Final[dict[str, Any]] = {
    "$group": {"_id": {"topic": "$record.topic", "source": _SOURCE}, "count": {"$sum": 1}}
}

What = Literal["waiting", "parked"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """So many records, said by partners of these schemes; None: nobody can say whose they are."""

    loop: str
    what: What
    schemes: tuple[str, ...] | None
    count: int


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """What one service has in hand. `oldest_unsent_at`: when the oldest was accepted that Kafka may not have yet."""

    service: str
    at: datetime
    rows: tuple[Row, ...]
    oldest_unsent_at: datetime | None = None

    def count(self, what: What, scheme: str) -> int:
        """How many of these may be of a scheme."""
        mine = [row for row in self.rows if row.what == what and (row.schemes is None or scheme in row.schemes)]
        return sum(row.count for row in mine)


async def backlog_of(running: "Running") -> Backlog:
    """The backlog as it stands in MongoDB, of all workers of this service."""
    await running.partners.refresh()
    rows: list[Row] = []
    unsent: list[datetime] = []
    for name, runner in running.runners.items():
        waiting = (await runner.ledger.positions.waiting_by_partner()).items()
        counted = await runner.ledger.parked.aggregate([{"$match": {"loop": name}}, _BY_PARTNER])
        parked = [(_partner(entry["_id"]), entry["count"]) async for entry in counted]
        rows += _rows(name, "waiting", waiting, running.partners)
        rows += _rows(name, "parked", parked, running.partners)
        unsent += await oldest_unsent(runner.ledger.outbox.collection, name)
    oldest = min(unsent, default=None)
    return Backlog(service=running.service.name, at=datetime.now(UTC), rows=tuple(rows), oldest_unsent_at=oldest)


def _rows(loop: str, what: What, counts: Iterable[tuple[str | None, int]], partners: Partners) -> list[Row]:
    """Added up over partners of the same schemes, so that no partner is named."""
    added: Counter[tuple[str, ...] | None] = Counter()
    for name, count in counts:
        partner = partners.by_name(name) if name else None
        added[tuple(sorted(partner.schemes)) if partner else None] += count
    return [Row(loop=loop, what=what, schemes=schemes, count=count) for schemes, count in added.items() if count]


def _partner(said: dict[str, Any]) -> str | None:
    """Whose a parked record is, as its topic or its source says."""
    if inbox := inbox_parts(said["topic"]):
        return inbox[0]
    _, source = said.get("source") or ("", None)
    parts = (source or b"").decode("ascii", "replace").split(":")
    return parts[3] if len(parts) > 3 else None


async def oldest_unsent(outbox: AsyncCollection[dict[str, Any]], loop: str) -> list[datetime]:
    """When the first event was accepted of what each worker committed and Kafka has not acknowledged."""
    found: list[datetime] = []
    for owner in await outbox.distinct("owner", {"loop": loop}):
        async for batch in outbox.find({"loop": loop, "owner": owner}, {"body": 1}).sort(_IN_ORDER):
            times = [_accepted_at(record.headers) for record in unpack(batch["body"])]
            if accepted := [time for time in times if time is not None]:
                found.append(min(accepted))
                break
    return found


def _accepted_at(headers: Iterable[tuple[str, bytes | None]]) -> datetime | None:
    """When a canonical record was accepted; a receipt never was."""
    said = next((value for name, value in headers if name == "ce_acceptedtime"), None)
    return datetime.fromisoformat(said.decode()) if said else None
