"""How everything stands now: the first page, the stream that keeps it up to date, and the same as JSON."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from ops.alarms.alarm import Alarm
from ops.board.entrance import NotKnown, operator_of
from ops.board.frame import START, TEMPLATES, board_page
from ops.board.here import Here, here
from ops.board.showing import values
from ops.board.snapshot import ServiceNow, Snapshot
from ops.standing import judging
from outcomes_service.dashboard.staff.gate import problem
from outcomes_service.dashboard.staff.live import HEARTBEAT_SECONDS, Stream
from servicekit.entrance import TooManyAttempts

FRAGMENTS: Final = ("answer", "flow", "tables", "history")
MOST_LISTENERS: Final = 50
_RETRY_SECONDS: Final = 30
_RETRY_MS: Final = 3_000
_BEAT: Final = b": still here\n\n"


def routes() -> APIRouter:
    """The page, the stream, the state."""
    router, now = APIRouter(), _Now()
    for path, answer in {START: now.page, f"{START}/live": now.live, f"{START}/api/state": now.state}.items():
        router.add_api_route(path, answer, methods=["GET"], response_model=None)
    return router


class _Now:
    def __init__(self) -> None:
        self._of: Snapshot | None = None
        self._made: Mapping[str, str] = {}
        self._listeners = 0

    async def page(self, request: Request) -> Response:
        """The answer first, then all that it rests on."""
        shown = {name: Markup(html) for name, html in self._fragments(here(request)).items()}  # noqa: S704  our own
        return board_page(request, "board/now.html", here=START, now=here(request).sampler.newest, fragments=shown)

    async def state(self, request: Request) -> Response:
        """The same for scripts."""
        said = msgspec.json.encode(state_of(here(request).sampler.newest, datetime.now(UTC)))
        return Response(said, media_type="application/json", headers={"Cache-Control": "no-store"})

    async def live(self, request: Request) -> Response:
        """Each fragment that changes, as long as whoever listens may."""
        if self._listeners >= MOST_LISTENERS:
            said = "As many pages are kept up to date as may be: load the page again instead."
            return problem(503, "Too many listen", said, {"Retry-After": str(_RETRY_SECONDS)})
        self._listeners += 1
        return Stream(self._changes(request, here(request)), self._leave)

    async def _changes(self, request: Request, of: Here) -> AsyncIterator[bytes]:
        yield b"retry: %d\n\n" % _RETRY_MS
        sent: Mapping[str, str] = {}
        asked = asyncio.get_running_loop().time()
        while not of.stopping.is_set():
            moved, now = of.sampler.moved, self._fragments(of)
            changed = {name: html for name, html in now.items() if sent.get(name) != html}
            yield b"event: board\ndata: %s\n\n" % msgspec.json.encode(changed) if changed else _BEAT
            sent = now
            await moved.wait()
            if asyncio.get_running_loop().time() - asked > HEARTBEAT_SECONDS:
                asked = asyncio.get_running_loop().time()
                if not await _still_in(request, of):
                    return

    def _fragments(self, of: Here) -> Mapping[str, str]:
        """Made once for everybody who looks."""
        snapshot = of.sampler.newest
        if self._of is not snapshot:
            given: dict[str, Any] = values(snapshot, of.sampler.history.points, of.sampler.hidden)
            self._made = {name: TEMPLATES.get_template(f"board/{name}.html").render(given) for name in FRAGMENTS}
            self._of = snapshot
        return self._made

    def _leave(self) -> None:
        self._listeners -= 1


def state_of(snapshot: Snapshot, now: datetime) -> dict[str, Any]:
    """The snapshot as plain data. `age_seconds`: of what is shown of loops, the oldest there is."""
    loops_at = min((service.loops_at for service in snapshot.services if service.loops_at), default=snapshot.at)
    return {
        "at": snapshot.at,
        "age_seconds": round((now - loops_at).total_seconds(), 1),
        "fine": not snapshot.alarms,
        "alarms": [_alarm(alarm) for alarm in snapshot.alarms],
        "mongodb_away_since": snapshot.mongodb_since,
        "kafka_away_since": snapshot.kafka_since,
        "services": [_service(service) for service in snapshot.services],
        "parts": snapshot.parts,
        "topics_a_minute": snapshot.topics.came if snapshot.topics else {},
    }


def _alarm(alarm: Alarm) -> dict[str, Any]:
    names = ("rule", "severity", "what", "since", "impact", "runbook", "labels")
    return {name: getattr(alarm, name) for name in names}


def _service(service: ServiceNow) -> dict[str, Any]:
    said = service.seen.standing
    return {
        "service": service.name,
        "state": judging.service_word(service.seen),
        "problem": service.seen.problem,
        "version": said.version if said else None,
        "since": said.since if said else None,
        "why": said.why if said else {},
        "loops_at": service.loops_at,
        "loops": [{**msgspec.to_builtins(loop), "state": judging.loop_words(loop)} for loop in service.loops],
        "read_models": service.read_models or {},
    }


async def _still_in(request: Request, of: Here) -> bool:
    """Whether who listens may still look: somebody may have been disabled, or signed out, meanwhile."""
    if of.settings.live_without_sign_in:
        return True
    try:
        member, _ = await of.entrance.look(request)
    except (NotKnown, TooManyAttempts):
        return False
    return member is not None and member.operator and member.name == operator_of(request).name
