"""Published releases over HTTP: JSON, CSV and its metadata, at addresses that stay."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request, Response

from outcomes_service.dashboard.layout import NotHere, not_here, problem
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases import shelf, written
from outcomes_service.releases.model import Release, Table
from outcomes_service.releases.since import since
from servicekit.days import day_of

# What a release says never changes, so nobody need ask again within the hour; a withdrawal is seen after it.
_KEPT: Final = "public, max-age=3600, immutable"
_ASKED_AGAIN: Final = "no-cache"
_JSON: Final = "application/json"
_CSV: Final = "text/csv; charset=utf-8; header=present"
_CSVM: Final = "application/csvm+json"

Answer = Callable[[Request], Awaitable[Response]]


def routes(known: Known) -> APIRouter:
    """Every address of a release. All are GET; the first that fits answers."""
    router = APIRouter()
    answers = _Downloads(known)
    for path, answer in {
        "/releases": answers.releases,
        "/releases/{release}.json": answers.release,
        "/releases/{release}/{table}.csv-metadata.json": answers.metadata,
        "/releases/{release}/{table}.json": answers.table,
        "/releases/{release}/{table}.csv": answers.table_csv,
    }.items():
        router.add_api_route(path, _answered(answer), methods=["GET"], response_model=None)
    return router


class _Downloads:
    def __init__(self, known: Known) -> None:
        self._known = known

    async def releases(self, request: Request) -> Response:
        """Every release that went out, newest first, without its tables; those withdrawn, with the reason."""
        found = await shelf.published(_database(request))
        said = [self._listed(release, found) for release in found]
        return Response(msgspec.json.encode({"releases": said}), media_type=_JSON,
                        headers={"Cache-Control": _ASKED_AGAIN})  # fmt: skip

    async def release(self, request: Request) -> Response:
        """One release, whole, with what has changed around it since."""
        release = await _found(request)
        now = await self._since(request, release)
        return _answer(request, release, written.of_release(release, now), _JSON, now)

    async def table(self, request: Request) -> Response:
        """One table of a release with the definitions that it needs."""
        release = await _found(request)
        table, now = _table(request, release), await self._since(request, release)
        return _answer(request, release, written.of_table(release, table, now), _JSON, now)

    async def table_csv(self, request: Request) -> Response:
        """One table, a row a figure; what its columns mean stands in its metadata."""
        release = await _found(request)
        table = _table(request, release)
        answer = _answer(request, release, written.as_csv(table).encode(), _CSV, ())
        answer.headers["Link"] = f'<{table.id}.csv-metadata.json>; rel="describedby"; type="{_CSVM}"'
        answer.headers["Content-Disposition"] = f'attachment; filename="{release.id}-{table.id}.csv"'
        return answer

    async def metadata(self, request: Request) -> Response:
        """What the columns of a table's CSV mean, after the W3C's CSV on the Web."""
        release = await _found(request)
        table, now = _table(request, release), await self._since(request, release)
        return _answer(request, release, written.metadata(release, table, now), _CSVM, now)

    async def _since(self, request: Request, release: Release) -> tuple[str, ...]:
        return since(release, await shelf.published(_database(request)), self._known, _today())

    def _listed(self, release: Release, others: Sequence[Release]) -> dict[str, Any]:
        said = msgspec.to_builtins(release)
        del said["tables"], said["definitions"]
        # Areas are in the tables, which a list does not have: what became of their codes is said with the release.
        return {**said, "since": since(release, others, self._known, _today()), "url": _address(release)}


def _answered(answer: Answer) -> Answer:
    """What is not there is said as problem+json, and to a browser as a page."""

    async def answered(request: Request) -> Response:
        try:
            return await answer(request)
        except NotHere as missing:
            is_browser = "text/html" in request.headers.get("accept", "")
            return not_here(request, missing) if is_browser else problem(missing)

    return answered


async def _found(request: Request) -> Release:
    """The release of the address. Raises `NotHere`: there is none, or it was withdrawn."""
    database, wanted = _database(request), request.path_params["release"]
    release = await shelf.get(database, wanted)
    if release is None:
        there = [(_address(each), each.id) for each in await shelf.published(database)]
        raise NotHere("No such release", "It was never published." if there else "None is published yet.", there)
    if release.withdrawn_at is not None:
        raise NotHere("This release was withdrawn", withdrawn(release), status=410)
    return release


def _address(release: Release) -> str:
    return f"/releases/{release.id}.json"


def withdrawn(release: Release) -> str:
    """What stands where a release was."""
    return f"Withdrawn on {release.withdrawn_at:%Y-%m-%d}: {release.withdrawn_because}"


def _table(request: Request, release: Release) -> Table:
    wanted = request.path_params["table"]
    for table in release.tables:
        if table.id == wanted:
            return table
    there = [(f"/releases/{release.id}/{table.id}.csv", table.id) for table in release.tables]
    raise NotHere("No such table", f"Release {release.id} has none of this name.", there)


def _answer(request: Request, release: Release, body: bytes, kind: str, now: Sequence[str]) -> Response:
    """The answer, or 304 for who has it. The tag is the release's hash, and of what changed around it if anything."""
    around = "-" + hashlib.sha256("\n".join(now).encode()).hexdigest()[:8] if now else ""
    headers = {"ETag": f'"{release.content_hash}{around}"', "Cache-Control": _KEPT}
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)


def _database(request: Request) -> shelf.Database:
    database: shelf.Database = request.app.state.running.database
    return database


def _today() -> date:
    return day_of(datetime.now(UTC))
