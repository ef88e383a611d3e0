"""Reads the roll-ups, and makes figures of them; reads one journey, and says what an event of it is counted in."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec
from pymongo.asynchronous.database import AsyncDatabase

from outcomes_service.indicators import follow_ups, lateness
from outcomes_service.indicators.backlog import Backlog
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Sums, Values, spread
from outcomes_service.indicators.funds import Cost
from outcomes_service.indicators.measure import SEED
from outcomes_service.indicators.survival import Step
from outcomes_service.lineage import CountedIn, Identity, Lineage, NotCounted, lineage, why_not
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow, row_from, visit_of
from outcomes_service.projections.rebuilding import PROJECTOR, TOPICS
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS
from schemes.model import Scheme
from servicekit.documents import from_stored

Database = AsyncDatabase[dict[str, Any]]
Key = tuple[str, str, str | None, bool]  # measure, definition, area (None: the whole scheme), synthetic


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure with all that it needs to be understood. `area` None is the whole scheme; `value` is in `unit`s.

    `rate` lies in [0, 1] for a share, with its Wilson 95 % interval; `u` of the `n` are unknown, counted as no: were
    they all a yes, it would be `highest`. `version` is that of the measure's definition.

    What could still change it: `open` cases that are known and count from a later day; of the follow-ups `expected` in
    the scheme (and area), those `absent`; that nine of ten events come within `late_days`; what is `waiting` and
    `parked`; and what is not counted yet, for as many seconds as `freshness_seconds`. None: not known, or not asked.
    """

    scheme_id: str
    area: str | None
    measure: str
    title: str
    definition: str
    synthetic: bool
    unit: str
    cohort: str
    k: int | None
    n: int | None
    u: int
    rate: float | None
    low: float | None
    high: float | None
    value: float | None
    p90: float | None
    as_of: date
    version: str
    lowest: float | None = None
    highest: float | None = None
    open: int = 0
    expected: int | None = None
    absent: int | None = None
    late_days: float | None = None
    waiting: int | None = None
    parked: int | None = None
    freshness_seconds: float | None = None
    steps: tuple[Step, ...] | None = None


class Summed(NamedTuple):
    """What counts up to a day, by part, and how many come into n on later days."""

    now: defaultdict[Key, Counter[str]]
    later: Counter[Key]


async def figures(
    database: Database,
    known: Known,
    scheme: Scheme,
    as_of: date,
    synthetic: bool | None = None,
    *,
    of: Collection[str] | None = None,
) -> list[Figure]:
    """Every figure that the scheme shows, as of a day; real and synthetic (None: both) never added up.

    `of` names the measures that are wanted, if not all are (costs are not among these: they rest on others).
    """
    sums = await _sums(database, scheme.id, as_of, of)
    kinds = sorted({key[3] for key in sums.now} or {False}) if synthetic is None else [synthetic]
    found = (figure for kind in kinds for figure in _figures(known, scheme, as_of, kind, sums))
    return [figure for figure in found if of is None or figure.measure in of]


async def _sums(database: Database, scheme_id: str, as_of: date, of: Collection[str] | None) -> Summed:
    """What counts, by measure, definition and area, and for the whole scheme."""
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    sums = Summed(defaultdict(Counter), Counter())
    if pointer is None:
        return sums
    last = as_of.isoformat()
    wanted = {"scheme_id": scheme_id} if of is None else {"scheme_id": scheme_id, "measure": {"$in": list(of)}}
    async for roll_up in database[pointer["cells"]].find(wanted):
        for part, days in roll_up["parts"].items():
            counted = sum(count for day, count in days.items() if day <= last)
            later = sum(count for day, count in days.items() if day > last) if part == "n" else 0
            for area in (roll_up["area"], None) if counted or later else ():
                key = roll_up["measure"], roll_up["definition"], area, roll_up["synthetic"]
                sums.later[key] += later
                if counted:
                    sums.now[key][part] += counted
    return sums


def _figures(known: Known, scheme: Scheme, as_of: date, synthetic: bool, sums: Summed) -> Iterator[Figure]:
    areas: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name, under, area, kind in {*sums.now, *sums.later}:
        if area is not None and kind is synthetic:
            areas[name, under].add(area)
    changing: dict[str | None, dict[str, Any]] = {}
    for measure, definition in known.shown[scheme.id]:
        for area in (None, *sorted(areas[measure.id, definition])):
            key = (measure.id, definition, area, synthetic)
            values = _values(sums, key, known, scheme, as_of)
            if values is None:
                continue
            if area not in changing:
                changing[area] = _may_change(scheme, area, synthetic, sums.now)
            yield Figure(
                scheme_id=scheme.id,
                area=area,
                measure=measure.id,
                title=measure.title,
                definition=definition,
                synthetic=synthetic,
                unit=measure.unit,
                cohort=measure.cohort,
                as_of=as_of,
                version=measure.version,
                open=sums.later[key],
                **{field.name: getattr(values, field.name) for field in fields(values)},
                **changing[area],
            )


def _values(sums: Summed, key: Key, known: Known, scheme: Scheme, as_of: date) -> Values | None:
    """What a figure says; None: the scheme has no such figure, or it is not made of sums."""
    counting = known.measures[key[0]].counting
    if isinstance(counting, Backlog):
        return None
    if isinstance(counting, Cost):
        return counting.values(known.schemes, scheme, as_of, lambda of: _reached(sums.now, of, key[3]))
    return counting.values(sums.now.get(key, {}), scheme, key[2], as_of)


def _may_change(scheme: Scheme, area: str | None, synthetic: bool, sums: Mapping[Key, Sums]) -> dict[str, Any]:
    """What data quality says of the figures of a scheme or area: follow-ups expected and absent, days late."""
    asked = sums.get((follow_ups.MEASURE.id, scheme.definitions[0], area, synthetic), {})
    late = spread(sums.get((lateness.MEASURE.id, SEED[0], area, synthetic), {}))
    return {"expected": asked.get("n", 0), "absent": asked.get("u", 0), "late_days": late.p90}


def _reached(sums: Mapping[Key, Sums], measure: str, synthetic: bool) -> int:
    return sums.get((measure, "seed", None, synthetic), {}).get("k", 0)


class Projected(msgspec.Struct, frozen=True, kw_only=True):
    """Where an event stands behind its gate. When it came there is not kept: it was there at `seen_at`."""

    read_model: str
    document: str
    accepted_at: datetime
    seen_at: datetime


class Kept(NamedTuple):
    """A journey and its person as they stand in the live read models."""

    read_model: str
    journey: Journey
    person: PersonRow | None


class CameOfIt(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an accepted event: where it is projected, and what it is counted in as of a day, or why not."""

    as_of: date
    projected: Projected | None = None
    counted_in: tuple[CountedIn, ...] = ()
    not_counted: NotCounted | None = None


async def came_of(database: Database, known: Known, of: Identity, *, subject: str, topic: str, as_of: date) -> CameOfIt:
    """What came of the accepted event `of` about `subject`, which went by the canonical `topic`."""
    if topic not in TOPICS:
        return CameOfIt(as_of=as_of, not_counted=why_not("no_measure"))
    there = await kept_of(database, subject)
    found = lineage(there.journey, there.person, of, known, as_of) if there else Lineage()
    if there is None or (found.accepted_at is None and there.journey.erased_at is None):
        return CameOfIt(as_of=as_of, not_counted=await _not_there(database, of, subject))
    return CameOfIt(
        as_of=as_of,
        projected=_projected(found, there),
        counted_in=found.counted_in,
        not_counted=found.not_counted,
    )


def _projected(found: Lineage, there: Kept) -> Projected | None:
    if found.accepted_at is None:
        return None
    now = datetime.now(UTC)
    return Projected(read_model=there.read_model, document=there.journey.id, accepted_at=found.accepted_at, seen_at=now)


async def kept_of(database: Database, subject: str) -> Kept | None:
    """What the live read models have of a referral or practice."""
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    stored = await database[pointer["journeys"]].find_one({"_id": subject}) if pointer else None
    if pointer is None or stored is None:
        return None
    journey = from_stored(Journey, stored)
    return Kept(pointer["journeys"], journey, await _person(database, pointer["persons"], journey))


async def _person(database: Database, persons: str, journey: Journey) -> PersonRow | None:
    """The person of the journey, with the journey as it was read: it may have changed since."""
    visit = visit_of(journey)
    if visit is None:
        return None
    stored = await database[persons].find_one({"_id": visit[0]})
    row = row_from(stored) if stored else PersonRow(id=visit[0])
    return PersonRow(id=row.id, visits={**row.visits, journey.id: visit[1]})


async def _not_there(database: Database, of: Identity, subject: str) -> NotCounted:
    """Why the read models have it not: it is parked there, or on its way."""
    parked = database["parked"].find({"loop": PROJECTOR, "key": subject}, {"record.headers": 1})
    async for entry in parked:
        if dict(entry["record"]["headers"]).get("ce_id") == of.id.encode():
            return why_not("parked")
    return why_not("on_its_way")
