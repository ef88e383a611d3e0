"""What a worker has committed to say and Kafka has not yet acknowledged: one document a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.write_concern import WriteConcern

from servicekit.outgoing import Outgoing, pack, unpack

_MOST_BYTES: Final = 8 * 1024 * 1024  # half of what MongoDB takes as one document
_ENVELOPE_BYTES: Final = 400  # headers and key of a record, roughly


@dataclass(frozen=True, slots=True)
class Sendable:
    """One committed outbox document: what the relay sends, and then deletes by its id."""

    id: str
    records: list[Outgoing]


class Outbox:
    """The outbox of one loop; `owner` writes to it, whoever takes over reads what all left."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], loop: str, owner: str) -> None:
        self.collection = database["outbox"]
        # A deletion that is lost makes the batch go out twice, which is allowed: it need not wait for a majority.
        self._forgetful = self.collection.with_options(write_concern=WriteConcern(w=1))
        self._loop, self._owner, self._sequence = loop, owner, 0

    async def put(self, session: AsyncClientSession, out: list[Outgoing]) -> list[Sendable]:
        """Add what a batch says, split where one document would grow too large."""
        if not out:
            return []
        self._sequence += 1
        prefix = f"{self._owner}/{self._sequence}"
        parts = [Sendable(f"{prefix}/{n}", part) for n, part in enumerate(_split(out))]
        rows = [
            {"_id": part.id, "loop": self._loop, "owner": self._owner, "seq": self._sequence, "n": n}
            | {"body": pack(part.records)}
            for n, part in enumerate(parts)
        ]
        await self.collection.insert_many(rows, session=session)
        return parts

    async def left(self) -> list[Sendable]:
        """What was committed and may not have been sent, by whomever, each worker's in the order of its commits."""
        found = self.collection.find({"loop": self._loop}).sort({"owner": 1, "seq": 1, "n": 1})
        return [Sendable(entry["_id"], unpack(entry["body"])) async for entry in found]

    async def left_by_others(self) -> set[str]:
        """The ids of what others committed and nobody has forgotten yet; most of it is on its way."""
        others = {"loop": self._loop, "owner": {"$ne": self._owner}}
        return {entry["_id"] async for entry in self.collection.find(others, {"_id": 1})}

    async def sent(self, ids: Sequence[str]) -> None:
        """Forget documents whose records Kafka has acknowledged."""
        await self._forgetful.delete_many({"_id": {"$in": list(ids)}})


def _split(out: list[Outgoing]) -> list[list[Outgoing]]:
    parts: list[list[Outgoing]] = [[]]
    size = 0
    for record in out:
        weight = len(record.value) + _ENVELOPE_BYTES
        if size + weight > _MOST_BYTES and parts[-1]:
            parts.append([])
            size = 0
        parts[-1].append(record)
        size += weight
    return parts
