"""Makes what was loaded fit to go on from: prepared as at the start of a service, erasures applied, nothing undecided.

Everything happens in databases aside, by the services' own code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection

from ops.backup import erasing
from ops.backup.log import Log
from ops.backup.since import gather
from outcomes_service.projections import taking_over
from referral_service.domain import PERSONS
from servicekit.collections import create_collection
from servicekit.migrating import migrate
from servicekit.positions import Position
from servicekit.running import Running, put_on_its_feet
from servicekit.settings import ServiceSettings

_REFERRAL: Final = "referral"
_OUTCOMES: Final = "outcomes"
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """How many erasures there are, and how many names of people and refusals that were given since stay given."""

    erasures: int = 0
    names: int = 0
    refusals: int = 0


def built(settings: ServiceSettings, name: str) -> Running:
    """The service on databases of these settings, never started."""
    kind = getattr(import_module(f"{name}_service.settings"), f"{name.capitalize()}Settings")
    fields = settings.model_dump(include={"kafka_url", "mongo_url", "database_prefix"})
    return put_on_its_feet(import_module(f"{name}_service.app").build(kind(**fields)))


async def prepare(running: Running) -> None:
    """What the service reads by, and what is stored in the shape that it knows."""
    await running.partners.refresh()
    for name in running.service.stores:
        await create_collection(running.database, name)
    for prepares in running.service.prepare:
        await prepares(running)
    for loop in running.service.loops:
        collection = loop.collection if isinstance(loop.collection, str) else loop.collection()
        await migrate(running.database, collection, loop.document)
    if running.service.name == _OUTCOMES:  # what is not live forgets nobody before it is live
        await taking_over.drop(running.database, unfinished=True)


async def bring_up(
    services: Sequence[Running],
    settings: ServiceSettings,
    log: Log,
    ends: Mapping[Position, int],
    positions: Mapping[Position, int],
) -> Kept:
    """Erasures first; then the names and refusals that were given since. Raises `NotErased`."""
    if not services:
        return Kept()
    since = await gather(settings, log, ends, positions, services[0].partners)
    by_name = {running.service.name: running.database for running in services}
    if _REFERRAL in by_name:
        await erasing.forget_names(by_name[_REFERRAL], since.erasures)
    for running in services:
        await erasing.apply(running, log)
    names = refusals = 0
    if _REFERRAL in by_name:
        rows = {key: {"person_ref": ref} for key, ref in since.persons.items()}
        names = await _added(by_name[_REFERRAL][PERSONS], rows)
    for service in by_name.keys() & since.refused.keys():
        known = {identity: {"h": content} for identity, content in since.refused[service].items()}
        refusals += await _added(by_name[service]["identities"], known)
    return Kept(len(since.erasures), names, refusals)


async def _added(collection: AsyncCollection[dict[str, Any]], rows: Mapping[Any, dict[str, Any]]) -> int:
    """Add those that are not there; how many that were."""
    added = 0
    updates = [UpdateOne({"_id": key}, {"$setOnInsert": row}, upsert=True) for key, row in rows.items()]
    for first in range(0, len(updates), _AT_ONCE):
        added += (await collection.bulk_write(updates[first : first + _AT_ONCE], ordered=False)).upserted_count
    return added
