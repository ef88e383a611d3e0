"""Who is quiet: `GET /api/quiet` and its gauges. For operators; whoever stands before the door keeps it from others."""

import asyncio
from datetime import UTC, datetime
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from door_service import canary, heard
from door_service.standing import Quiet, Standing, not_come, standing
from servicekit.metrics import Metrics
from servicekit.running import Running

_LOOK_EVERY_SECONDS: Final = 300.0  # an expected gap is an hour or days; all that is kept is read for it


async def look(running: Running) -> Quiet:
    """How it stands with every partner now; the gauges of those who are watched say it too."""
    known, now = await heard.known(running.database), datetime.now(UTC)
    await running.partners.refresh([""])  # as it is now: who has just said what to expect wants to see it
    partners = [running.partners.by_name(name) for name in sorted(running.partners.names)]
    standings: list[Standing] = []
    for partner in partners:
        if partner is not None:
            standings.append(standing(partner, known, now))
            await asyncio.sleep(0)  # some milliseconds each: who publishes meanwhile need not wait for all of them
    said = Quiet(at=now, partners=tuple(standings), canary=await canary.last(running))
    _measure(said, running.metrics)
    return said


async def watch(running: Running) -> None:
    """Look every so often, for whoever reads the gauges."""
    while True:
        await look(running)
        if not await running.sleep(_LOOK_EVERY_SECONDS):
            return


def routes() -> APIRouter:
    """The route for operators."""
    api = APIRouter()

    @api.get("/api/quiet", include_in_schema=False)
    async def quiet(request: Request) -> Response:
        """Who speaks, who is quiet as expected, late or silent, and since when."""
        return Response(msgspec.json.encode(await look(request.app.state.running)), media_type="application/json")

    return api


def _measure(said: Quiet, metrics: Metrics) -> None:
    """Of who was never heard, or is watched no more, nothing is shown."""
    metrics.partner_seconds.clear()
    metrics.partner_silent.clear()
    metrics.partner_missing.clear()
    for partner in said.partners:
        for stream in partner.events if partner.watched else ():
            if stream.last_accepted_at is not None:
                passed = (said.at - stream.last_accepted_at).total_seconds()
                metrics.partner_seconds.labels(partner.partner, stream.event).set(passed)
                is_silent = stream.state == "silent"
                metrics.partner_silent.labels(partner.partner, stream.event).set(is_silent)
                missing = not_come(partner, stream, said.at) if is_silent else 0
                if missing is not None:
                    for scheme in partner.schemes:
                        metrics.partner_missing.labels(partner.partner, stream.event, scheme).set(missing)
