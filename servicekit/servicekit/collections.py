"""Collections as the mechanism needs them: there before a transaction touches them."""

from typing import Any, Final

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure

_NAMESPACE_EXISTS: Final = 48


async def create_collection(database: AsyncDatabase[dict[str, Any]], name: str) -> None:
    """Create a collection unless it is there; two services may try at once."""
    try:
        await database.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as failure:
        if failure.code != _NAMESPACE_EXISTS:
            raise
