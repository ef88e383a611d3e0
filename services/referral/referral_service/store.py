"""The map of persons: the only place where a partner's token of a person stands beside our random name of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from contracts.envelope import Event, Payload
from contracts.referral_made import ReferralMade
from referral_service.domain import PERSONS, PersonKey, Persons, Referral, erasure_of, person_key
from servicekit.companion import Change
from servicekit.documents import from_stored
from servicekit.endings import Row
from servicekit.folded import Folded
from servicekit.ledger import Ledger
from servicekit.outbox import Sendable
from servicekit.outgoing import announcement
from servicekit.relay import Relay
from servicekit.sending import KafkaSender

GATE: Final = "gate"
REFERRALS: Final = "referrals"
ERASURES: Final = "erasures"

Database = AsyncDatabase[dict[str, Any]]


async def prepare(database: Database) -> None:
    """The indexes by which an erasure finds a person's referrals and row."""
    await database[REFERRALS].create_index("person_ref", sparse=True)
    await database[PERSONS].create_index("person_ref", unique=True)


class PersonMap:
    """Rows {_id: partner/scheme/token, person_ref}. The fold adds those it used; a race for one is a write conflict,
    after which the batch is folded again and finds the other's row.
    """

    async def load(self, database: Any, session: Any, events: Sequence[Event[Payload]]) -> Persons:
        """The names of all persons of the batch with one query; for the new ones names are drawn."""
        keys = {
            person_key(event.partner, event.data.scheme_id, event.data.person_token)
            for event in events
            if isinstance(event.data, ReferralMade) and event.data.person_token is not None
        }
        if not keys:
            return Persons()
        found = database[PERSONS].find({"_id": {"$in": list(keys)}}, session=session, batch_size=len(keys) + 1)
        refs = {row["_id"]: row["person_ref"] async for row in found}
        return Persons({key: refs.get(key) or str(uuid4()) for key in keys})

    async def write(self, database: Any, session: Any, changes: Sequence[Change[Referral]], beside: Any) -> None:
        """Nothing beside the rows that the fold adds."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: rows of the map deleted, referrals whose erasure was requested."""

    persons: int
    referrals: int


async def erase(
    database: Database,
    kafka: dict[str, Any],
    *,
    persons: Sequence[PersonKey] = (),
    referrals: Sequence[str] = (),
    reason: str,
    at: datetime,
) -> Erased:
    """Delete the map rows of these people (or of those whom these referrals are about) and request the erasure of
    every referral of theirs, in one transaction; then send the requests. What could not be sent the gate sends.

    `at` is aware and in whole milliseconds. Proof stays in `erasures`: when, why and how many; no identity.
    """
    ledger: Ledger[Referral] = Ledger(database, GATE, REFERRALS, Referral, owner=uuid4().hex)

    async def work(session: AsyncClientSession) -> tuple[Erased, list[Sendable]]:
        refs = await _refs(database, session, persons, referrals)
        about = {"$or": [{"_id": {"$in": list(referrals)}}, {"person_ref": {"$in": refs}}]}
        found = [from_stored(Referral, row) async for row in database[REFERRALS].find(about, session=session)]
        kept = [referral for referral in found if referral.scheme_id is not None]
        gone = await database[PERSONS].delete_many({"person_ref": {"$in": refs}}, session=session)
        erased = Erased(gone.deleted_count, len(kept))
        if not erased.persons and not erased.referrals:
            return erased, []
        folded: Folded[Referral] = Folded(
            out=[announcement(erasure_of(referral, reason, at), at) for referral in kept],
            rows=[Row(ERASURES, {"_id": uuid4().hex, "at": at, "reason": reason, **_counts(erased)})],
        )
        return erased, await ledger.write(session, folded, {}, at)

    async with database.client.start_session() as session:
        erased, out = await session.with_transaction(work)
    relay = Relay(KafkaSender(kafka), ledger.outbox, lambda _: None)
    try:
        for batch in out:
            await relay.send_surely(batch)
    finally:
        await relay.stop()
    return erased


async def _refs(
    database: Database, session: AsyncClientSession, persons: Sequence[PersonKey], referrals: Sequence[str]
) -> list[str]:
    """The random names of the people meant."""
    by_key = database[PERSONS].find({"_id": {"$in": list(persons)}}, session=session)
    by_referral = database[REFERRALS].find(
        {"_id": {"$in": list(referrals)}, "person_ref": {"$exists": True}}, {"person_ref": 1}, session=session
    )
    return [row["person_ref"] async for row in by_key] + [row["person_ref"] async for row in by_referral]


def _counts(erased: Erased) -> dict[str, int]:
    return {"persons": erased.persons, "referrals": erased.referrals}
