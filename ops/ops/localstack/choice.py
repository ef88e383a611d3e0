"""Where Kafka and MongoDB come from: given, Docker, or child processes; never chosen in silence."""

import os
from dataclasses import dataclass
from typing import Literal

from ops.errors import Missing

Kind = Literal["given", "docker", "local"]
FORCE = "FOOTING_PARTS"
KINDS: dict[str, Kind] = {"given": "given", "docker": "docker", "local": "local"}


@dataclass(frozen=True)
class Choice:
    """A source of parts, and why it was chosen."""

    kind: Kind
    why: str


def choose() -> Choice:
    """Choose by the environment and by what is there; `FOOTING_PARTS` = given, docker or local forces one."""
    forced = _forced()
    if forced:
        return _checked(Choice(forced, f"{FORCE}={forced}"))
    if _given():
        return Choice("given", "KAFKA_URL and MONGO_URL are given")
    problem = _docker_problem()
    if problem is None:
        return Choice("docker", "a Docker engine answers and has the images")
    return Choice("local", f"no KAFKA_URL and MONGO_URL are given, and {problem}")


def _forced() -> Kind | None:
    word = os.environ.get(FORCE)
    if word and word not in KINDS:
        raise Missing(f"{FORCE} is {word!r}.", "Set it to given, docker or local, or leave it out.")
    return KINDS[word] if word else None


def _checked(choice: Choice) -> Choice:
    if choice.kind == "given" and not _given():
        raise Missing(f"{FORCE}=given, and neither KAFKA_URL nor MONGO_URL is set.", "Set both.")
    if choice.kind == "docker" and (problem := _docker_problem()):
        raise Missing(f"{FORCE}=docker, and {problem}.", "Start the engine and pull the images, or choose another way.")
    return choice


def _given() -> bool:
    values = {name: os.environ.get(name) for name in ("KAFKA_URL", "MONGO_URL")}
    lacking = [name for name, value in values.items() if not value]
    if len(lacking) == 1:
        other = next(name for name in values if name not in lacking)
        raise Missing(f"{other} is set and {lacking[0]} is not.", f"Set both, or unset {other}.")
    return not lacking


def _docker_problem() -> str | None:
    from ops.localstack import containers

    return containers.problem()
