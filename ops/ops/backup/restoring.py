"""Restores a backup: checked, loaded aside, brought to what must not be forgotten or decided anew, then put in place.

Until the last step nothing that is there is touched. During it a mark keeps services from starting; stopped in it,
the mark stays.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from ops.backup import loading, readying
from ops.backup.fit import Fit, fit
from ops.backup.folder import Kept, Manifest, Positions, damage, partners_of, positions_of
from ops.backup.log import Log, listening, look
from ops.backup.taking import OPERATORS, Say, patient
from ops.services import SERVICES
from outcomes_service.projections.rebuild_progress import at_work
from servicekit.assertions import assert_mongo, assert_partners
from servicekit.partners import REGISTRY_DATABASE
from servicekit.restoring import mark, unmark
from servicekit.settings import ServiceSettings

_OUTCOMES: Final = "outcomes"
_ASIDE: Final = "restoring_"  # after the prefix: what is loaded stands there until it is put in place

Client = AsyncMongoClient[dict[str, Any]]


class MayNot(Exception):  # noqa: N818  it is an answer, for the person who asked
    """Why this backup is not restored; each line one reason."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator asked for. `services` of the backup, or all that it holds."""

    services: tuple[str, ...] = ()
    replace: bool = False
    despite_gaps: bool = False


@dataclass(slots=True)
class Restored:
    """What was done. `behind`: records that services will read; `unknown`: who has inboxes and is not registered."""

    as_of: datetime
    databases: list[str]
    documents: int
    behind: int
    gaps: list[str] = field(default_factory=list)
    erasures: int = 0
    names_kept: int = 0
    refusals_kept: int = 0
    unknown: list[str] = field(default_factory=list)


async def restore(settings: ServiceSettings, folder: Path, manifest: Manifest, wishes: Wishes, say: Say) -> Restored:
    """Restore what is wished of the backup. Raises `MayNot`, `Unfit`, `NotErased` and what the drivers raise."""
    names = [name for name in manifest.databases if name in wishes.services or not wishes.services]
    say(f"Checking {manifest.bytes / 1e6:.1f} MB against their SHA-256.")
    if broken := list(damage(folder, manifest.files)):
        raise MayNot("\n".join(broken))
    positions = positions_of(folder, [kept for kept in manifest.files if kept.database in names])
    read = {topic for places in positions.values() for topic, _ in places}
    log = await look(settings, partners_of(folder, manifest.files), read)
    found = fit(positions, log.first, log.after, (manifest.kafka_cluster, log.cluster))
    if found.elsewhere or (found.gone and not wishes.despite_gaps):
        raise MayNot(_told(found))
    async with patient(settings) as client:
        job = _Job(settings, client, folder, manifest, positions, names, log, say)
        await job.assert_free(wishes.replace)
        async with job.aside():
            return await job.through(found)


@dataclass
class _Job:
    settings: ServiceSettings
    client: Client
    folder: Path
    manifest: Manifest
    positions: Positions
    names: Sequence[str]
    log: Log
    say: Say

    def __post_init__(self) -> None:
        prefix = self.settings.database_prefix
        self._aside = self.settings.model_copy(update={"database_prefix": prefix + _ASIDE})
        self._services = {name: readying.built(self._aside, name) for name in self.names if name in SERVICES}

    async def assert_free(self, replace: bool) -> None:
        """Nobody works on these databases, and nothing is in them that is not to be thrown away. Raises `MayNot`."""
        await self._assert_silent()
        if replace:
            return
        for name in self.names:
            if name != OPERATORS and (full := await loading.holds_anything(self._there(name))):
                raise MayNot(f"{full} holds documents: --replace throws away what is there.")

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Databases to load into, dropped at the end, however it comes; and before, where one was killed."""
        await self._drop_aside()
        try:
            yield
        finally:
            for running in self._services.values():
                await running.client.close()
            await self._drop_aside()

    async def through(self, found: Fit) -> Restored:
        """Load, bring up to what was said since, put in place."""
        await assert_mongo(self._loaded(REGISTRY_DATABASE))
        done = Restored(self.manifest.as_of, list(self.names), 0, found.behind, found.gone)
        wanted = [kept for kept in self.manifest.files if kept.database in (*self.names, REGISTRY_DATABASE)]
        for kept in wanted:
            await self._load(kept)
            done.documents += kept.documents
        registry = self._loaded(REGISTRY_DATABASE)
        await assert_partners(registry["partners"])
        await self._bring_up(done)
        for kept in wanted:
            await loading.index(self._loaded(kept.database), kept)
        await self._put_in_place()
        return done

    async def _load(self, kept: Kept) -> None:
        database = self._loaded(kept.database)
        await loading.load(database, self.folder, kept)
        count = await database[kept.collection].count_documents({})
        if count != kept.documents:
            raise MayNot(f"{kept.file} says {kept.documents:,} documents and gave {count:,}.")
        self.say(f"{kept.database}.{kept.collection}: {count:,} documents")

    async def _bring_up(self, done: Restored) -> None:
        services = list(self._services.values())
        for running in services:
            await readying.prepare(running)
        gates = {place: offset for places in self.positions.values() for place, offset in places.items()}
        kept = await readying.bring_up(services, self.settings, self.log, self.manifest.offsets, gates)
        done.erasures, done.names_kept, done.refusals_kept = kept.erasures, kept.names, kept.refusals
        self.say(f"{done.erasures:,} erasures applied")
        known = {row["_id"] async for row in self._loaded(REGISTRY_DATABASE)["partners"].find({}, {"_id": 1})}
        done.unknown = sorted(self.log.partners - known)

    async def _put_in_place(self) -> None:
        registry = self._there(REGISTRY_DATABASE)
        await mark(registry, sorted(self._services))
        try:
            await self._assert_silent()  # whoever started before the mark stood has joined by now, or will not
            self.say("Putting in place; no service can start meanwhile.")
            for name in self.names:
                if name == OPERATORS:
                    await loading.add(self._loaded(name), self._there(name))
                else:
                    await loading.replace(self.client, self._loaded(name).name, self._there(name).name)
        except MayNot:
            await unmark(registry)
            raise
        except BaseException:
            self.say("Stopped while databases were replaced: services will not start. Run it again with --replace.")
            raise
        await unmark(registry)

    async def _assert_silent(self) -> None:
        groups = [loop.group(name) for name, running in self._services.items() for loop in running.service.loops]
        if there := await listening(self.settings, groups):
            raise MayNot(
                f"Services are running: somebody is in {', '.join(there)}. Stop them; one that was killed is "
                "forgotten after ten seconds."
            )
        if _OUTCOMES in self._services and (rebuild := await at_work(self._there(_OUTCOMES))):
            raise MayNot(f"Rebuild {rebuild} is at work on the read models. End it first: Ctrl-C; it goes on later.")

    def _there(self, name: str) -> AsyncDatabase[dict[str, Any]]:
        return self.client[self.settings.database_prefix + name]

    def _loaded(self, name: str) -> AsyncDatabase[dict[str, Any]]:
        return self.client[self._aside.database_prefix + name]

    async def _drop_aside(self) -> None:
        for name in await self.client.list_database_names():
            if name.startswith(self._aside.database_prefix):
                await self.client.drop_database(name)


def _told(found: Fit) -> str:
    if found.elsewhere:
        return "\n".join(["These are not the topics that this backup was made beside:", *found.elsewhere])
    return "\n".join(
        [
            "The backup is older than Kafka remembers; what is gone cannot be decided again:",
            *found.gone,
            "What was accepted of it stands on the canonical topics, so figures come out right; gates will not know of "
            "it, and corrections of it will wait. To restore all the same: --despite-gaps",
        ]
    )
