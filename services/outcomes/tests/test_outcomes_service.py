"""Does the service run on real parts: from an inbox and canonical topics to views, figures and pages?"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from support.events import accepted_referral, session_held, withdrawn
from support.outcomes import accepted, fit_notes, known, programme, work_status
from support.real_parts import UniqueNames
from support.world import World, made
from typer.testing import CliRunner

from contracts import codec
from ops.main import build
from servicekit.folded import Parked
from servicekit.ledger import parked_row

SCHEME = "roll-out-2008"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
async def world(kafka_url: str, mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A partner whom the tests of this file share; each has a referral and an area of its own."""
    names, logs = UniqueNames(f"t{uuid.uuid4().hex[:10]}"), tmp_path_factory.mktemp("outcomes")
    async with made(kafka_url, mongo_url, names, logs, frozenset({SCHEME})) as world:
        yield world


@pytest.fixture(scope="module")
async def address(world: World) -> AsyncIterator[str]:
    """Where the service answers."""
    async with world.running("outcomes") as address:
        yield address


def story(referral: str, area: str):
    """A referral that ended well: what other gates accepted, and what the partner says to this one.

    Canonical topics are shared by every test of a run: an area is one test's own.
    """
    about = {"referral_id": referral, "synthetic": True}
    heard = [
        accepted(session_held(**about, plan={"agreed": True, "aim": "seek"})),
        accepted_referral(**about, scheme_id=SCHEME, scheme_area=area, person_ref=str(uuid.uuid4())),
    ]
    said = [programme(**about), work_status(0, "entered_work", on="2025-06-02", **about)]
    return [[replace(event, id=str(uuid.uuid4())) for event in events] for events in (heard, said)]


async def settled(world: World, referral: str, version: int) -> dict:
    journeys = world.database("outcomes")["journeys"]
    return await world.until(lambda: journeys.find_one({"_id": referral, "version": version}))


async def test_an_outcome_comes_out_as_a_figure(world: World, address: str) -> None:
    referral = str(uuid.uuid4())
    heard, said = story(referral, "location-07")
    early, late = said
    await world.say(early)
    assert await world.fates(1, {early.id}) == [(early.id, "waiting")]
    for event in heard:
        await world.announce(event)
    assert await world.fates(2, {early.id}) == [(early.id, "waiting"), (early.id, "accepted")]
    await world.say(late)
    assert await world.fates(1, {late.id}) == [(late.id, "accepted")]
    journey = await settled(world, referral, 4)

    assert journey["entry"] == {"status": "02", "absence": "8", "group": "out_of_work"}
    assert (journey["sessions"], journey["synthetic"]) == (1, True)
    assert journey["checkpoints"] == {"0": {"status": "entered_work", "on": "2025-06-02", "definition": "seed"}}
    assert sorted(journey["applied"]) == sorted(event.id for event in [*heard, *said])
    assert "facts" not in journey

    rows = world.database("outcomes")["figures"]
    row = await rows.find_one({"area": "location-07", "measure": "completer-success"})
    assert row is not None
    assert (row["k"], row["n"], row["u"], row["rate"]) == (1, 1, 0, 1.0)
    assert (row["low"], row["high"]) == (pytest.approx(0.2065, abs=0.0001), 1.0)

    async with httpx.AsyncClient(base_url=address) as http:
        answer = (await http.get(f"/api/schemes/{SCHEME}/figures?synthetic=true")).json()
        users = next(f for f in answer["figures"] if (f["measure"], f["area"]) == ("users", "location-07"))
        assert (users["k"], users["n"], users["synthetic"]) == (1, 1, True)
        before = (await http.get("/api/figures/users?as_of=2025-03-09")).json()
        assert next(f["k"] for f in before["figures"] if f["area"] == "location-07") == 0
        lines = (await http.get(f"/api/schemes/{SCHEME}/figures.csv")).text.splitlines()
        assert lines[0].startswith("scheme_id,area,measure,title,definition,synthetic,unit")


async def test_what_is_unknown_is_answered_with_what_exists(address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as http:
        for path, told in {
            "/api/schemes/nowhere/figures": "james-wigg",
            "/api/figures/nothing": "completer-success",
            "/api/schemes/james-wigg/figures?as_of=yesterday": "2025-03-31",
            "/api/schemes/james-wigg/figures?synthetic=maybe": "true or false",
            "/api/schemes/james-wigg/figures?day=2025-03-31": "There are: as_of, synthetic.",
            "/api/figures/users.csv?area=kentish-town": "There are: as_of, synthetic.",
            "/api/counted-in?partner=acme&id=of-an-event": "Say also: type, subject, topic.",
        }.items():
            answer = await http.get(path)
            assert answer.status_code in (400, 404)
            assert answer.headers["content-type"] == "application/problem+json"
            assert told in answer.json()["detail"]
        listed = (await http.get("/api/schemes")).json()["schemes"]
        assert len(listed) == len(known().schemes)
        assert (await http.get("/")).status_code == 200


@pytest.mark.usefixtures("address")
async def test_a_correction_changes_the_figure_and_nothing_else(world: World) -> None:
    referral = str(uuid.uuid4())
    heard, said = story(referral, "location-08")
    void = withdrawn(said[1], id=str(uuid.uuid4()))
    for event in heard:
        await world.announce(event)
    for event in [*said, void]:
        await world.say(event)
    await settled(world, referral, 5)
    row = await world.database("outcomes")["figures"].find_one({"area": "location-08", "measure": "completer-success"})
    assert row is not None
    assert (row["k"], row["n"], row["u"]) == (0, 1, 1)


@pytest.mark.usefixtures("address")
async def test_fit_notes_are_counted_and_are_no_journey(world: World) -> None:
    await world.say(fit_notes("F83023", synthetic=True))
    figures = world.database("outcomes")["figures"]
    row = await world.until(lambda: figures.find_one({"measure": "fit-note-share"}))
    assert (row["k"], row["n"], row["rate"]) == (93, 100, 0.93)
    assert await world.database("outcomes")["journeys"].find_one({"_id": "ods:F83023"}) is None


@pytest.mark.usefixtures("address")
async def test_what_a_parked_session_would_make_of_figures_is_said_before_it_is_retried(world: World) -> None:
    referral = str(uuid.uuid4())
    [held, made], _ = story(referral, "location-09")
    await world.announce(made)
    await settled(world, referral, 1)
    await parked_by_hand(world, held)

    tried = await footing_parked(world, "retry", "--key", referral, "--dry-run")
    [trial] = tried["trials"]
    assert trial["trial"]["endings"] == {"applied": 1}
    [document] = trial["trial"]["documents"]
    assert (document["version"], document["parked"]) == ([1, 2], [1, 0])
    assert {"facts", "first_session_at", "sessions", "plan_agreed_at"} <= set(document["fields"])
    told = {figure["measure"]: figure for figure in tried["figures"]}
    assert {figure["scheme_id"] for figure in told.values()} == {SCHEME}
    assert (told["users"]["parts"], told["users"]["synthetic"]) == ({"k": 1}, True)
    assert (await world.database("outcomes")["journeys"].find_one({"_id": referral}))["sessions"] == 0
    figures = world.database("outcomes")["figures"]
    assert not await figures.find_one({"area": "location-09", "measure": "users", "k": {"$gt": 0}})

    [done] = await footing_parked(world, "retry", "--key", referral)
    assert done["came_of_it"] == "done"
    row = await figures.find_one({"area": "location-09", "measure": "users"})
    assert row is not None
    assert row["k"] == told["users"]["parts"]["k"]


async def parked_by_hand(world: World, event) -> None:
    """As if the projector had met a bug with it: mended since, for it is handled again."""
    record = codec.encode(replace(event, partner=world.partner, source=f"urn:footing:partner:{world.partner}"))
    database = world.database("outcomes")
    row = parked_row("projector", Parked(record._replace(partition=0, offset=0), event.subject, "KeyError", 1), NOW)
    live = await database["read_models"].find_one({"_id": "figures"})
    assert live is not None
    await database[live["journeys"]].update_one({"_id": event.subject}, {"$set": {"parked": 1, "last_parked": 1}})
    await database["parked"].insert_one(row)


async def footing_parked(world: World, *words: str):
    """What `footing parked` answers to a program."""
    given = {"KAFKA_URL": world.settings.kafka_url, "MONGO_URL": world.settings.mongo_url}
    given["DATABASE_PREFIX"] = world.settings.database_prefix
    run = CliRunner().invoke
    done = await asyncio.to_thread(run, build("parked"), ["parked", *words, "--json"], env=given)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)
