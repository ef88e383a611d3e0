"""docker-compose.yml and Dockerfile as data, for what is checked of them without an engine."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SERVICES = ("referral", "case", "outcomes", "notify", "door")
BOARD = "board"
PARTS = ("kafka", "mongo")


@cache
def compose() -> dict[str, Any]:
    """The whole file, its variables at their defaults."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{\w+:-(\w+)\}", r"\1", text))
    return found


def container(name: str) -> dict[str, Any]:
    """What the file says of one container."""
    said: dict[str, Any] = compose()["services"][name]
    return said


def published(name: str) -> list[tuple[str, int, int]]:
    """(address, port outside, port inside) of each port of a container."""
    parts = [port.split(":") for port in container(name).get("ports", ())]
    return [(address, int(outside), int(inside)) for address, outside, inside in parts]


@cache
def instructions() -> tuple[tuple[str, str], ...]:
    """(instruction, its text) of the Dockerfile, in order, continuation lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines)
    return tuple(
        (word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines()) if word
    )


def final_stage() -> tuple[tuple[str, str], ...]:
    """The instructions that make the image itself."""
    found = instructions()
    begins = max(number for number, (word, _) in enumerate(found) if word == "FROM")
    return found[begins:]


def image_environment() -> Mapping[str, str]:
    """What the image sets in the environment."""
    texts = [text for word, text in final_stage() if word == "ENV"]
    return dict(pair.split("=", 1) for text in texts for pair in text.split())


def health_check() -> list[str]:
    """The command that says whether a service's container is healthy."""
    text = next(text for word, text in final_stage() if word == "HEALTHCHECK")
    command: list[str] = json.loads(text.partition("CMD ")[2])
    return command
