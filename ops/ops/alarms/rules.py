"""The alert rules as they stand for Prometheus: how bad each is, its page, and beyond which number it is heard."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import yaml

Severity = Literal["critical", "warning"]

_ABOVE: Final = re.compile(r"> ([\d.]+)")
_SHARE: Final = re.compile(r"> ([\d.]+) \*")
_WINDOW: Final = re.compile(r"\[(\d+)([smhd])\]")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
ONLY_PROMETHEUS: Final[Mapping[str, str]] = {
    "FootingServiceUnknown": "it is about what Prometheus itself is told to scrape",
    "FootingDoorFails": "it counts the answers of a quarter of an hour",
    "FootingFallsDueInVain": "it counts what happened within an hour",
    "FootingWaitingGrows": "it compares with a day ago",
    "FootingManyRefused": "it counts the events of six hours; the board, which looks all the time, has it",
    "FootingRebuildStuck": "it compares with a quarter of an hour ago",
    "FootingNotifyGaveUp": "it counts what was given up within a day",
}
"""The rules of which nothing can be said by looking once, and why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One of them. `above`: the number that a state has to exceed; None: it is or it is not. `says`: its impact.

    `share`: the part of something else that it has to exceed too; `window_seconds`: over how long it counts.
    """

    name: str
    severity: Severity
    runbook: str
    above: float | None
    says: str
    share: float | None = None
    window_seconds: int | None = None


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Rule]:
    """All of them by name."""
    groups = yaml.safe_load(_file().read_text(encoding="utf-8"))["groups"]
    found: dict[str, Rule] = {}
    for stored in (rule for group in groups for rule in group["rules"]):
        said, above = stored["annotations"], _ABOVE.search(stored["expr"])
        share, window = _SHARE.search(stored["expr"]), _WINDOW.search(stored["expr"])
        found[stored["alert"]] = Rule(
            name=stored["alert"],
            severity=stored["labels"]["severity"],
            runbook=said["runbook"],
            above=float(above[1]) if above else None,
            says=said["impact"],
            share=float(share[1]) if share else None,
            window_seconds=int(window[1]) * _SECONDS[window[2]] if window else None,
        )
    return found


def above(name: str) -> float:
    """The number that the state has to exceed which this rule looks at."""
    number = rules()[name].above
    if number is None:
        raise ValueError(f"{name} compares with no number")
    return number


def share(name: str) -> float:
    """The part of something else that the state has to exceed which this rule looks at."""
    part = rules()[name].share
    if part is None:
        raise ValueError(f"{name} compares with no part")
    return part


def window_seconds(name: str) -> int:
    """Over how long this rule counts."""
    window = rules()[name].window_seconds
    if window is None:
        raise ValueError(f"{name} counts nothing")
    return window


def _file() -> Path:
    folder = os.environ.get("MONITORING_DIR") or Path(__file__).resolve().parents[2] / "monitoring"
    return Path(folder) / "rules.yaml"
