"""The map of persons: the only place where a partner's token of a person stands beside our random name of them."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from contracts.envelope import Event, Payload
from contracts.referral_made import ReferralMade
from referral_service.domain import Persons, Referral, person_key
from servicekit.companion import Change

PERSONS = "persons"


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
