"""Does what operators ask of parked records, in the service's own loop: offer them again in order, or discard them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

import structlog
from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError

from servicekit.batch import BatchWriter
from servicekit.companion import Companion, Foretells
from servicekit.documents import Document
from servicekit.folded import Folded, Surroundings
from servicekit.ledger import Ledger, Raced
from servicekit.outbox import Sendable
from servicekit.parked import ORDER, Again, Entry, entry_from, fold_again
from servicekit.positions import Counts, Fenced, Position
from servicekit.reading import Item
from servicekit.trials import failed_again, only_tried, trial, without_trials

D = TypeVar("D", bound=Document)
K = TypeVar("K")

_EVERY_SECONDS: Final = 1.0
_MOST_RECORDS: Final = 200  # of a key in one transaction
_MOST_BYTES: Final = 8 * 1024 * 1024

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Request:
    """One key of which something is asked, or one record without a key; `position` is ours."""

    id: str
    key: str | None
    position: Position


async def look(answer: Callable[[], Awaitable[bool]], every: float = _EVERY_SECONDS) -> None:
    """Answer what is asked; at once again while there is more to do, else after some time."""
    while True:
        if not await answer():
            await asyncio.sleep(every)


class _OnlyTried(Exception):  # noqa: N818  not an error: the transaction is given up
    """What would have come of it is known."""


class Unparking(Generic[D, K]):
    """The parked records of one loop, and what is asked of them."""

    def __init__(
        self, loop: str, ledger: Ledger[D], writer: BatchWriter[D, K], companion: Companion[D] | None = None
    ) -> None:
        self._loop, self._ledger, self._writer, self._companion = loop, ledger, writer, companion

    async def requests(self) -> list[Request]:
        """What is asked of records of our partitions, the earliest first, each key once."""
        fields = {"key": 1, "record.topic": 1, "record.partition": 1}
        query = {"loop": self._loop, "asked": {"$exists": True}}
        found: dict[str, Request] = {}
        async for entry in self._ledger.parked.find(query, fields).sort({"asked.at": 1, "_id": 1}):
            position = (entry["record"]["topic"], entry["record"]["partition"])
            if position in self._writer.next:
                request = Request(entry["_id"], entry["key"], position)
                found.setdefault(request.id if request.key is None else request.key, request)
        return list(found.values())

    async def answer(self, request: Request) -> tuple[Sequence[Sendable], bool]:
        """One request in one transaction: what is then to be sent, and whether it was done.

        What could not be written stays asked, and is tried again at the next look.
        """
        try:
            return await self._answer(request), True
        except (Fenced, Raced, PyMongoError) as error:
            log.warning("parked_tries_again", loop=self._loop, cause=type(error).__name__)
            return [], False

    async def _answer(self, request: Request) -> Sequence[Sendable]:
        entries = await self._entries(request)
        if not entries or request.position not in self._writer.next:
            return []
        if only_tried(entries):
            await self._try(request, entries)
            return []
        entries = without_trials(entries)
        items = await self._writer.read([entry.record for entry in entries])
        offset = self._writer.next[request.position]
        tried: list[Again[D]] = []

        def folds(documents: Mapping[str, D], around: Surroundings[D, K]) -> Folded[D]:
            tried[:] = [fold_again(list(zip(entries, items, strict=True)), documents, around)]
            return tried[0].folded

        async def first(session: AsyncClientSession, folded: Folded[D]) -> None:
            await self._take_out(session, request, entries, tried[0])
            elsewhere = (_without(folded.endings, request.position), _without(folded.waiting, request.position))
            await self._ledger.positions.recount(session, *elsewhere)

        _, out = await self._writer.transact(items, {request.position: (offset, offset)}, folds, first)
        self._say(tried[0], items)
        return out

    async def _try(self, request: Request, entries: Sequence[Entry]) -> None:
        """Do it in a transaction that is given up, and put down with the record what would have come of it."""
        items = await self._writer.read([entry.record for entry in entries])
        offset = self._writer.next[request.position]
        tried: list[Again[D]] = []
        beside: list[Any] = []
        figures: list[Any] = []

        def folds(documents: Mapping[str, D], around: Surroundings[D, K]) -> Folded[D]:
            beside[:] = [around.beside]
            tried[:] = [fold_again(list(zip(entries, items, strict=True)), documents, around)]
            return tried[0].folded

        async def first(session: AsyncClientSession, folded: Folded[D]) -> None:
            if isinstance(self._companion, Foretells) and folded.changes:
                changes = list(folded.changes.values())
                figures[:] = await self._companion.would(self._ledger.database, session, changes, beside[0])
            raise _OnlyTried

        with suppress(_OnlyTried):
            await self._writer.transact(items, {request.position: (offset, offset)}, folds, first)
        for entry in entries:
            if entry.asked:
                told = trial(entries, tried[0], figures, entry.asked.at)
                done = {"$set": {"trial": told}, "$unset": {"asked": ""}}
                await self._ledger.parked.update_one({"_id": entry.id, "asked.at": entry.asked.at}, done)

    async def _entries(self, request: Request) -> list[Entry]:
        """The first parked records of the key, as many as a transaction takes, and all that are to be discarded."""
        if request.key is None:
            stored = await self._ledger.parked.find_one({"_id": request.id})
            return [] if stored is None else [entry_from(stored)]
        entries: dict[str, Entry] = {}
        weight, of_key = 0, {"loop": self._loop, "key": request.key}
        async for stored in self._ledger.parked.find(of_key).sort(ORDER).limit(_MOST_RECORDS):
            entry = entry_from(stored)
            weight += len(entry.record.value or b"")
            if entries and weight > _MOST_BYTES:
                break
            entries[entry.id] = entry
        discarded = self._ledger.parked.find(of_key | {"asked.what": "discard"}).sort(ORDER).limit(_MOST_RECORDS)
        async for stored in discarded:
            entries.setdefault(stored["_id"], entry_from(stored))
        return list(entries.values())

    async def _take_out(
        self, session: AsyncClientSession, request: Request, entries: Sequence[Entry], again: Again[D]
    ) -> None:
        """Remove what is parked no more; say of what stays that it was tried, or that it is next."""
        gone = [entry.id for entry in again.gone]
        if gone:
            removed = await self._ledger.parked.delete_many({"_id": {"$in": gone}}, session=session)
            if removed.deleted_count != len(gone):
                raise Raced
        now = datetime.now(UTC)
        done = [
            UpdateOne({"_id": entry.id, "asked.at": entry.asked.at}, {"$unset": {"asked": ""}})
            for entry in entries
            if entry.asked and entry.id not in gone
        ]
        if again.stuck:
            done.append(UpdateOne({"_id": again.stuck[0].id}, {"$set": failed_again(*again.stuck, now)}))
        if done:
            await self._ledger.parked.bulk_write(done, session=session)
        if again.going and again.gone and request.key is not None:
            asked = {"what": "retry", "at": now}
            of_key = {"loop": self._loop, "key": request.key}
            await self._ledger.parked.find_one_and_update(
                of_key, {"$set": {"asked": asked}}, sort=ORDER, session=session
            )

    def _say(self, again: Again[D], items: Sequence[Item]) -> None:
        endings: Counter[str] = sum(again.folded.endings.values(), Counter())
        log.info("unparked", loop=self._loop, offered=len(items), **endings)
        for entry in again.gone:
            if entry.asked and entry.asked.what == "discard":
                log.warning("discarded", loop=self._loop, place=entry.record.place, why=entry.asked.why)
        if again.stuck:
            entry, cause, where = again.stuck
            log.error("parked_still", loop=self._loop, place=entry.record.place, cause=cause, where=where)


def _without(counts: Counts, position: Position) -> Counts:
    return {place: counted for place, counted in counts.items() if place != position}
