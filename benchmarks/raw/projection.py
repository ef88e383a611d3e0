"""The raw limit of a projector: fetch, validate, unordered bulk write of folded upserts. No guarantee whatever."""

import asyncio
from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from pymongo import AsyncMongoClient, UpdateOne

from benchmarks.child import say
from benchmarks.raw.settings import RawSettings, batch, collect, consumer, tame_collector
from contracts.outcome_recorded import OutcomeRecorded
from contracts.referral_made import AcceptedReferral
from contracts.session_held import SessionHeld

_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    "footing.referral-made.v1": TypeAdapter(AcceptedReferral),
    "footing.session-held.v1": TypeAdapter(SessionHeld),
    "footing.outcome-recorded.v1": TypeAdapter(OutcomeRecorded),
}

Update = dict[str, dict[str, Any]]


def fold(message: Any, updates: defaultdict[str, Update]) -> None:
    """Add one event to the upsert of its referral: the same facts and fields as our journeys have."""
    said = {name: value.decode() for name, value in message.headers}
    kind = said["ce_type"]
    data = _ADAPTERS[kind].validate_json(message.value)
    fact: dict[str, Any] = {
        "type": kind.split(".")[1],
        "id": said["ce_id"],
        "partner": said["ce_source"].split(":")[3],
        "accepted": datetime.fromisoformat(said["ce_acceptedtime"]),
        "time": datetime.fromisoformat(said["ce_time"]),
    }
    update = updates[data.referral_id]
    match data:
        case AcceptedReferral():
            _referred(data, fact, update)
        case SessionHeld():
            _held(data, fact, update)
        case OutcomeRecorded():
            _recorded(data, fact, update)
    update.setdefault("$push", {"facts": {"$each": []}})["facts"]["$each"].append(fact)


def _referred(data: AcceptedReferral, fact: dict[str, Any], update: Update) -> None:
    said = {
        "scheme_id": data.scheme_id,
        "area": data.scheme_area,
        "source_code": data.source_code,
        "main_barrier": data.main_barrier,
        "age_band": data.age_band,
        "person_ref": data.person_ref,
        "synthetic": data.synthetic,
    }
    fact |= {**said, "status": data.employment_status, "absence": data.sickness_absence}
    entry = {"status": data.employment_status, "absence": data.sickness_absence}
    update.setdefault("$set", {}).update(
        {**said, "partner": fact["partner"], "entry": entry, "referred_at": fact["time"]}
    )


def _held(data: SessionHeld, fact: dict[str, Any], update: Update) -> None:
    fact |= {"minutes": data.minutes, "interventions": list(data.interventions)}
    first = update.setdefault("$min", {})
    first["first_session_at"] = min(first.get("first_session_at", fact["time"]), fact["time"])
    if data.plan is not None:
        fact["plan_agreed"] = data.plan.agreed
        first["plan_agreed_at"] = min(first.get("plan_agreed_at", fact["time"]), fact["time"])
    if data.programme is not None:
        fact["programme"] = [data.programme.week, data.programme.weeks]
        started = fact["time"].date().isoformat()
        first["programme.started_at"] = min(first.get("programme.started_at", started), started)
    counts = update.setdefault("$inc", {"sessions": 0})
    counts["sessions"] += 1


def _recorded(data: OutcomeRecorded, fact: dict[str, Any], update: Update) -> None:
    fields = update.setdefault("$set", {})
    if data.programme is not None:
        fact |= {"on": data.programme.on.isoformat(), "result": data.programme.result}
        fields[f"programme.{data.programme.result}_at"] = fact["on"]
    elif data.closure is not None:
        fact |= {"on": data.closure.on.isoformat(), "reason": data.closure.reason}
        fields |= {"closed_at": fact["on"], "closed_reason": data.closure.reason}
    elif data.work_status is not None:
        status = data.work_status
        counts = {"status": status.status, "on": status.status_on.isoformat(), "definition": status.definition}
        fact |= {**counts, "checkpoint": status.checkpoint_weeks}
        fields[f"checkpoints.{status.checkpoint_weeks}"] = counts


async def main() -> None:
    """Run until killed or told to stop."""
    settings = RawSettings()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(settings.mongo_url)
    journeys = client[settings.bench_database]["journeys"]
    await journeys.database.create_collection("journeys")
    source = await consumer(settings)
    tame_collector()
    batches = 0
    while True:
        if messages := await batch(source, settings):
            updates: defaultdict[str, Update] = defaultdict(dict)
            for message in messages:
                fold(message, updates)
            await journeys.bulk_write(
                [UpdateOne({"_id": key}, update, upsert=True) for key, update in updates.items()], ordered=False
            )
            say("batch", records=len(messages))
            batches += 1
            del messages, updates
            collect(batches)


if __name__ == "__main__":
    asyncio.run(main())
