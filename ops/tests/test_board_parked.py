"""The board's pages of parked records, on a running loop: seen, tried out, done, covered, put down."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support import toy
from support.operators import Board, board, hidden, words
from support.stage import Stage


@pytest.fixture
async def operators(stage: Stage, kafka_url: str, mongo_url: str) -> AsyncIterator[Board]:
    """The board over the toy, which stands in the place of the case service."""
    prefix, client = stage.database.name.removesuffix("toy"), stage.database.client
    stage.database = client[f"{prefix}case"]
    settings = {"kafka_url": kafka_url, "mongo_url": mongo_url, "http_port": 0, "database_prefix": prefix}
    made = board(settings, client)
    yield made
    await made.http.aclose()
    for name in ("case", "ops"):
        await client.drop_database(prefix + name)


async def put_down(stage: Stage) -> list[dict[str, Any]]:
    """The audit log, the earliest first."""
    database = stage.database.client[stage.database.name.removesuffix("case") + "ops"]
    return [entry async for entry in database["audit"].find({}, {"_id": 0, "at": 0}).sort("_id", 1)]


def ours(stage: Stage) -> dict[str, Any]:
    """What our partner said: tests share a broker, and others' records are parked here too."""
    return {"record.topic": f"inbox.{stage.partner}.session-held"}


async def two_are_parked(stage: Stage) -> tuple[list[str], Any]:
    """Two referrals, of each a session that meets the bug and one behind it; and the worker that parked them."""
    referrals = [str(uuid.uuid4()) for _ in range(2)]
    for referral in referrals:
        await stage.referral(referral)
    worker = await stage.worker()
    for referral in referrals:
        await stage.until(lambda key=referral: stage.toy(key))
        await stage.session(referral, partition=0, minutes=13)
        await stage.session(referral, partition=0)

    async def parked() -> bool:
        return bool(await stage.database["parked"].count_documents(ours(stage)) == 4)

    await stage.until(parked)
    return referrals, worker


async def test_a_group_is_seen_tried_out_and_retried_once_however_often_the_form_is_sent(
    stage: Stage, operators: Board
) -> None:
    referrals, worker = await two_are_parked(stage)
    listed = await operators.get("/parked")
    [group] = re.findall(rf'groups/([0-9a-f]{{8}})"(?:(?!</tr>).)*inbox.{stage.partner}', listed.text, re.DOTALL)
    page = await operators.get(f"/parked/groups/{group}")
    assert "Cause ValueError Place in the code toy.py:" in words(page)
    assert "Bridgend: 4 sessions are parked. Short by up to 4:" in words(page)
    assert "4, of which 2 failed; the others stand behind them" in words(page)
    assert all(referral in page.text for referral in referrals)
    unsaid = await operators.sent(f"/parked/groups/{group}/note", remark=hidden(page, "remark"))
    assert (unsaid.status_code, 'href="#note"' in unsaid.text) == (422, True)
    remark = {"remark": hidden(page, "remark"), "note": "mended <soon>"}
    for _ in range(2):
        noted = await operators.post(f"/parked/groups/{group}/note", **remark)
    assert "mended &lt;soon&gt;" in noted.text

    tried = await operators.post("/parked/mendings", mending=hidden(page, "mending"), what="retry", group=group)
    assert "Would stay, with what stands behind" in words(tried)
    assert words(tried).count(f"inbox.{stage.partner}.session-held/0/") == 2

    await worker.stop()
    stage.runners.clear()
    await stage.worker(toy.MENDED)
    page = await operators.get(f"/parked/groups/{group}")
    form = {"mending": hidden(page, "mending"), "what": "retry", "group": group}
    begun = await asyncio.gather(*(operators.sent("/parked/mendings", **form) for _ in range(2)))
    assert {answer.headers["location"] for answer in begun} == {f"/board/parked/mendings/{form['mending']}"}
    tried = await operators.get(f"/parked/mendings/{form['mending']}")
    assert "4 records, with those behind them" in words(tried)
    assert words(tried).count("version 1 -> 3, parked 2 -> 0 sessions") == 2
    assert await stage.database["parked"].count_documents(ours(stage) | {"asked": {"$exists": True}}) == 0

    path = f"/parked/mendings/{form['mending']}"
    done = await asyncio.gather(*(operators.post(f"{path}/ask", why="mended") for _ in range(2)))
    for answer in [*done, await operators.get(path)]:
        assert "It is done. 2 have an answer." in words(answer)
        assert "In all 2 done" in words(answer)
    assert [len((await stage.toy(referral))["sessions"]) for referral in referrals] == [2, 2]
    assert len(await stage.receipts(4, "accepted")) == 4

    noted_entry, asked, ended = await put_down(stage)
    assert {entry["who"] for entry in (noted_entry, asked, ended)} == {"j-smith"}
    assert (noted_entry["what"], noted_entry["after"]) == (f"parked note {group}", {"note": "mended <soon>"})
    assert (asked["what"], asked["why"]) == (f"parked retry {group}", "mended")
    assert (asked["before"], asked["after"]) == ({"parked": 2}, {"asked": 2})
    assert (ended["before"], ended["after"]) == ({"asked": 2}, {"done": 2})
    gone = await operators.get(f"/parked/groups/{group}")
    assert (gone.status_code, "No such group" in gone.text) == (404, True)
    lately = words(await operators.get("/parked"))
    assert group not in lately.partition("What was done lately")[0]
    assert f"retry of {group} j-smith 2 It is done" in lately


async def test_a_record_is_covered_until_somebody_says_why_and_given_up_with_a_reason_alone(
    stage: Stage, operators: Board
) -> None:
    await two_are_parked(stage)
    place = f"inbox.{stage.partner}.session-held/0/0"
    shown = await operators.get(f"/parked/records/{place}")
    assert '"mechanism": "01"' in shown.text.replace("&#34;", '"')
    assert "fictional-adviser-token-1" not in shown.text
    unsaid = await operators.sent(f"/parked/records/{place}/reveal", why=" ")
    assert (unsaid.status_code, "fictional-adviser-token-1" in unsaid.text) == (422, False)
    assert "Say why" in words(unsaid)
    assert await put_down(stage) == []
    revealed = await operators.sent(f"/parked/records/{place}/reveal", why="the partner asks")
    assert "fictional-adviser-token-1" in revealed.text
    assert revealed.headers["cache-control"] == "no-store"
    [looked] = await put_down(stage)
    assert (looked["who"], looked["what"]) == ("j-smith", f"parked show {place} --reveal")
    assert (looked["why"], looked["after"]) == ("the partner asks", {"revealed": place})

    form = {"mending": hidden(shown, "mending", 1), "what": "discard", "place": place}
    tried = await operators.post("/parked/mendings", **form)
    assert "Parked no more 2: 1 applied, 1 refused" in words(tried)
    path = f"/parked/mendings/{form['mending']}"
    unsaid = await operators.sent(f"{path}/ask")
    assert (unsaid.status_code, 'href="#why"' in unsaid.text) == (422, True)
    done = await operators.post(f"{path}/ask", why="sent by a test of theirs")
    assert "In all 1 done" in words(done)
    refused = await stage.receipts(1, "refused")
    assert [fate for _, fate in refused] == ["refused"]
    assert [entry["why"] for entry in (await put_down(stage))[1:]] == ["sent by a test of theirs"] * 2


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/parked/records/inbox.nobody.session-held/0/0", 404, "Nothing is parked at inbox.nobody.session-held/0/0"),
        ("/parked/records/inbox.nobody.session-held/0/x", 404, "is no place"),
        ("/parked/groups/nowhere", 404, "No such group"),
        ("/parked/mendings/nothing", 404, "There is no mending nothing"),
        ("/parked/elsewhere", 404, "There is no such page"),
    ],
)
async def test_what_is_not_there_is_a_page_that_says_what_is(
    operators: Board, path: str, status: int, said: str
) -> None:
    answer = await operators.get(path)
    assert (answer.status_code, said in words(answer)) == (status, True)
    assert 'href="/board' in answer.text


async def test_nothing_is_done_for_a_form_from_elsewhere_or_for_nobody(operators: Board) -> None:
    form = {"mending": "0" * 32, "what": "retry", "all": "yes"}
    foreign = {"sec-fetch-site": "cross-site"}
    answer = await operators.http.post("/board/parked/mendings", data=form, headers=foreign)
    assert (answer.status_code, "did not come from a page of the board" in answer.text) == (403, True)
    nobody = {"authorization": ""}
    answer = await operators.http.post("/board/parked/mendings", data=form, headers=nobody)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/board/sign-in")
    for broken in (form | {"what": "edit"}, form | {"mending": "x"}, form | {"place": "inbox.acme.session-held/0/0"}):
        assert (await operators.sent("/parked/mendings", **broken)).status_code == 400
    assert (await operators.get(f"/parked/mendings/{form['mending']}")).status_code == 404


async def test_where_mongodb_goes_away_the_page_says_so_and_nothing_is_done(stage: Stage, kafka_url: str) -> None:
    away = {"mongo_url": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50", "mongo_timeout_seconds": 0.2}
    made = board({"kafka_url": kafka_url, "http_port": 0, "live_without_sign_in": True, **away}, stage.database.client)
    form = {"mending": "0" * 32, "what": "retry", "all": "yes"}
    for answer in (await made.get("/parked"), await made.sent("/parked/mendings", **form)):
        assert (answer.status_code, "MongoDB does not answer" in words(answer)) == (503, True)
    await made.http.aclose()
