"""The databases that a trace is read from, and the reference data that figures are worked out with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

import schemes
from ops.connection import no_answer
from outcomes_service.indicators.catalogue import Known
from schemes import register
from servicekit.days import day_of
from servicekit.partners import REGISTRY_DATABASE
from servicekit.settings import ServiceSettings

Database = AsyncDatabase[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Places:
    """The databases of one installation; schemes and register as they are here; the day in London."""

    client: AsyncMongoClient[dict[str, Any]]
    prefix: str
    known: Known
    today: date

    def of(self, service: str) -> Database:
        """The database of a service."""
        return self.client[self.prefix + service]

    async def partners(self) -> list[str]:
        """The names of all partners, in order."""
        return sorted(await self.of(REGISTRY_DATABASE)["partners"].distinct("_id"))


@asynccontextmanager
async def places(settings: ServiceSettings) -> AsyncIterator[Places]:
    """The databases for as long as the block lasts. Raises `Missing` without MongoDB."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    known = Known(schemes.load(), register.load())
    async with client:
        try:
            yield Places(client, settings.database_prefix, known, day_of(datetime.now(UTC)))
        except PyMongoError as error:
            raise no_answer(error) from None
