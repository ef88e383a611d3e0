"""Do two workers that meet the same new person at once end with one name for them?"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from support.events import TOKEN, at, referral_made

from referral_service.domain import PERSONS, Referral, person_key
from referral_service.store import GATE, REFERRALS, PersonMap, prepare
from servicekit.collections import create_collection
from servicekit.endings import Row
from servicekit.folded import Folded
from servicekit.ledger import Ledger

KEY = person_key("acme", "james-wigg", TOKEN)
Database = AsyncDatabase[dict[str, Any]]


@pytest.fixture
async def database(mongo_url: str, unique_names: Any) -> AsyncIterator[Database]:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url, tz_aware=True)
    database = client[unique_names.database("referral")]
    await Ledger(database, GATE, REFERRALS, Referral, "nobody").prepare()
    await create_collection(database, PERSONS)
    await prepare(database)
    yield database
    await client.drop_database(database.name)
    await client.close()


async def name_of(database: Database, session: AsyncClientSession) -> str:
    """The name that this worker's fold would use."""
    persons = await PersonMap().load(database, session, [referral_made()])
    return persons.refs[KEY]


async def keep(database: Database, session: AsyncClientSession, name: str, worker: str) -> None:
    """Write the row as a batch of this worker does."""
    ledger = Ledger(database, GATE, REFERRALS, Referral, worker)
    folded: Folded[Referral] = Folded(rows=[Row(PERSONS, {"_id": KEY, "person_ref": name})])
    await ledger.write(session, folded, {}, at("2025-03-03"))


async def test_the_second_of_two_workers_conflicts_and_then_finds_the_name_of_the_first(database: Database) -> None:
    first, second = database.client.start_session(), database.client.start_session()
    async with first, second:
        await first.start_transaction()
        await second.start_transaction()
        names = [await name_of(database, first), await name_of(database, second)]
        assert names[0] != names[1]
        await keep(database, first, names[0], "first")
        await first.commit_transaction()
        with pytest.raises(PyMongoError) as conflict:
            await keep(database, second, names[1], "second")
        assert conflict.value.has_error_label("TransientTransactionError")
        await second.abort_transaction()

        await second.start_transaction()
        assert await name_of(database, second) == names[0]
        await keep(database, second, names[0], "second")
        await second.commit_transaction()
    assert [row async for row in database[PERSONS].find()] == [{"_id": KEY, "person_ref": names[0]}]
