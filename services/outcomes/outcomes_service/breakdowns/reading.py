"""Reads journeys out of MongoDB into a table: only those of the schemes asked for, and of each only what is needed.

A reading can be shared out between processes, by the last digit of the person, so that a person's referrals stay
together; of the referral where there is no person.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, cast

from bson import decode_all
from bson.codec_options import CodecOptions
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncRawBatchCursor

from outcomes_service.breakdowns.knowing import as_known
from outcomes_service.breakdowns.table import Asked
from outcomes_service.projections.facts import Voided
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.lanes import journey_of
from servicekit.documents import Stored, from_stored
from servicekit.tending import end

Query = dict[str, Any]
Journeys = AsyncCollection[Stored]

_DIGITS: Final = "0123456789abcdef"
_AT_ONCE: Final = 2_000  # documents of a batch: a few megabytes at most
_PRACTICES: Final = "^ods:"
_BEGINNINGS: Final = ("referral-made", "fit-notes-counted")  # facts without which a document counts in nothing
# Measures that look at nothing but what a journey stores beside its facts, though events of other types change it.
_OF_FIELDS_ALONE: Final = frozenset(
    {"start-rate", "wait-to-first-session", "left-with-plan", "reach-practices", "practices-referring"}
)
# What figures look at beside the facts. What the loop keeps, and what only analysts read, stays where it is.
_FIELDS: Final = tuple(
    field
    for field in Journey.__struct_fields__
    if field not in ("id", "facts", "version", "waiting", "parked", "last_parked", "checkpoints", "erased_at")
)


@dataclass(frozen=True, slots=True)
class Share:
    """One of several parts of the journeys; each stands in one of them."""

    number: int = 0
    of: int = 1

    @property
    def of_now(self) -> Query:
        """Stored journeys that are in it."""
        if self.of == 1:
            return {}
        return {"$or": [{"person_ref": self._last}, {"person_ref": {"$exists": False}, "_id": self._last}]}

    @property
    def of_any_time(self) -> Query:
        """Those that may have been in it at some time: a correction may name another person."""
        if self.of == 1:
            return {}
        nobody = {"type": {"$in": list(_BEGINNINGS)}, "person_ref": {"$exists": False}}
        return {"$or": [{"facts.person_ref": self._last}, {"facts": {"$elemMatch": nobody}, "_id": self._last}]}

    def has(self, journey: Journey) -> bool:
        """Whether a journey is in it."""
        first, end = self._digits
        digit = _DIGITS.find((journey.person_ref or journey.id)[-1])
        return first <= digit < end or (digit < 0 and end == len(_DIGITS))

    @property
    def _digits(self) -> tuple[int, int]:
        return self.number * len(_DIGITS) // self.of, (self.number + 1) * len(_DIGITS) // self.of

    @property
    def _last(self) -> Query:
        """The pattern of the last digit; the last share has whatever else there may be."""
        first, end = self._digits
        is_last = end == len(_DIGITS)
        return {"$regex": f"[^{_DIGITS[:first]}]$" if is_last else f"[{_DIGITS[first:end]}]$"}


class Takes(Protocol):
    """Whoever makes something of journeys."""

    def take(self, journey: Journey) -> None:
        """One of them."""


async def read(journeys: Journeys, asked: Asked, known_on: datetime | None, share: Share, takes: Takes) -> None:
    """Let a share of the journeys be taken, as known at a moment (None: now), with no more than measures look at."""
    if known_on is None:
        await _each(journeys, _of_now(asked, share), fields(asked), takes.take)
        return
    unchanged = {"facts.accepted": {"$not": {"$gt": known_on}}}
    await _each(journeys, {"$and": [_of_now(asked, share), unchanged]}, fields(asked), takes.take)

    def take_as_known(journey: Journey) -> None:
        known = journey_of(journey.id, list(journey.facts))
        if share.of == 1 or share.has(known):
            takes.take(known)

    before = {"$filter": {"input": "$facts", "cond": {"$lte": ["$$this.accepted", known_on]}}}
    await _each(journeys, _changed_since(asked, known_on, share), {"facts": before}, take_as_known)


async def _each(journeys: Journeys, query: Query, projection: Query, take: Callable[[Journey], None]) -> None:
    """Let each be taken in a thread, while the next batch is fetched."""
    batches = journeys.find_raw_batches(query, projection, batch_size=_AT_ONCE)
    coming: asyncio.Task[bytes | None] | None = asyncio.create_task(_next(batches))
    try:
        while coming is not None and (raw := await coming) is not None:
            coming = asyncio.create_task(_next(batches))
            await asyncio.to_thread(_take_all, raw, journeys.codec_options, take)
    finally:
        if coming is not None:
            await end(coming)
        await batches.close()


async def _next(batches: AsyncRawBatchCursor[Stored]) -> bytes | None:
    return cast("bytes | None", await anext(batches, cast("Stored", None)))


def _take_all(raw: bytes, options: CodecOptions[Stored], take: Callable[[Journey], None]) -> None:
    for stored in decode_all(raw, options):
        take(from_stored(Journey, stored))


def fields(asked: Asked) -> Query:
    """The projection of a stored journey to what the measures look at."""
    measures = [asked.measures[name] for name in asked.measures_asked if asked.measures[name].counting.of != "person"]
    facts: dict[str, Any] = {}
    if any(measure.counting.of in ("fact", "practice") for measure in measures):
        facts = {"facts": 1}
    elif kinds := {kind for each in measures if each.id not in _OF_FIELDS_ALONE for kind in each.reads}:
        types = sorted(str(kind.__struct_config__.tag) for kind in {*kinds, Voided})
        facts = {"facts": {"$filter": {"input": "$facts", "cond": {"$in": ["$$this.type", types]}}}}
    return {**dict.fromkeys(_FIELDS, 1), **facts}


def _of_now(asked: Asked, share: Share) -> Query:
    """Referrals that stand, in the schemes asked for; practices, if fit notes are."""
    referrals = {"scheme_id": {"$in": sorted(asked.schemes_asked)}, **share.of_now}
    if not any(asked.of_practices.get(scheme) for scheme in asked.schemes_asked):
        return referrals
    return {"$or": [referrals, {"$and": [{"_id": {"$regex": _PRACTICES}}, share.of_now]}]}


def _changed_since(asked: Asked, known_on: datetime, share: Share) -> Query:
    """Those of which something was accepted later, and something before.

    A correction may name another person or scheme: read is whoever names one that is asked for at any time.
    """
    begun = {"$elemMatch": {"accepted": {"$lte": known_on}, "type": {"$in": list(_BEGINNINGS)}}}
    schemes = [{"facts.scheme_id": {"$in": sorted(asked.schemes_asked)}}, {"_id": {"$regex": _PRACTICES}}]
    later = {"facts.accepted": {"$gt": known_on}}
    return {"$and": [later, {"facts": begun}, {"$or": schemes}, share.of_any_time]}


async def documents(journeys: Journeys, keys: Collection[str], known_on: datetime | None) -> dict[str, Journey]:
    """Whole documents by their keys, as known at a moment."""
    found = [from_stored(Journey, stored) async for stored in journeys.find({"_id": {"$in": list(keys)}})]
    return {each.id: each if known_on is None else as_known(each, known_on) for each in found}


async def changed(journeys: Journeys, asked: Asked, since: datetime, known_on: datetime, most: int) -> list[Journey]:
    """What was accepted up to a moment of the referrals of which something was accepted after an earlier one.

    With them the other referrals of their persons, where persons are counted. At most one more than `most`.
    """
    between = {"facts": {"$elemMatch": {"accepted": {"$gt": since, "$lte": known_on}}}}
    schemes = [{"facts.scheme_id": {"$in": sorted(asked.schemes_asked)}}, {"_id": {"$regex": _PRACTICES}}]
    found = {each["_id"]: each async for each in journeys.find({**between, "$or": schemes}).limit(most + 1)}
    if any(asked.of_persons.get(scheme) for scheme in asked.schemes_asked):
        persons = {fact["person_ref"] for each in found.values() for fact in each["facts"] if "person_ref" in fact}
        others = {"facts.person_ref": {"$in": sorted(persons)}}
        found |= {each["_id"]: each async for each in journeys.find(others).limit(most + 1)}
    return [as_known(from_stored(Journey, each), known_on) for each in found.values()]


async def erased(journeys: Journeys, since: datetime, known_on: datetime) -> int:
    """How many referrals were erased between two moments, of whichever scheme: that was erased too."""
    return await journeys.count_documents({"erased_at": {"$gt": since, "$lte": known_on}})
