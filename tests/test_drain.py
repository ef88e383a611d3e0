"""Before maintenance everything is brought to rest, and afterwards it goes on; what does not come to rest is undone."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from click.testing import Result
from support.whole import Whole
from typer.testing import CliRunner

from ops.holding import LOOPS
from ops.main import build
from ops.services import SERVICES

FOOTING = str(Path(sys.executable).with_name("footing"))


def footing(whole: Whole, *words: str) -> Result:
    environment = {"FOOTING_OPERATOR": "j-smith", **whole.environment()}
    return CliRunner().invoke(build(words[0]), [*words], env=environment)


def paused(whole: Whole) -> list[str]:
    said = json.loads(footing(whole, "pause", "--json").stdout)
    return [f"{each['service']} {each['loop']}" for each in said]


def test_everything_comes_to_rest_and_goes_on_again(whole: Whole) -> None:
    done = footing(whole, "drain", "--why", "a new disk")
    try:
        assert done.exit_code == 0, done.stderr
        assert done.stdout.startswith("It is safe: nothing is in hand.")
        assert done.stderr.index("referral gate takes nothing more") < done.stderr.index("case gate takes nothing more")
        assert paused(whole) == [str(name) for name in LOOPS]
        for service in SERVICES:
            assert whole.database(service)["outbox"].count_documents({}) == 0
            loops = {name.loop for name in LOOPS if name.service == service}
            assert loops <= set(whole.database(service)["positions"].distinct("loop"))
        again = footing(whole, "drain", "--why", "twice")
        assert (again.exit_code, "Resume first." in again.stderr) == (1, True)
    finally:
        assert footing(whole, "resume", "--all").exit_code == 0
    assert paused(whole) == []


def test_what_does_not_come_to_rest_or_is_interrupted_goes_on_as_before(whole: Whole) -> None:
    positions = whole.database("notify")["positions"]
    stuck = {"_id": "telling/made-up", "loop": "telling", "topic": "permissions", "partition": 0, "next": -3}
    positions.insert_one(stuck)  # a position that nobody moves
    try:
        late = footing(whole, "drain", "--why", "a new disk", "--wait", "6")
        assert late.exit_code == 1
        assert "notify telling has" in late.stderr
        assert "everything goes on as before" in late.stderr
        assert paused(whole) == []
        said = interrupted(whole, "notify telling has")
        assert said.endswith("Stopped; everything goes on as before.\n")
        assert paused(whole) == []
    finally:
        positions.delete_one({"_id": "telling/made-up"})


def interrupted(whole: Whole, when: str) -> str:
    """What somebody is told who presses Ctrl-C once the command has said this."""
    words = (FOOTING, "drain", "--why", "a new disk")
    environment = {"PATH": "/usr/bin:/bin", **whole.environment()}
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        while when not in process.stderr.readline():
            assert process.poll() is None
        assert len(paused(whole)) == 3
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(60) == 1
    return said
