"""A database that has counted journeys without any service, and releases drafted, checked and published of it."""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from outcomes_service.breakdowns.answering import asking
from outcomes_service.projections import building
from outcomes_service.projections.journeys import Journey
from outcomes_service.releases import making, plans
from outcomes_service.releases.drafting import Wishes
from outcomes_service.releases.model import Release
from outcomes_service.releases.shelf import Database
from servicekit.days import to_milliseconds
from servicekit.documents import to_stored
from support.events import accepted_referral, session_held
from support.outcomes import accepted, journey, known


def person(area: str, number: int, *, synthetic: bool = True) -> Journey:
    """Somebody referred to WorkWell in an area; two of three are seen a week later."""
    about: dict[str, Any] = {"referral_id": str(uuid.uuid4()), "synthetic": synthetic}
    said = [accepted_referral(**about, scheme_id="workwell", scheme_area=area, person_ref=str(uuid.uuid4()))]
    if number % 3:
        said.append(accepted(session_held(**about)))
    return journey(*said, key=about["referral_id"])


async def count(database: Database, journeys: Iterable[Journey]) -> None:
    """Let `footing_outcomes` have these journeys too, with persons, cells and views, as if services had heard them."""
    await database[building.JOURNEYS].insert_many([to_stored(journey) for journey in journeys])
    await database.drop_collection(building.READ_MODELS)
    await building.prepare(database, known())


async def drafted(
    database: Database, plan: Path = plans.STANDARD, *, day: str = "2026-03-31", **wishes: Any
) -> Release:
    """Draft what a database counts of made-up events; protected, unless `profile="open"`."""
    now = to_milliseconds(datetime.now(UTC))
    wanted = Wishes(**{"as_of": date.fromisoformat(day), "known_on": now, "synthetic": True, **wishes})
    tables = plans.read(plan, known())
    return await making.draft(database, known(), asking(database, known()), tables, wanted, say=lambda _: None)


async def publish(database: Database, plan: Path = plans.STANDARD, **wishes: Any) -> Release:
    """Draft, check and publish."""
    draft = await drafted(database, plan, **wishes)
    return await making.publish(database, draft.id, to_milliseconds(datetime.now(UTC)))
