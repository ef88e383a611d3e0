"""Runs the commands of a runbook as they stand in the page.

Taken are the `sh` blocks of a section, and under "How to know it is mended" what it says in passing: `footing ...`.
What the page gives as an example (an id, a key) has its real value put in its place. A page speaks of Docker Compose;
here the same things are processes, so these few words have an equivalent, which does the same to the process:

| the page says | here |
|---|---|
| docker compose logs ... SERVICE | its log file |
| docker compose ps [NAME] | `ps` of its process, or of all |
| docker compose up --wait NAME, docker compose restart NAME | it is started again |
| docker compose exec mongo df ... | `df` of MongoDB's disk |
| mongosh ... rs.status() | the same question by the driver |
| timedatectl | `date` |
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
OPERATE: Final = ROOT / "docs" / "operate"
CONFIRM, DO, MENDED = "How to confirm", "What to do", "How to know it is mended"
SECTIONS: Final = ("What is seen", CONFIRM, "What it does to the numbers", DO, MENDED)
_BLOCK: Final = re.compile(r"^[ ]*```sh\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)
_IN_PASSING: Final = re.compile(r"`(footing [^`]+)`")
_BRING_BACK: Final = re.compile(r"docker compose (?:up --wait|restart) (\w+)")
_COMMAND_SECONDS: Final = 90.0
_MEMBERS: Final = (
    "import os, pymongo; print([(m['name'], m['stateStr']) for m in pymongo.MongoClient(os.environ['MONGO_URL'], "
    "serverSelectionTimeoutMS=2000).admin.command('replSetGetStatus')['members']])"
)


@dataclass(frozen=True)
class Ran:
    """A command of a page, how it ended, and what it said."""

    command: str
    code: int
    said: str

    @property
    def was_there(self) -> bool:
        """Whether it ran at all, and was used rightly: 0, 1 and 3 are answers."""
        return self.code in (0, 1, 3)


@dataclass(frozen=True)
class Here:
    """What stands here for what a page speaks of."""

    environment: Mapping[str, str]
    log_of: Callable[[str], Path]
    pids_of: Callable[[str], list[int]]
    bring_back: Callable[[str], None]
    disk: Path


def commands(page: str, section: str) -> list[str]:
    """The commands of a section, as written, without what is remarked behind them."""
    text = _section((OPERATE / f"{page}.md").read_text(encoding="utf-8"), section)
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
    if section == MENDED:
        lines += _IN_PASSING.findall(text)
    return [said for line in lines if (said := re.sub(r"\s+#.*$", "", line).strip())]


def run(page: str, section: str, here: Here, values: Mapping[str, str]) -> list[Ran]:
    """Run them all, in order."""
    return [run_one(command, here, values) for command in commands(page, section)]


def run_one(command: str, here: Here, values: Mapping[str, str]) -> Ran:
    """Run one, with real values in the place of the page's examples."""
    for example, real in values.items():
        command = command.replace(example, real)
    if brought := _BRING_BACK.search(command):
        here.bring_back(brought[1])
        return Ran(command, 0, "")
    done = subprocess.run(
        ["sh", "-c", _equivalent(command, here)], env=dict(here.environment), cwd=ROOT, timeout=_COMMAND_SECONDS,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False,
    )  # fmt: skip
    return Ran(command, done.returncode, done.stdout)


def _equivalent(command: str, here: Here) -> str:
    command = re.sub(
        r"docker compose logs(?: --(?:since|tail) \w+)* (\w+)",
        lambda found: f"cat {shlex.quote(str(here.log_of(found[1])))}", command,
    )  # fmt: skip
    command = re.sub(
        r"docker compose ps *(\w*)",
        lambda found: f"ps -o pid,stat,etime,args -p {','.join(map(str, here.pids_of(found[1])))}", command,
    )  # fmt: skip
    command = re.sub(r"docker compose exec mongo df -h /data/db", f"df -h {shlex.quote(str(here.disk))}", command)
    command = re.sub(r"^mongosh .*rs\.status\(\).*$", f"{sys.executable} -c {shlex.quote(_MEMBERS)}", command)
    return re.sub(r"^timedatectl", "date --utc", command)


def _section(text: str, name: str) -> str:
    return text.partition(f"## {name}\n")[2].partition("\n## ")[0]
