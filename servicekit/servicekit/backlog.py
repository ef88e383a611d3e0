"""What a service has been told and has not dealt with: what waits, what is parked, what is accepted and not yet sent.

By the schemes of whoever said it: whose a waiting event is, is known only when its referral comes. No identities.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec
from pymongo.asynchronous.collection import AsyncCollection

from servicekit.inhand import BY_ORIGIN, Row, What, behind, parked_of, waiting
from servicekit.outgoing import unpack

if TYPE_CHECKING:
    from servicekit.running import Running

_IN_ORDER: Final = {"owner": 1, "seq": 1, "n": 1}


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
    """The backlog as it stands in MongoDB, of all workers of this service; what is behind as it was last looked at."""
    await running.partners.refresh()
    rows: list[Row] = []
    unsent: list[datetime] = []
    for name, runner in running.runners.items():
        parked = await runner.ledger.parked.aggregate([{"$match": {"loop": name}}, {"$group": BY_ORIGIN}])
        rows += waiting(name, await runner.ledger.positions.waiting(), running.partners)
        rows += parked_of(name, [entry async for entry in parked], running.partners)
        rows += behind(name, running.lookout.behind(name), running.partners)
        unsent += await oldest_unsent(runner.ledger.outbox.collection, name)
    oldest = min(unsent, default=None)
    return Backlog(service=running.service.name, at=datetime.now(UTC), rows=tuple(rows), oldest_unsent_at=oldest)


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
