"""Collections as the mechanism needs them: there before a transaction touches them."""

from typing import Any, Final

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure

from servicekit.unfit import Unfit

_NAMESPACE_EXISTS: Final = 48
_OTHER_INDEX: Final = (85, 86)  # one of this name or these keys is there with other options
_NOT_UNIQUE: Final = 11000


async def create_collection(database: AsyncDatabase[dict[str, Any]], name: str) -> None:
    """Create a collection unless it is there; two services may try at once."""
    try:
        await database.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as failure:
        if failure.code != _NAMESPACE_EXISTS:
            raise


async def create_index(collection: AsyncCollection[dict[str, Any]], keys: Any, **options: Any) -> None:
    """Create an index unless it is there. Raises `Unfit` where another stands in its place, or values stand twice.

    What must be unique for the mechanism otherwise is an `_id`: MongoDB holds that by itself.
    """
    try:
        await collection.create_index(keys, **options)
    except OperationFailure as failure:
        if failure.code in _OTHER_INDEX:
            raise Unfit(
                f"an index of {collection.full_name} on {keys} is there with other options than are needed: "
                "drop it and start again"
            ) from None
        if failure.code == _NOT_UNIQUE:
            raise Unfit(
                f"values of {keys} stand twice in {collection.full_name} and must be unique: mend that and start again"
            ) from None
        raise
