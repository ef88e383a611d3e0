"""What a process prints is made for machines, and holds no value of anybody's."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

PACKAGES: Final = (
    "contracts", "servicekit",
    "referral_service", "case_service", "outcomes_service", "notify_service", "door_service",
)  # fmt: skip
OUR_OWN_WORDS: Final = {  # shown to operators, and made of nothing that anybody sent
    "runner.py: str(fault)",  # a stop, in our words: how many keys fail, where a log ends, which versions are stored
    "service.py: str(unfit)",  # what of the settings or the parts is not as it must be
    "routes.py: str(missing)",  # which file of the contract is not there
    "making.py: {why}",  # a release that cannot be made
    "plans.py: {error}",  # a plan of releases that cannot be read
    "differences.py: {undecided}",  # a change of the contract that could not be judged
}
SAYS = """
import logging
from servicekit import logs
logs.configure("json")
for broker in ("a broker", "another", "the same again"):
    logging.getLogger("aiokafka.cluster").warning("no answer from %s", broker)
try:
    int("a value")
except ValueError:
    logging.getLogger("asyncio").exception("a task failed")
"""


def test_what_a_library_warns_of_is_a_line_of_json_once_in_a_while_and_of_an_exception_only_its_type_is_told() -> None:
    said = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert [(line["event"], line["level"], line["logger"], line.get("cause")) for line in lines] == [
        ("no answer from a broker", "warning", "aiokafka.cluster", None),
        ("a task failed", "error", "asyncio", "ValueError"),
    ]
    assert "a value" not in said.stdout + said.stderr


LEFT_ALONE = """
import asyncio, gc
from servicekit import logs
from servicekit.unhandled import unhandled
logs.configure("json")

async def fails():
    raise ValueError("a value")

def stumbles(_value):
    raise ValueError("a value")

async def main():
    asyncio.get_running_loop().set_exception_handler(unhandled)
    task = asyncio.create_task(fails(), name="fails")
    await asyncio.wait([task])
    del task
    gc.collect()
    asyncio.get_running_loop().call_soon(stumbles, "a value")
    await asyncio.sleep(0)
    await asyncio.sleep(0)

asyncio.run(main())
"""


def test_of_what_nobody_waited_for_its_kind_and_place_are_told() -> None:
    said = subprocess.run([sys.executable, "-c", LEFT_ALONE], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert [(line["event"], line["cause"], line["where"]) for line in lines] == [
        ("unhandled", "ValueError", "<string>:8"),
        ("unhandled", "ValueError", "<string>:11"),
    ]
    assert "a value" not in said.stdout + said.stderr


ENDS = """
from servicekit.service import run

def build():
    raise ValueError("a value")

run(build)
"""


def test_of_what_ends_a_process_its_kind_and_place_are_told() -> None:
    said = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, check=False)
    (line,) = [json.loads(line) for line in said.stdout.splitlines()]
    assert (said.returncode, line["event"], line["cause"], line["where"]) == (
        1, "ended_by_a_bug", "ValueError", "<string>:5",
    )  # fmt: skip
    assert "a value" not in said.stdout + said.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_nowhere_is_the_text_of_an_exception_made_into_words_but_of_our_own(package: str) -> None:
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    found = {
        f"{file.name}: {shown}"
        for file in Path(spec.origin).parent.rglob("*.py")
        for shown in texts_of_exceptions(ast.parse(file.read_text()))
    }
    assert found <= OUR_OWN_WORDS


def test_a_text_of_an_exception_would_be_found() -> None:
    bad = """
try:
    f()
except ValueError as error:
    log.info("a", why=error)
    log.info("b", why=str(error))
    log.info(f"c {error}")
    log.exception("d")
    log.info("e", exc_info=True)
    log.info("f", cause=type(error).__name__, where=place_of(error))
"""
    assert [*texts_of_exceptions(ast.parse(bad))] == [
        "log.info('a', why=error)", "str(error)", "{error}", "log.exception('d')", "log.info('e', exc_info=True)",
    ]  # fmt: skip


def texts_of_exceptions(tree: ast.AST) -> Iterator[str]:
    """Where the text of something caught may be shown: made into a text, or given to a logger."""
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name):
        for node in (inner for line in handler.body for inner in ast.walk(line)):
            if any(isinstance(value, ast.Name) and value.id == handler.name for value in shown_in(node)):
                yield f"{{{handler.name}}}" if isinstance(node, ast.FormattedValue) else ast.unparse(node)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_log(node.func)):
            continue
        if node.func.attr == "exception" or any(given.arg == "exc_info" for given in node.keywords):
            yield ast.unparse(node)


def shown_in(node: ast.AST) -> list[ast.expr]:
    """What of it becomes a text that somebody may read."""
    match node:
        case ast.FormattedValue(value=value):
            return [value]
        case ast.Call(func=ast.Name(id="str" | "repr" | "format"), args=values):
            return values
        case ast.Call(func=ast.Attribute() as called, args=values, keywords=named) if is_log(called):
            return [*values, *(given.value for given in named)]
    return []


def is_log(called: ast.Attribute) -> bool:
    return ast.unparse(called.value).split(".")[-1] in ("log", "logger")
