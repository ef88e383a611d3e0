"""What a stack's data folder was made by, so that no other version or kind opens it by mistake."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.errors import Missing

DATA_FILE = "data.json"


@dataclass(frozen=True)
class Maker:
    """Who makes the data: the kind of parts, and the version of each."""

    kind: str
    versions: Mapping[str, str]


def ports_before(folder: Path, maker: Maker) -> dict[str, int]:
    """Return the ports that this stack used before, none if it is new; refuse data that another maker made."""
    path = folder / DATA_FILE
    if not path.is_file():
        return {}
    found = json.loads(path.read_text())
    for what, before, now in _pairs(found, maker):
        if before != now:
            raise Missing(
                f"The data of stack {folder.name} was made by {what} {before}, and this is {what} {now}.",
                f"Delete the data with `footing down --name {folder.name} --wipe`, or start another stack with --name.",
            )
    return dict(found["ports"])


def remember(folder: Path, maker: Maker, ports: Mapping[str, int]) -> None:
    """Write down who makes the data, and the ports to take again next time."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DATA_FILE).write_text(json.dumps({**asdict(maker), "ports": dict(ports)}, indent=2) + "\n")


def _pairs(found: dict[str, dict[str, str]], maker: Maker) -> list[tuple[str, object, str]]:
    lines = [(part, _line(found["versions"][part]), _line(version)) for part, version in maker.versions.items()]
    return [("parts of kind", found["kind"], maker.kind), *lines]


def _line(version: str) -> str:
    """Return major and minor: data passes freely between the patches of one line."""
    return ".".join(version.split(".")[:2])
