"""Three referrals meet a bug: status, list and metrics say whose they are and what is short, until they are retried."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from support.events import numbered, referral_made
from support.world import World, made
from typer.testing import CliRunner

from contracts.referral_made import ReferralMade
from ops.localstack import ports
from ops.main import build
from referral_service import app
from referral_service.handlers import HEARS
from referral_service.settings import ReferralSettings
from servicekit.service import serve

MEASURES = [
    "users", "left-with-plan", "completer-success", "work-at-52-weeks", "work-at-52-weeks-of-entered",
    "work-at-52-weeks-of-completers", "start-rate", "wait-to-first-session", "capacity-used",
]  # fmt: skip
SAID = (
    "Employment adviser at the James Wigg Practice: 3 referrals are parked. Short by up to 3: People who used the "
    "service; Left with a plan; In work or training on completing the programme; "
)
THREE = [referral_made(number, referral_id=numbered(76_000_000 + number)) for number in (1, 2, 3)]


class Bug:
    """A handler of referrals that fails until it is mended."""

    def __init__(self) -> None:
        self.mended = False

    def on_referral_made(self, *said: Any) -> Any:
        if not self.mended:
            raise ValueError
        return HEARS.gate[ReferralMade](*said)


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: Any, tmp_path: Path) -> AsyncIterator[World]:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))  # stdout is the command's alone
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"james-wigg"})) as world:
        yield world
        await world.client.drop_database(world.settings.database_prefix + "ops")
    structlog.reset_defaults()


@asynccontextmanager
async def referrals(world: World, bug: Bug) -> AsyncIterator[str]:
    """The gate of referrals in this very process, with the bug, hearing this test's partner only; its address."""
    port, started, stop = ports.take(None, None, "referral"), asyncio.Event(), asyncio.Event()
    settings = ReferralSettings(
        kafka_url=world.settings.kafka_url, mongo_url=world.settings.mongo_url, http_port=port,
        database_prefix=world.settings.database_prefix,
    )  # fmt: skip
    built = app.build(settings)
    hears = replace(HEARS, gate={**HEARS.gate, ReferralMade: bug.on_referral_made})
    loop = replace(built.loops[0], hears=hears, pattern=rf"^inbox\.{world.partner}\.referral-made$")
    ended = asyncio.create_task(serve(replace(built, loops=(loop,)), started, stop))
    try:
        await asyncio.wait((ended, asyncio.create_task(started.wait())), return_when=asyncio.FIRST_COMPLETED)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await ended


async def short(url: str, metric: str, by: str) -> dict[str, float]:
    """What one of the metrics says of what is parked of the scheme."""
    async with httpx.AsyncClient(timeout=20) as http:
        scraped = (await http.get(f"{url}/metrics")).text
    samples = [sample for family in text_string_to_metric_families(scraped) for sample in family.samples]
    ours = [sample for sample in samples if sample.name == metric and sample.labels["scheme"] == "james-wigg"]
    return {sample.labels[by]: sample.value for sample in ours if sample.labels["why"] == "parked"}


async def test_three_parked_referrals_are_said_to_be_three_of_their_scheme_until_they_are_retried(
    world: World, tmp_path: Path
) -> None:
    bug, nobody = Bug(), "http://127.0.0.1:1"
    async with referrals(world, bug) as gate, world.running("outcomes", REFERRAL_URL=gate, CASE_URL=nobody) as outcomes:
        environment = {
            "KAFKA_URL": world.settings.kafka_url, "MONGO_URL": world.settings.mongo_url, "REFERRAL_URL": gate,
            "OUTCOMES_URL": outcomes, "DATABASE_PREFIX": world.settings.database_prefix, "FOOTING_HOME": str(tmp_path),
            "FOOTING_OPERATOR": "j-smith", "COLUMNS": "300",
        }  # fmt: skip

        async def footing(*words: str) -> Any:
            done = await asyncio.to_thread(CliRunner().invoke, build(words[0]), [*words, "--json"], env=environment)
            return json.loads(done.stdout)

        async def alarms() -> list[dict[str, Any]]:
            said = (await footing("status"))["alarms"]  # of the outcomes service too, which hears what other tests say
            return [each for each in said if each["rule"] == "FootingParked" and "referral" in each["what"]]

        async def three_parked() -> dict[str, Any] | None:
            return next((each for each in await alarms() if each["what"] == "referral gate: 3 records parked."), None)

        for event in THREE:
            await world.say(event)
        alarm = await world.until(three_parked)
        assert (alarm["severity"], alarm["runbook"]) == ("warning", "docs/operate/parked-group.md")
        assert alarm["impact"].startswith(SAID)
        [group] = await footing("parked", "list", "--service", "referral")
        assert (group["records"], group["schemes"]) == (3, ["james-wigg"])
        assert group["impact"].startswith(SAID)

        async def lacking() -> tuple[dict[str, float], dict[str, float]]:
            figures = await short(gate, "footing_figures_short_records", "event")
            return figures, await short(outcomes, "footing_measures_short", "measure")

        async def measured() -> bool:
            figures, measures = await lacking()
            return figures == {"referral-made": 3} and measures == dict.fromkeys(MEASURES, 3)

        await world.until(measured)

        bug.mended = True
        await footing("parked", "retry", "--all", "--service", "referral", "--why", "mended")
        assert await footing("parked", "list", "--service", "referral") == []
        assert await alarms() == []

        async def silent() -> bool:
            return await lacking() == ({}, {})

        await world.until(silent)
