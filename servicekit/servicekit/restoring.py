"""While databases are being replaced by a backup nobody else may write: a mark beside the registry says so.

A service asks when it starts, again before it joins a group, and whenever it takes partitions over: after the mark
stands the restore looks whether anybody is in a group, so whoever it does not see there has yet to ask.
"""

from typing import Any, Final

from pymongo.asynchronous.database import AsyncDatabase

from servicekit.partners import REGISTRY_DATABASE
from servicekit.unfit import Unfit

MARKS: Final = "restoring"  # the collection, in the database of the registry
_MARK: Final = "now"

Database = AsyncDatabase[dict[str, Any]]


class BeingRestored(Unfit):
    """A service's database is being replaced, or was half replaced when that was stopped."""


async def mark(registry: Database, services: list[str]) -> None:
    """Keep these services from starting."""
    await registry[MARKS].replace_one({"_id": _MARK}, {"services": services}, upsert=True)


async def unmark(registry: Database) -> None:
    """Let everybody start again."""
    await registry[MARKS].drop()


async def assert_whole(database: Database, service: str) -> None:
    """Nobody is replacing this database of the service, or was stopped at it. Raises `BeingRestored`."""
    registry = database.client[database.name.removesuffix(service) + REGISTRY_DATABASE]
    if await registry[MARKS].find_one({"_id": _MARK, "services": service}):
        raise BeingRestored(
            "its database is being replaced by a backup: start it anew once `footing restore` is done; "
            "if that was stopped, run it again with --replace"
        )
