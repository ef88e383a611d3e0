"""The board as a process on everything running: who comes in, what is shown, live, and with MongoDB away."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient
from recovery.parts.proxy import Proxies, Proxy
from recovery.parts.wire import MongoWire
from support.whole import Whole

from ops.localstack import ports
from ops.staffing import StaffRegistry

NOBODY = "http://127.0.0.1:1"
FOOTING = str(Path(sys.executable).with_name("footing"))


@dataclass(frozen=True)
class Board:
    """A board whose way to MongoDB is a proxy, and which is told that the case service is where nobody answers."""

    url: str
    mongodb: Proxy
    tokens: dict[str, str]
    process: "subprocess.Popen[str]"

    @contextmanager
    def visitor(self, who: str | None = None) -> Iterator[httpx.Client]:
        """Somebody with a browser of their own, signed in or not."""
        with httpx.Client(base_url=self.url, timeout=30) as http:
            if who:
                answer = http.post("/board/sign-in", data={"token": self.tokens[who]})
                assert (answer.status_code, answer.headers["location"]) == (303, "/board")
            yield http

    def state(self, http: httpx.Client) -> dict[str, Any]:
        answer = http.get("/board/api/state")
        assert answer.status_code == 200
        said: dict[str, Any] = answer.json()
        return said


@pytest.fixture(scope="module")
def board(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    staff = StaffRegistry(whole.settings)
    tokens = {"operator": staff.add("b-operator", operator=True), "analyst": staff.add("b-analyst")}
    mongod = int(whole.stack.mongo_url.rpartition(":")[2].partition("/")[0])
    with ExitStack() as ends:
        proxies = ends.enter_context(Proxies())
        mongodb = proxies.add(Proxy(MongoWire(), ports.take(None, None, "the proxy"), mongod))
        port = ports.take(None, None, "the board")
        urls = {f"{name.upper()}_URL": url for name, url in whole.services.urls.items()}
        environment = {
            **os.environ, **whole.environment(), **urls, "CASE_URL": NOBODY, "LOG_FORMAT": "json",
            "FOOTING_HOME": str(tmp_path_factory.mktemp("home")),
            "MONGO_URL": f"mongodb://127.0.0.1:{mongodb.port}/?directConnection=true",
        }  # fmt: skip
        process = subprocess.Popen(
            [FOOTING, "board", "--port", str(port)], env=environment, stdout=subprocess.PIPE, text=True
        )
        ends.callback(_end, process)
        assert process.stdout is not None
        assert process.stdout.readline() == f"The board is at http://127.0.0.1:{port}/board\n"
        assert json.loads(process.stdout.readline())["event"] == "started"
        found = Board(f"http://127.0.0.1:{port}", mongodb, tokens, process)
        _until_it_looked(found)
        yield found


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert json.loads(said.splitlines()[-1])["event"] == "stopped"


def _until_it_looked(board: Board) -> None:
    """The stream says each look; the services, the loops of the one that is away, and the parts come one by one."""
    headers = {"Authorization": f"Bearer {board.tokens['operator']}"}
    retries = httpx.HTTPTransport(retries=5)
    with httpx.Client(base_url=board.url, timeout=30, headers=headers, transport=retries) as http:
        for _ in fragments(http):
            services = {service["service"]: service for service in board.state(http)["services"]}
            if len(services) == 5 and all(service["loops"] for service in services.values()):
                return


def fragments(http: httpx.Client) -> Iterator[dict[str, str]]:
    """What the stream says, look by look, for as long as a test may take."""
    with http.stream("GET", "/board/live") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for number, line in enumerate(stream.iter_lines()):
            assert number < 1000
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def test_who_is_not_signed_in_is_asked_to_and_scripts_are_told(board: Board) -> None:
    with board.visitor() as http:
        asked = http.get("/board/parked?cause=KeyError")
        assert asked.status_code == 303
        assert asked.headers["location"] == "/board/sign-in?next=%2Fboard%2Fparked%3Fcause%3DKeyError"
        assert "The board is for operators." in http.get("/board/sign-in").text
        assert http.get("/board/api/state").status_code == 401
        assert http.get("/board/live").headers["www-authenticate"] == "Bearer"
        assert http.post("/board/sign-in", data={"token": "fst_nobody_" + "x" * 43}).status_code == 403


def test_staff_who_are_no_operators_stay_out_and_are_told_who_could_let_them_in(board: Board) -> None:
    with board.visitor("analyst") as http:
        answer = http.get("/board")
        assert answer.status_code == 403
        assert "footing staff operator b-analyst" in answer.text
        headers = {"Authorization": f"Bearer {board.tokens['analyst']}"}
        assert http.get("/board/api/state", headers=headers).status_code == 403


def test_a_right_that_is_withdrawn_is_over_at_once(board: Board, whole: Whole) -> None:
    with board.visitor("operator") as http:
        assert http.get("/board").status_code == 200
        StaffRegistry(whole.settings).let_operate("b-operator", False)
        assert http.get("/board").status_code == 403
        StaffRegistry(whole.settings).let_operate("b-operator", True)
        assert http.get("/board").status_code == 200


def test_the_page_shows_every_loop_also_of_a_service_that_is_down(board: Board) -> None:
    with board.visitor("operator") as http:
        answer = http.get("/board")
    page = answer.text
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "style=" not in page
    for said in ("referral: gate", "case: gate", "outcomes: projector", "notify: telling", "door: fates", "journeys"):
        assert said in page
    assert "does not answer (ConnectError)" in page
    assert "/board/runbooks/service-down" in page
    assert "Signed in as <strong>b-operator</strong>" in page


def test_scripts_read_the_same_as_json(board: Board) -> None:
    headers = {"Authorization": f"Bearer {board.tokens['operator']}"}
    with httpx.Client(base_url=board.url, headers=headers) as script:
        said = board.state(script)
    services = {service["service"]: service for service in said["services"]}
    assert {name: service["state"] for name, service in services.items()} == {
        "referral": "ready", "case": "down", "outcomes": "ready", "notify": "ready", "door": "ready",
    }  # fmt: skip
    assert services["case"]["loops"][0]["loop"] == "gate"
    assert "FootingServiceDown" in {alarm["rule"] for alarm in said["alarms"]}
    assert not said["fine"]
    assert {part["part"]: part["up"] for part in said["parts"]} == {"kafka": True, "mongod": True}
    assert "inbox.acme.session-held" in said["topics_a_minute"]


def test_who_signs_out_is_out(board: Board) -> None:
    with board.visitor("operator") as http:
        elsewhere = http.post("/board/sign-out", headers={"Origin": "https://elsewhere.example"})
        assert elsewhere.status_code == 403
        assert http.get("/board").status_code == 200
        assert http.post("/board/sign-out").headers["location"] == "/board/sign-in"
        assert http.get("/board").status_code == 303


def test_a_point_a_minute_is_put_down_without_any_identity(board: Board, whole: Whole) -> None:
    with MongoClient[dict[str, Any]](whole.stack.mongo_url) as client, board.visitor("operator") as http:
        history = client["footing_ops"]["history"]
        looks = fragments(http)
        while (stored := history.find_one()) is None:
            next(looks)
        looks.close()
        assert stored is not None
        assert set(stored) == {"_id", "at", "loops", "read_models", "alarms"}
        assert "case gate" in stored["loops"]
        kept = next(index for index in history.list_indexes() if index["key"] == {"at": 1})
        assert kept["expireAfterSeconds"] == 25 * 60 * 60


def test_with_mongodb_away_it_shows_what_it_knew_and_lets_nobody_new_in(board: Board) -> None:
    with board.visitor("operator") as http, board.visitor() as stranger:
        assert http.get("/board").status_code == 200
        looks = fragments(http)
        assert set(next(looks)) == {"answer", "flow", "tables", "history"}
        board.mongodb.shut()
        said = ""
        while "Loops are shown as they were last known" not in said:
            said = next(looks).get("answer", said)
        looks.close()
        assert "MongoDB does not answer since" in said
        page = http.get("/board")
        assert page.status_code == 200
        assert "MongoDB is away: you may look, and act when it is back." in page.text
        state = board.state(http)
        assert state["age_seconds"] > 10
        assert next(service for service in state["services"] if service["service"] == "case")["loops"]

        unknown = stranger.get("/board", headers={"Authorization": "Bearer fst_somebody_" + "x" * 43})
        assert unknown.status_code == 503
        assert "Nobody new comes in now" in unknown.text
        assert stranger.get("/health/ready").status_code == 200

        board.mongodb.heal()
        for said in fragments(http):
            if "answer" in said and "MongoDB does not answer" not in said["answer"]:
                break
        assert "you may look" not in http.get("/board").text
