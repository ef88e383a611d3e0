"""The demo's releases: what it has counted, published twice, protected and exact. All of it is made up."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import AsyncMongoClient

import schemes
from ops.errors import Missing
from outcomes_service.breakdowns.answering import asking
from outcomes_service.breakdowns.question import Question, Row
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases import drafting, making, plans
from outcomes_service.releases.model import Release
from outcomes_service.releases.profiles import DEFAULT, OPEN
from schemes import register
from servicekit.days import day_of, to_milliseconds
from servicekit.settings import ServiceSettings

NOTE: Final = "Made by the demo; it goes when the demo ends."


def release_all(settings: ServiceSettings, say: Callable[[str], None]) -> list[Release]:
    """Draft, check and publish the standard tables under each profile. Raises `Missing` if one may not go out."""
    return asyncio.run(_release_all(settings, say))


async def _release_all(settings: ServiceSettings, say: Callable[[str], None]) -> list[Release]:
    known, now = Known(schemes.load(), register.load()), to_milliseconds(datetime.now(UTC))
    plan = plans.read(plans.STANDARD, known)
    made: list[Release] = []
    async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as client:
        database = client[settings.database_prefix + "outcomes"]
        ask = _once(asking(database, known))
        for profile in (DEFAULT, OPEN):
            wishes = drafting.Wishes(
                as_of=day_of(now), known_on=now, synthetic=True, profile=profile.name, notes=(NOTE,)
            )
            try:
                draft = await making.draft(database, known, ask, plan, wishes, say=_nothing)
                made.append(await making.publish(database, draft.id, now))
            except (drafting.CannotDraft, making.Disclosive) as why:
                raise Missing(str(why), "See: footing release --help") from None
            cells = sum(len(table.rows) for table in draft.tables)
            say(f"release {draft.id} is drafted, checked and published: {cells:,} cells, profile {profile.name}")
    return made


def _once(ask: making.Ask) -> making.Ask:
    """Both releases ask the same: it is read once."""
    answers: dict[Question, Sequence[Row]] = {}

    async def asked(question: Question) -> Sequence[Row]:
        if question not in answers:
            answers[question] = await ask(question)
        return answers[question]

    return asked


def _nothing(_: str) -> None:
    """The demo says what came out, not each table."""
