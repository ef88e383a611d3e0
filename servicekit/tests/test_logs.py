"""What a process prints is made for machines, and holds no value of anybody's."""

import json
import subprocess
import sys

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
