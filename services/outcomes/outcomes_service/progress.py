"""How fresh and how complete the live figures are: what is accepted and not yet counted, what waits, what is parked.

Other gates keep theirs in databases of their own and are asked over HTTP. One that does not answer is not known, and
neither is any sum that it is part of: said, not guessed.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import msgspec
from pymongo.errors import PyMongoError

from contracts.topics import CANONICAL_PARTITIONS
from outcomes_service.projections.rebuilding import PROJECTOR, TOPICS
from outcomes_service.store import Figure
from servicekit.backlog import Backlog, backlog_of
from servicekit.behind import Behind, NotKnown
from servicekit.inhand import What
from servicekit.running import Running
from servicekit.tending import end

READ_MODELS: Final = ("journeys", "persons", "figures")

_PATIENCE_SECONDS: Final = 1.5  # whoever asks for figures waits no longer for what could still change them
_GATE_SECONDS: Final = 1.0
_KAFKA_SECONDS: Final = 10.0  # the first question finds the brokers, and a machine may be busy
_FRESH: Final = timedelta(seconds=2)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What could still change live figures, as of `at`.

    `freshness_seconds` is the age of the oldest accepted event that is not counted yet, 0 if all are; None: not known.
    `gates` has each gate's backlog; None: it did not answer.
    """

    at: datetime
    freshness_seconds: float | None
    gates: Mapping[str, Backlog | None]

    def count(self, what: What, scheme: str) -> int | None:
        """How many events that wait, or are parked, may be of a scheme; None: not every gate answered."""
        counts = [gate.count(what, scheme) if gate else None for gate in self.gates.values()]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def lacking(self) -> Iterator[tuple[str, str, str, int]]:
        """What figures lack, as far as gates answer: scheme, event, why, and how many it may be."""
        rows = (row for gate in self.gates.values() if gate for row in gate.rows)
        for row in rows:
            if not row.accepted or row.loop == PROJECTOR:  # what else is accepted is counted, or on its way
                yield from ((scheme, row.event, row.what, row.count) for scheme in row.schemes or ())

    def shown(self) -> dict[str, Any]:
        """How far it is known."""
        silent = sorted(name for name, gate in self.gates.items() if gate is None)
        return {"at": self.at, "freshness_seconds": self.freshness_seconds, "not_answering": silent}

    def told(self, figures: Iterable[Figure]) -> list[Figure]:
        """The figures with what could still change them."""
        by_scheme: dict[str, tuple[int | None, int | None]] = {}
        told = []
        for figure in figures:
            of = figure.scheme_id
            if of not in by_scheme:
                by_scheme[of] = self.count("waiting", of), self.count("parked", of)
            waiting, parked = by_scheme[of]
            fresh = self.freshness_seconds
            told.append(msgspec.structs.replace(figure, waiting=waiting, parked=parked, freshness_seconds=fresh))
        return told


class Watch:
    """Asks, at most every two seconds, whoever knows how far things are. `urls` has the other gates by name."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        self._http: httpx.AsyncClient | None = None
        self._behind: Behind | None = None
        self._asking: asyncio.Task[Progress] | None = None
        self._asked_at = datetime.min.replace(tzinfo=UTC)

    async def progress(self, running: Running) -> Progress:
        """How it stands, or stood two seconds ago. Who asks waits a moment; a slow answer is there for the next."""
        now = datetime.now(UTC)
        if self._asking is None or (self._asking.done() and now - self._asked_at >= _FRESH):
            self._asking, self._asked_at = asyncio.create_task(self._ask(running, now)), now
        await asyncio.wait((self._asking,), timeout=_PATIENCE_SECONDS)
        if self._asking.done():
            return self._asking.result()
        return Progress(at=now, freshness_seconds=None, gates=dict.fromkeys((running.service.name, *self._urls)))

    async def ages(self, running: Running) -> dict[str, float | None]:
        """Of each read model the age of the oldest accepted event that is not in it: one transaction writes all."""
        try:
            age = (await self.progress(running)).freshness_seconds
        except PyMongoError:
            age = None
        return dict.fromkeys(READ_MODELS, age)

    async def _ask(self, running: Running, now: datetime) -> Progress:
        ours, *others = await asyncio.gather(backlog_of(running), *map(self._of, self._urls.values()))
        gates = {running.service.name: ours, **dict(zip(self._urls, others, strict=True))}
        return Progress(at=now, freshness_seconds=await self._freshness(running, gates.values(), now), gates=gates)

    async def _of(self, url: str) -> Backlog | None:
        """What one gate says; None: it does not answer, or says something else."""
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=_GATE_SECONDS)
        try:
            said = await self._http.get(f"{url}/api/backlog")
            said.raise_for_status()
            return msgspec.json.decode(said.content, type=Backlog)
        except (httpx.HTTPError, msgspec.DecodeError):
            return None

    async def _freshness(self, running: Running, gates: Iterable[Backlog | None], now: datetime) -> float | None:
        backlogs = [gate for gate in gates if gate is not None]
        if len(backlogs) < len(self._urls) + 1:
            return None  # what it accepted and has not sent is known to nobody else
        if self._behind is None:
            self._behind = Behind(running.kafka, _KAFKA_SECONDS)
        try:
            behind = await self._behind.oldest_after(await _positions(running))
        except NotKnown:
            return None
        oldest = [at for at in (behind, *(gate.oldest_unsent_at for gate in backlogs)) if at is not None]
        return max(0.0, (now - min(oldest)).total_seconds()) if oldest else 0.0

    async def close(self) -> None:
        """Let go of the connections."""
        if self._asking is not None:
            await end(self._asking)
        if self._http is not None:
            await self._http.aclose()
        if self._behind is not None:
            await self._behind.close()


async def _positions(running: Running) -> dict[tuple[str, int], int]:
    """Where the projector is in each lane of each topic that it counts."""
    positions = {(topic, lane): 0 for topic in TOPICS for lane in range(CANONICAL_PARTITIONS)}
    async for entry in running.database["positions"].find({"loop": PROJECTOR}):
        positions[entry["topic"], entry["partition"]] = entry["next"]
    return positions
