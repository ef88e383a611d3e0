"""The board's pages of loops and of the audit log on a real MongoDB: what is seen, done once, and put down."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from support.operators import Board, board, hidden, words

from door_service.standing import Quiet, Standing, Stream
from ops.alarms.alarm import Beside
from ops.audit import written
from ops.board.snapshot import Snapshot
from servicekit.pausing import pause_of
from servicekit.settings import ServiceSettings

Client = AsyncMongoClient[dict[str, Any]]


@pytest.fixture
async def client(mongo_url: str) -> AsyncIterator[Client]:
    settings = ServiceSettings(kafka_url="", mongo_url=mongo_url, http_port=0)
    async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as made:
        yield made


@pytest.fixture
async def operators(client: Client, mongo_url: str, unique_names: Any) -> AsyncIterator[Board]:
    """The board on databases of this test's own."""
    prefix = f"{unique_names.prefix}_"
    made = board({"kafka_url": "", "mongo_url": mongo_url, "http_port": 0, "database_prefix": prefix}, client)
    yield made
    await made.http.aclose()
    for name in ("ops", "case", "door", "outcomes", "registry"):
        await client.drop_database(prefix + name)


async def test_a_loop_is_held_and_let_go_with_a_reason_and_once(
    operators: Board, client: Client, unique_names: Any
) -> None:
    case = client[f"{unique_names.prefix}_case"]
    assert words(await operators.get("/loops")).count("goes on") == 6
    page = await operators.get("/loops/case/gate")
    unsaid = await operators.sent("/loops/case/gate/pause", seen=hidden(page, "seen"), why="  ", intake="yes")
    assert (unsaid.status_code, 'href="#why"' in unsaid.text, "checked" in unsaid.text) == (422, True, True)
    assert await pause_of(case, "gate") is None

    form = {"seen": hidden(page, "seen"), "why": "a new release", "intake": "yes"}
    sent = await asyncio.gather(*(operators.post("/loops/case/gate/pause", **form) for _ in range(2)))
    for held in sent:
        assert "takes nothing from inboxes; what was accepted goes on By j-smith Why a new release" in words(held)
    assert "case gate takes nothing from inboxes j-smith a new release" in words(await operators.get("/loops"))

    late = await operators.sent("/loops/case/gate/pause", seen="not held", why="something else")
    assert (late.status_code, "Somebody acted meanwhile" in late.text) == (409, True)
    pause = await pause_of(case, "gate")
    assert pause is not None
    assert (pause.why, pause.intake) == ("a new release", True)

    seen = hidden(await operators.get("/loops/case/gate"), "seen")
    for _ in range(2):
        assert "It goes on." in words(await operators.post("/loops/case/gate/resume", seen=seen, why="done"))
    log = words(await operators.get("/audit"))
    assert (log.count("pause case gate"), log.count("resume case gate")) == (1, 1)
    assert "j-smith resume case gate done done paused: true -> false, intake_only: true -> false" in log


async def test_a_loop_that_is_not_there_is_told_with_those_that_are(operators: Board) -> None:
    missing = await operators.get("/loops/case/nothing")
    assert (missing.status_code, 'href="/board/loops/case/gate"' in missing.text) == (404, True)
    broken = await operators.sent("/loops/case/gate/resume", seen="yesterday")
    assert (broken.status_code, "not whole" in broken.text) == (400, True)


async def test_the_audit_log_is_read_in_pages_and_in_part(operators: Board, client: Client, unique_names: Any) -> None:
    log = client[f"{unique_names.prefix}_ops"]["audit"]
    entries = [written("k-jones", f"partner limit p{number:02}", None, None, {"limit": number}) for number in range(60)]
    before = {**written("j-smith", "erase", "asked <for>", None, None), "at": datetime.now(UTC) - timedelta(days=3)}
    await log.insert_many([before, *entries])
    first = await operators.get("/audit")
    assert words(first).count("partner limit") == 50
    assert "page=2" in first.text
    second = await operators.get("/audit?page=2")
    assert words(second).count("partner limit") == 10
    assert "asked &lt;for&gt;" in second.text
    assert "limit: - -> 7" in words(await operators.get("/audit?what=p07"))
    assert "Nothing was put down that is so." in words(await operators.get("/audit?who=nobody"))
    today = datetime.now(UTC).date()
    assert "erase" in words(await operators.get(f"/audit?until={today - timedelta(days=2)}"))
    assert "erase" not in words(await operators.get(f"/audit?since={today - timedelta(days=1)}"))
    wrong = await operators.get("/audit?since=yesterday")
    assert (wrong.status_code, 'href="#since"' in wrong.text) == (422, True)
    for odd in ("-1", "x", "99999999999999999999", "²"):
        assert (await operators.get(f"/audit?page={odd}")).status_code == 200


async def test_silent_partners_come_first_with_what_may_be_missing_and_what_is_refused(
    operators: Board, client: Client, unique_names: Any
) -> None:
    assert "The door has not said yet who is quiet." in words(await operators.get("/partners"))
    at = datetime(2026, 3, 25, 12, 0, tzinfo=UTC)
    here = operators.app.state.running
    streams = {
        "acme": Stream(
            event="referral-made", state="speaking", since=None, last_accepted_at=at, last_heard_at=at,
            expected="learnt", gap_minutes=600, silent_at=None, usual_a_week=3,
        ),
        "brook": Stream(
            event="session-held", state="silent", since=at - timedelta(days=7), last_heard_at=None,
            last_accepted_at=at - timedelta(days=14), expected="said", gap_minutes=1200, silent_at=None,
            usual_a_week=10,
        ),
    }  # fmt: skip
    quiet = Quiet(
        at=at,
        partners=tuple(
            Standing(partner=name, schemes=("bridgend",), watched=True, state=stream.state, events=(stream,))
            for name, stream in streams.items()
        ),
    )
    here.sampler.newest = Snapshot(at, beside={"test": Beside({}, quiet)})
    said = [{"type": "t", "fate": fate, "at": at, "place": "p", "reason": "late"} for fate in ("refused", "accepted")]
    fates = client[f"{unique_names.prefix}_door"]["fates"]
    await fates.insert_many([{"_id": f"brook/{n}", "said": [said[n > 0]], "last_at": at} for n in range(4)])

    page = words(await operators.get("/partners"))
    assert page.index("brook: silent") < page.index("acme: speaking")
    assert "Refused of the latest: 1 of 4 (25 %): 1 late." in page
    assert "Usually 10 sessions a week." in page
    assert "Bridgend: 20 sessions have probably not come." in page
    assert "session-held silent since 2026-03-18 12:00 2026-03-11 12:00 2 working days (said) 10" in page


async def test_rebuilds_and_releases_are_told_with_the_commands_that_move_them(
    operators: Board, client: Client, unique_names: Any
) -> None:
    empty = words(await operators.get("/under-way"))
    assert "Nothing was rebuilt here yet." in empty
    assert "There is no release yet." in empty
    rebuilds = client[f"{unique_names.prefix}_outcomes"]["rebuilds"]
    one = {
        "_id": "journeys_v2",
        "replaces": {"journeys": "journeys"},
        "state": "loading",
        "begun_at": datetime.now(UTC),
    }
    lane = {"_id": "journeys_v2/0", "lane": 0, "events": 1200, "read": 300, "loaded": False, "parked": 2}
    await rebuilds.insert_many([one, lane])
    page = words(await operators.get("/under-way"))
    assert (
        "journeys_v2 loading, no process is at it: run footing rebuild journeys again journeys 300 of 1,200 0 0 2"
        in page
    )
