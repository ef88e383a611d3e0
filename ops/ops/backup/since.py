"""What topics say of the time after a backup that services could not work out again by themselves.

A gate that reads an inbox again decides again. Three things it must not decide anew, or figures and fates would differ
from what was said: the random name of a person (another one would count that person twice), a refusal (which is final,
though an event that lay in the future then lies in the past by now), and whom we were asked to forget.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from contracts import codec, receipt
from contracts.envelope import Event, Payload, Refusal
from contracts.erasure_requested import ErasureRequested
from contracts.referral_made import AcceptedReferral, ReferralMade
from contracts.topics import GATES, inbox_parts, receipts
from ops import reading
from ops.backup.log import Log
from referral_service.domain import person_key
from servicekit.partners import Partners
from servicekit.positions import Position
from servicekit.reading import read
from servicekit.settings import ServiceSettings

ERASURES: Final = "erasure-requested"
_REFERRALS: Final = "referral-made"
_MAY_COME_AGAIN: Final = ("too_many_waiting",)  # refused, and its id is free


@dataclass(frozen=True, slots=True)
class Erasure:
    """One ErasureRequested, and whether it may be missing in the backup."""

    referral: str
    person_ref: str | None
    reason: str
    at: datetime


@dataclass(slots=True)
class Since:
    """`persons`: key of the map -> random name. `refused`: service -> identity -> content, as gates remember them."""

    erasures: list[Erasure] = field(default_factory=list)
    persons: dict[str, str] = field(default_factory=dict)
    refused: defaultdict[str, dict[bytes, bytes]] = field(default_factory=lambda: defaultdict(dict))


async def gather(
    settings: ServiceSettings,
    log: Log,
    ends: Mapping[Position, int],
    gates: Mapping[Position, int],
    partners: Partners,
) -> Since:
    """Read it out of the topics. `ends`: where they ended at the backup; `gates`: how far each inbox was handled."""
    since = Since(erasures=[erasure async for erasure in _erasures(settings, log)])
    names = await _names(settings, log, ends, since.erasures)
    refusals = await _refusals(settings, log, ends, gates)
    places = {place: 0 for place in log.after if _is_needed(place, names, refusals)}
    async for records in reading.records(settings, _of(log.after, places), _of(log.first, places)):
        for record in records:
            inbox = inbox_parts(record.topic)
            refused = record.offset in refusals.get((record.topic, record.partition), ())
            if inbox is None or not (refused or (names and inbox[1] == _REFERRALS)):
                continue
            item = read(record, partners, remembers=True)
            if isinstance(item.read, Refusal):
                continue
            if refused and item.identity is not None:
                since.refused[GATES[inbox[1]]][item.identity] = item.content or b""
            person_ref = names.get((item.read.partner, item.read.id))
            if person_ref is not None and (key := _key(item.read)):
                since.persons[key] = person_ref
    return since


def _key(event: Event[Payload]) -> str | None:
    said = event.data
    if not isinstance(said, ReferralMade) or said.person_token is None:
        return None
    return person_key(event.partner, said.scheme_id, said.person_token)


def _is_needed(place: Position, names: Mapping[Any, str], refusals: Mapping[Position, set[int]]) -> bool:
    inbox = inbox_parts(place[0])
    return place in refusals or bool(names and inbox is not None and inbox[1] == _REFERRALS)


async def _erasures(settings: ServiceSettings, log: Log) -> AsyncIterator[Erasure]:
    """All that were ever requested: the topic is kept for ever, and to apply one twice changes nothing."""
    async for event in _canonical(settings, log, ERASURES, {}):
        if isinstance(event.data, ErasureRequested):
            at = event.accepted_at or event.time
            yield Erasure(event.subject, event.data.person_ref, event.data.reason_code, at)


async def _names(
    settings: ServiceSettings, log: Log, ends: Mapping[Position, int], erasures: list[Erasure]
) -> dict[tuple[str, str], str]:
    """The random name of the person of each referral that was announced since, by partner and event id."""
    forgotten = {erasure.referral for erasure in erasures}, {erasure.person_ref for erasure in erasures}
    names: dict[tuple[str, str], str] = {}
    async for event in _canonical(settings, log, _REFERRALS, ends):
        said = event.data
        if not isinstance(said, AcceptedReferral) or said.person_ref is None or said.person_ref in forgotten[1]:
            continue
        if event.subject not in forgotten[0]:
            names[event.partner, event.id] = said.person_ref
    return names


async def _refusals(
    settings: ServiceSettings, log: Log, ends: Mapping[Position, int], gates: Mapping[Position, int]
) -> dict[Position, set[int]]:
    """Where what was refused since stands in the inboxes, as far as it will be read again."""
    found: defaultdict[Position, set[int]] = defaultdict(set)
    places = {place: ends.get(place, 0) for place in log.after if place[0].startswith(receipts(""))}
    async for records in reading.records(settings, _of(log.after, places), _from(log, places)):
        for record in records:
            said = receipt.read(record)
            if said is None or said.fate != "refused" or said.reason in _MAY_COME_AGAIN:
                continue
            place = (said.position.topic, said.position.partition)
            if said.position.offset >= max(gates.get(place, 0), log.first.get(place, 0)):
                found[place].add(said.position.offset)
    return found


async def _canonical(
    settings: ServiceSettings, log: Log, topic: str, since: Mapping[Position, int]
) -> AsyncIterator[Event[Payload]]:
    places = {place: since.get(place, 0) for place in log.after if place[0] == topic}
    async for records in reading.records(settings, _of(log.after, places), _from(log, places)):
        for record in records:
            event = codec.decode_canonical(record)
            if isinstance(event, Event):
                yield event


def _of(offsets: Mapping[Position, int], places: Mapping[Position, int]) -> dict[Position, int]:
    return {place: offsets[place] for place in places}


def _from(log: Log, places: Mapping[Position, int]) -> dict[Position, int]:
    """Where to begin: not before what is still there."""
    return {place: max(offset, log.first[place]) for place, offset in places.items()}
