"""Looks at everything once, for whoever lists the alarms: each service is asked how it stands, and for its metrics."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from door_service.standing import Quiet
from ops.alarms.alarm import Beside, Gauges, Picture
from ops.standing.asking import Installation, ask

_ANSWER_SECONDS: Final = 5.0
_LOOKED_AT: Final = {
    "footing_part_answers", "footing_mongo_disk_bytes", "footing_mongo_disk_used_bytes", "footing_clock_ahead_seconds",
    "footing_notifications_failing_seconds", "footing_records_handled_total", "footing_releases_wrong",
}  # fmt: skip


async def gathered(asked: Sequence[Installation], parts: Sequence[Mapping[str, Any]]) -> Picture:
    """Everything of these installations, in some seconds at the most. `parts` as `parts_of` gives them: it blocks."""
    services, beside = await asyncio.gather(
        asyncio.gather(*map(ask, asked)), asyncio.gather(*(beside_of(of) for of in asked))
    )
    said = {of.name: one for of, one in zip(asked, beside, strict=True)}
    return Picture(
        at=datetime.now(UTC), parts=parts, services=[one for found in services for one in found], beside=said
    )


async def beside_of(of: Installation) -> Beside:
    """What its services say beside how they stand."""
    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS) as http:
        gauges = asyncio.gather(*(_gauges(http, url) for url in of.urls.values()))
        said, quiet = await asyncio.gather(gauges, _quiet(http, of.urls.get("door")))
    return Beside(dict(zip(of.urls, said, strict=True)), quiet)


async def _gauges(http: httpx.AsyncClient, url: str) -> Gauges:
    """Of a service that does not answer nothing: that is said elsewhere."""
    try:
        said = await http.get(f"{url}/metrics")
        said.raise_for_status()
        return gauges_in(said.text)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return {}


def gauges_in(scraped: str) -> Gauges:
    """Those which alarms look at. Raises `ValueError` of what is in another format."""
    wanted = [line for line in scraped.splitlines() if line.partition(" ")[0].partition("{")[0] in _LOOKED_AT]
    found: defaultdict[str, list[tuple[Mapping[str, str], float]]] = defaultdict(list)
    for family in text_string_to_metric_families("".join(f"{line}\n" for line in wanted)):
        found[family.name] += [(sample.labels, sample.value) for sample in family.samples]
    return found


async def _quiet(http: httpx.AsyncClient, door: str | None) -> Quiet | None:
    if door is None:
        return None
    try:
        said = await http.get(f"{door}/api/quiet")
        said.raise_for_status()
        return msgspec.json.decode(said.content, type=Quiet)
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError):
        return None
