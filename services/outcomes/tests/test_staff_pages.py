"""Staff pages on a real service: who comes in, what they see, what is put down, and what changes while they look."""

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from support.events import accepted_referral, session_held
from support.outcomes import accepted, programme, work_status
from support.real_parts import UniqueNames
from support.world import World, made

from ops.staffing import StaffRegistry
from outcomes_service.app import build
from outcomes_service.settings import OutcomesSettings

SCHEME = "roll-out-2008"
OPEN = ("/staff/sign-in", "/api/measures")  # what measures mean is no figure
DOORS_SECRET = "made-up-secret-of-the-door"


@dataclass
class Staffed:
    """A service that asks who somebody is, and the tokens of two: `all` sees every scheme, `one` only Gateshead."""

    world: World
    address: str
    tokens: dict[str, str]

    def client(self, **more: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.address, **more)

    @asynccontextmanager
    async def signed_in(self, who: str = "all") -> AsyncIterator[httpx.AsyncClient]:
        async with self.client() as http:
            answer = await http.post("/staff/sign-in", data={"token": self.tokens[who]})
            assert answer.status_code == 303
            yield http

    def bearer(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"}

    async def reads(self) -> list[dict[str, Any]]:
        return [entry async for entry in self.world.database("outcomes")["staff_reads"].find().sort("at", 1)]


@pytest.fixture(scope="module")
async def world(kafka_url: str, mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A partner whom the tests of this file share; each has a referral of its own."""
    names, logs = UniqueNames(f"t{uuid.uuid4().hex[:10]}"), tmp_path_factory.mktemp("staff")
    async with made(kafka_url, mongo_url, names, logs, frozenset({SCHEME})) as world:
        yield world


@pytest.fixture(scope="module")
async def staffed(world: World) -> AsyncIterator[Staffed]:
    """The service, with the door's secret."""
    secret = world.logs / "door.token"
    secret.write_text(f"{DOORS_SECRET}\n")
    registry = StaffRegistry(world.settings)
    tokens = {
        "all": await asyncio.to_thread(registry.add, "all"),
        "one": await asyncio.to_thread(registry.add, "one", ["gateshead"]),
    }
    settings = {"LIVE_WITHOUT_SIGN_IN": "false", "DOOR_TOKEN_FILE": str(secret)}
    async with world.running("outcomes", **settings) as address:
        yield Staffed(world, address, tokens)


def paths() -> Iterator[str]:
    """Every path for staff or of the live API, as the service has them, with something in each place of it."""
    routes = build(OutcomesSettings(kafka_url="127.0.0.1:1", mongo_url="mongodb://127.0.0.1:1")).routes
    app = FastAPI()
    app.include_router(routes or APIRouter())
    found = [path for path, methods in app.openapi()["paths"].items() if "get" in methods]
    staffs = [path for path in found if path.startswith(("/staff", "/api")) and not path.startswith(OPEN)]
    assert len(staffs) >= 10
    yield from (re.sub(r"\{\w+\}", "leicester", path) for path in staffs)


def story(referral: str, area: str) -> list[Any]:
    """A referral that ended well, as three gates accepted it."""
    about = {"referral_id": referral, "synthetic": True}
    events = [
        accepted_referral(**about, scheme_id=SCHEME, scheme_area=area, person_ref=str(uuid.uuid4())),
        accepted(session_held(**about, plan={"agreed": True, "aim": "seek"})),
        accepted(programme(**about)),
        accepted(work_status(0, "entered_work", on="2025-06-02", **about)),
    ]
    return [replace(event, id=str(uuid.uuid4())) for event in events]


async def told(staffed: Staffed, area: str) -> tuple[str, list[Any]]:
    """A referral whose story is counted."""
    referral = str(uuid.uuid4())
    events = story(referral, area)
    for event in events:
        await staffed.world.announce(event)
    journeys = staffed.world.database("outcomes")["journeys"]
    await staffed.world.until(lambda: journeys.find_one({"_id": referral, "version": len(events)}))
    return referral, events


async def test_nothing_for_staff_is_shown_to_who_is_not_signed_in(staffed: Staffed) -> None:
    async with staffed.client() as http:
        for path in [*paths(), "/staff/nowhere", "/staff/", "/api/nowhere"]:
            answer = await http.get(path)
            if path.startswith(("/api", "/staff/live")):
                assert answer.status_code == 401, path
                assert answer.headers["www-authenticate"] == "Bearer"
                assert answer.json()["title"] == "Not signed in"
            else:
                assert answer.status_code == 303, path
                assert answer.headers["location"].startswith("/staff/sign-in?next=%2Fstaff")
        assert (await http.get("/health/ready")).status_code == 200
        assert (await http.get("/metrics")).status_code == 200
        assert (await http.get("/")).status_code == 200
        asked_as_json = await http.get("/staff", headers={"accept": "application/json"})
        assert asked_as_json.status_code == 401


@pytest.mark.parametrize(
    "encoded", ["/api%2Fschemes", "/api/schemes%3F", "/staff/schemes/leicester%23", "/staff%2Fdue"]
)
async def test_no_way_of_writing_a_path_leads_past_the_gate(staffed: Staffed, encoded: str) -> None:
    async with staffed.client() as http:
        answer = await http.get(encoded)
    assert answer.status_code in (303, 401, 404)
    assert "figures" not in answer.text


async def test_signing_in_leads_to_the_page_that_was_wanted_and_signing_out_ends_it(staffed: Staffed) -> None:
    async with staffed.client() as http:
        asked = await http.get("/staff/schemes/gateshead")
        form = await http.get(asked.headers["location"])
        assert 'name="next" value="/staff/schemes/gateshead"' in form.text
        said = {"token": staffed.tokens["all"], "next": "/staff/schemes/gateshead"}
        answer = await http.post("/staff/sign-in", data=said)
        assert (answer.status_code, answer.headers["location"]) == (303, "/staff/schemes/gateshead")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Max-Age=36000" in cookie
        assert "Secure" not in cookie
        page = await http.get("/staff/schemes/gateshead")
        assert "Gateshead" in page.text
        assert page.headers["cache-control"] == "no-store"
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "connect-src 'self'" in policy
        assert "unsafe" not in policy
        assert staffed.tokens["all"] not in page.text

        kept = http.cookies["footing-staff"]
        assert (await http.post("/staff/sign-out")).headers["location"] == "/staff/sign-in"
        http.cookies.set("footing-staff", kept)
        assert (await http.get("/staff")).status_code == 303


async def test_over_https_the_cookie_goes_over_https_alone(staffed: Staffed) -> None:
    async with staffed.client(headers={"x-forwarded-proto": "https"}) as http:
        answer = await http.post("/staff/sign-in", data={"token": staffed.tokens["all"]})
        assert "Secure" in answer.headers["set-cookie"]


async def test_a_wrong_token_or_a_form_from_elsewhere_lets_nobody_in(staffed: Staffed) -> None:
    async with staffed.client() as http:
        wrong = await http.post("/staff/sign-in", data={"token": "fst_all_" + "x" * 43})
        assert wrong.status_code == 403
        assert "Nobody is known by this token." in wrong.text
        from_elsewhere = await http.post(
            "/staff/sign-in", data={"token": staffed.tokens["all"]}, headers={"origin": "https://elsewhere.example"}
        )
        assert from_elsewhere.status_code == 403
        assert "set-cookie" not in from_elsewhere.headers
        too_long = await http.post("/staff/sign-in", data={"token": "x" * 10_000})
        assert too_long.status_code == 403
        assert (await http.get("/staff")).status_code == 303


async def test_who_is_wrong_too_often_waits_and_others_do_not(staffed: Staffed) -> None:
    from_there = httpx.AsyncHTTPTransport(local_address="127.0.0.9")
    async with staffed.client(transport=from_there) as http, staffed.client() as other:
        codes = [(await http.get("/api/schemes", headers={"Authorization": "Bearer x"})).status_code for _ in range(11)]
        assert codes == [401] * 10 + [429]
        waits = await http.post("/staff/sign-in", data={"token": staffed.tokens["all"]})
        assert waits.status_code == 429
        assert 0 < int(waits.headers["retry-after"]) <= 30
        assert (await other.get("/api/schemes", headers=staffed.bearer("all"))).status_code == 200


async def test_a_member_of_one_scheme_sees_no_other(staffed: Staffed) -> None:
    referral, _ = await told(staffed, "location-03")
    async with staffed.signed_in("one") as http:
        start = (await http.get("/staff")).text
        assert "/staff/schemes/gateshead" in start
        assert SCHEME not in start
        for path in (
            f"/staff/schemes/{SCHEME}",
            f"/staff/schemes/{SCHEME}?area=location-03",
            f"/staff/live/schemes/{SCHEME}",
            f"/staff/due?scheme={SCHEME}",
            f"/staff/referrals/{referral}",
            f"/api/schemes/{SCHEME}/figures",
            f"/api/schemes/{SCHEME}/figures.csv",
            f"/api/counted-in?subject={referral}",
            f"/staff/schemes/{SCHEME}/behind?measure=users",
            f"/staff/schemes/{SCHEME}/known",
            f"/staff/schemes/gateshead/known?scheme={SCHEME}",
            f"/api/lineage?measures=users&scheme={SCHEME}",
            f"/api/breakdowns?measures=users&schemes=gateshead,{SCHEME}",
            f"/api/breakdowns?measures=users&scheme=gateshead&scheme={SCHEME}",
            "/api/breakdowns?measures=users",
        ):
            answer = await http.get(path)
            assert answer.status_code == 404, path
            assert "gateshead" in answer.text.lower() or "Schemes" in answer.text
        for path in ("/staff/schemes/gateshead", "/api/breakdowns?measures=users&scheme=gateshead"):
            assert (await http.get(path)).status_code == 200
        assert [scheme["id"] for scheme in (await http.get("/api/schemes")).json()["schemes"]] == ["gateshead"]
        everywhere = (await http.get("/api/figures/users")).json()["figures"]
        assert {figure["scheme_id"] for figure in everywhere} <= {"gateshead"}
    async with staffed.signed_in("all") as http:
        assert (await http.get(f"/staff/referrals/{referral}")).status_code == 200


async def test_the_door_comes_by_with_its_secret_to_what_it_asks_and_to_nothing_else(staffed: Staffed) -> None:
    referral, events = await told(staffed, "location-04")
    asked = {
        "partner": staffed.world.partner,
        "type": "session-held",
        "id": events[1].id,
        "subject": referral,
        "topic": "session-held",
    }
    shows = {"Authorization": f"Bearer {DOORS_SECRET}"}
    async with staffed.client() as http:
        answer = await http.get("/api/counted-in", params=asked, headers=shows)
        assert "left-with-plan" in {counted["measure"] for counted in answer.json()["counted_in"]}
        assert (await http.get("/api/schemes", headers=shows)).status_code == 401


async def test_what_is_shown_is_put_down_with_who_and_when_and_references_only(staffed: Staffed) -> None:
    referral, events = await told(staffed, "location-05")
    before, began = len(await staffed.reads()), datetime.now(UTC)
    async with staffed.signed_in() as http:
        await http.get(f"/staff/referrals/{referral}")
        await http.get("/staff/due", params={"scheme": "gateshead", "note": "Jane Doe, 3 High Street"})
        await http.get("/staff/referrals/no-such-referral")
        await http.get("/api/figures/users", params={"as_of": "2025-03-09"})
    seen = (await staffed.reads())[before:]
    assert [(entry["who"], entry["what"], entry["asked"]) for entry in seen] == [
        ("all", f"/staff/referrals/{referral}", {}),
        ("all", "/staff/due", {"scheme": "gateshead"}),
        ("all", "/api/figures/users", {"as_of": "2025-03-09"}),
    ]
    assert all(entry["at"].replace(tzinfo=UTC) >= began.replace(microsecond=0) for entry in seen)
    assert events[0].data.person_ref not in str(seen)


async def test_what_cannot_be_put_down_is_not_shown(staffed: Staffed) -> None:
    outcomes = staffed.world.database("outcomes")
    async with staffed.signed_in() as http:
        await outcomes.command("collMod", "staff_reads", validator={"who": {"$ne": "all"}})
        try:
            answer = await http.get("/staff")
        finally:
            await outcomes.command("collMod", "staff_reads", validator={})
        assert answer.status_code == 500
        assert "/staff/schemes/" not in answer.text
        assert (await http.get("/staff")).status_code == 200


async def test_a_referral_says_what_it_is_counted_in_and_nothing_of_its_person(staffed: Staffed) -> None:
    referral, events = await told(staffed, "location-06")
    async with staffed.signed_in() as http:
        page = (await http.get(f"/staff/referrals/{referral}")).text
        assert "In work or training on completing the programme" in page
        assert "out of work" in page
        assert all(event.id in page for event in events)
        assert events[0].data.person_ref not in page
        assert "made-up-adviser" not in page
        assert "Synthetic" in page
        one = await http.get(f"/staff/referrals/{referral}/events/{staffed.world.partner}/session-held/{events[1].id}")
        assert "Left with a plan" in one.text
        assert (await http.get(f"/staff/referrals/{referral}/events/acme/session-held/nothing")).status_code == 404


async def test_a_figure_leads_to_the_referrals_and_events_that_it_is_made_of(staffed: Staffed) -> None:
    referral, events = await told(staffed, "location-02")
    async with staffed.signed_in() as http:
        page = (await http.get(f"/staff/schemes/{SCHEME}?area=location-02")).text
        behind = re.search(r'href="(/staff/schemes/[\w-]+/behind\?measure=left-with-plan[^"]+)"', page)
        assert behind is not None
        found = (await http.get(behind[1].replace("&amp;", "&"))).text
        assert f"/staff/referrals/{referral}" in found
        assert events[1].id in found  # the session in which the plan was agreed
        assert events[0].data.person_ref not in found
        unknown = await http.get(f"/staff/schemes/{SCHEME}/behind?measure=nothing")
        assert unknown.status_code == 404
        assert "Left with a plan" in unknown.text


async def test_figures_are_shown_as_they_were_known_and_what_changed_them_since(staffed: Staffed) -> None:
    referral, _ = await told(staffed, "location-01")
    before = datetime.now(UTC).date() - timedelta(days=1)
    second = str(uuid.uuid4())
    for event in [replace(event, accepted_at=datetime.now(UTC)) for event in story(second, "location-01")]:
        await staffed.world.announce(event)
    journeys = staffed.world.database("outcomes")["journeys"]
    await staffed.world.until(lambda: journeys.find_one({"_id": second, "version": 4}))
    async with staffed.signed_in() as http:
        known = (await http.get(f"/staff/schemes/{SCHEME}/known?day={before}")).text
        assert "As known then" in known
        why = re.search(
            r'href="(/staff/schemes/[\w-]+/restated\?measure=completer-success[^"]+synthetic=true[^"]+)"', known
        )
        assert why is not None
        changed = (await http.get(why[1].replace("&amp;", "&"))).text
        assert f"/staff/referrals/{second}" in changed
        assert "Came late" in changed
        assert referral not in changed
        assert (await http.get(f"/staff/schemes/{SCHEME}/known?day=yesterday")).status_code == 400


async def test_live_figures_change_while_somebody_looks_and_only_those_that_changed_are_sent(staffed: Staffed) -> None:
    await told(staffed, "location-10")
    async with staffed.signed_in() as http:
        page = (await http.get(f"/staff/schemes/{SCHEME}?area=location-10")).text
        seen = re.search(r'data-live-seen="(\w+)"', page)
        assert seen is not None, page
        asked = http.stream(
            "GET", f"/staff/live/schemes/{SCHEME}", params={"area": "location-10", "seen": seen[1]}, timeout=30
        )
        async with asked as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 3000"
            await told(staffed, "location-10")
            changed: dict[str, Any] = {}
            key = "synthetic/location-10/users/seed/k"
            async for line in lines:
                if line.startswith("data: "):
                    changed = json.loads(line.removeprefix("data: "))
                    if key in changed:
                        break
        shown = re.search(rf'data-live="{key}">([^<]*)<', page)
        assert shown is not None
        assert (shown[1], changed[key]) == ("1", "2")
        assert f"{key.removesuffix('/k')}/u" not in changed
        assert {name.split("/")[1] for name in changed} == {"location-10"}


async def test_streams_end_when_the_service_stops(world: World, staffed: Staffed) -> None:
    token = staffed.tokens["all"]
    async with httpx.AsyncClient(timeout=30) as http:
        async with world.running("outcomes", LIVE_WITHOUT_SIGN_IN="false") as second:
            answer = await http.post(f"{second}/staff/sign-in", data={"token": token})
            cookie = {"cookie": f"footing-staff={answer.cookies['footing-staff']}"}
            asked = http.build_request("GET", f"{second}/staff/live/schemes/gateshead", headers=cookie)
            stream = await http.send(asked, stream=True)
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 3000"
        assert [line async for line in lines if line.startswith("event:")] in ([], ["event: figures"])
        await stream.aclose()


async def test_data_quality_and_what_is_due_have_pages_of_their_own(staffed: Staffed) -> None:
    await told(staffed, "location-12")
    async with staffed.signed_in() as http:
        quality = (await http.get("/staff/quality")).text
        assert "Data quality by scheme, synthetic events" in quality
        assert "Follow-ups after which the work status is known" in quality
        assert "What is due: Employment advisers" in (await http.get("/staff/due", params={"scheme": SCHEME})).text
        assert "In which scheme?" in (await http.get("/staff/due")).text
        unknown = await http.get("/staff/due", params={"scheme": "nowhere"})
        assert unknown.status_code == 404
        assert "Gateshead" in unknown.text


async def test_nobody_is_let_in_once_disabled(staffed: Staffed) -> None:
    registry = StaffRegistry(staffed.world.settings)
    token = await asyncio.to_thread(registry.add, "leaver")
    async with staffed.client() as http:
        await http.post("/staff/sign-in", data={"token": token})
        assert (await http.get("/staff")).status_code == 200
        await asyncio.to_thread(registry.disable, "leaver")
        assert (await http.get("/staff")).status_code == 303
        shown = await http.get("/api/schemes", headers={"Authorization": f"Bearer {token}"})
        assert shown.status_code == 401
