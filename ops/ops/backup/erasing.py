"""Applies erasures to restored databases, before anything else: by the services' own loops, in their own transactions.

Each loop that forgets reads `erasure-requested` from its position to the end, as it would once it runs; its position
moves with it. What an erasure makes it say stands in the outbox until the service starts.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from pymongo.asynchronous.database import AsyncDatabase

from ops import reading
from ops.backup.log import Log
from ops.backup.since import ERASURES, Erasure
from referral_service.domain import PERSONS
from referral_service.store import ERASURES as PROOFS
from servicekit.batch import BatchWriter
from servicekit.ledger import Ledger
from servicekit.loop import Loop
from servicekit.running import Running

_RECORDS: Final = 5_000


class NotErased(Exception):  # noqa: N818  says what is wrong, in the operators' words
    """An erasure could not be applied: what was asked to be forgotten would be there again."""


async def forget_names(database: AsyncDatabase[dict[str, Any]], erasures: Iterable[Erasure]) -> int:
    """Delete the map's rows of these people, as `footing erase` did, and put the proof of it down again."""
    refs = [erasure.person_ref for erasure in erasures if erasure.person_ref is not None]
    gone = await database[PERSONS].delete_many({"person_ref": {"$in": refs}})
    kept = {proof["at"] async for proof in database[PROOFS].find()}
    for at in sorted({erasure.at for erasure in erasures} - kept):
        together = [erasure for erasure in erasures if erasure.at == at]
        proof = {
            "_id": uuid5(NAMESPACE_URL, f"footing:restored:{at.isoformat()}").hex,
            "at": at,
            "reason": together[0].reason,
            "persons": len({erasure.person_ref for erasure in together} - {None}),
            "referrals": len(together),
        }
        await database[PROOFS].insert_one(proof)
    return gone.deleted_count


async def apply(running: Running, log: Log) -> None:
    """Have every loop of the service that forgets do so. Raises `NotErased`."""
    for loop in running.service.loops:
        if loop.hears.erases:
            await _apply(running, loop, {place: end for place, end in log.after.items() if place[0] == ERASURES})


async def _apply(running: Running, loop: Loop[Any, Any], until: Mapping[tuple[str, int], int]) -> None:
    ledger = Ledger(running.database, loop.name, loop.collection, loop.document, owner=uuid4().hex)
    await ledger.prepare()
    writer = BatchWriter(loop, ledger, running.partners, most=_RECORDS, tried=lambda _why: None)
    try:
        await writer.claim(sorted(until))
        async for records in reading.records(running.service.settings, until, since=dict(writer.next)):
            items = await writer.read(records)
            while (written := await writer.write(items)) is not None:
                if written.folded.parked:
                    raise NotErased(f"{running.service.name} {loop.name}: {written.folded.parked[0].cause}")
    finally:
        await writer.close()
