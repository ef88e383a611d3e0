"""`footing status`: how everything stands, on one screen."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.live import Live

from ops import localstack, tables
from ops.alarms import listing
from ops.alarms.alarm import Alarm
from ops.alarms.gathering import gathered
from ops.commands.options import AsJson
from ops.localstack import Stack
from ops.standing import judging, showing
from ops.standing.asking import NOTHING, Seen, installations
from ops.standing.judging import Fault
from ops.standing.parts import parts_of

_LOOK_EVERY_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Picture:
    stacks: list[Stack]
    parts: list[dict[str, Any]]
    services: Sequence[Seen]
    alarms: list[Alarm]
    faults: list[Fault]

    @property
    def not_fine(self) -> list[str]:
        return listing.not_fine(self.faults, self.alarms)


def status(
    stack: Annotated[str, typer.Option("--stack", help="Only this stack, or `given`; else all there are.")] = "",
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how everything stands: alarms and what they do to the numbers, parts, services, loops, read models.

    Services are found by what a stack knows of them, and by REFERRAL_URL, CASE_URL, OUTCOMES_URL, NOTIFY_URL and
    DOOR_URL; of one that does not answer what MongoDB and Kafka tell is shown. What a dead owner of a stack left
    behind is ended.

    Exit code 0: all is fine; 1: something is not; 3: there is nothing to ask.

    Example: footing status --watch
    """
    if watch:
        _watch(stack, as_json)
        return
    seen = _look(stack)
    if as_json:
        print(json.dumps(_plain(seen), indent=2))
    if not seen.parts and not seen.services:
        raise NOTHING
    if not as_json:
        tables.console().print(_shown(seen))
    if seen.not_fine:
        raise typer.Exit(1)


def _look(only: str) -> _Picture:
    stacks = localstack.all_stacks(say=Console(stderr=True).print)
    asked = installations(stacks, only)
    shown = [stack for stack in stacks if only in ("", stack.name)]
    parts = parts_of(shown, asked)
    picture = asyncio.run(gathered(asked, parts))
    faults = judging.faults(parts, picture.services)
    return _Picture(shown, parts, picture.services, listing.alarms(picture), faults)


def _watch(only: str, as_json: bool) -> None:
    """Ctrl-C is how it is meant to end. The last picture stays."""
    console = tables.console()
    seen: _Picture | None = None
    try:
        if as_json or not console.is_terminal:
            while True:
                seen = _look(only)
                print(json.dumps(_plain(seen)), flush=True) if as_json else console.print(_shown(seen), "")
                time.sleep(_LOOK_EVERY_SECONDS)
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                seen = _look(only)
                live.update(_shown(seen), refresh=True)
                time.sleep(_LOOK_EVERY_SECONDS)
    except KeyboardInterrupt:
        if seen is not None and console.is_terminal and not as_json:
            console.print(_shown(seen))


def _shown(seen: _Picture) -> Any:
    return showing.screen(seen.parts, seen.services, seen.alarms, listing.unsaid(seen.faults, seen.alarms))


def _plain(seen: _Picture) -> dict[str, Any]:
    return {
        "stacks": [_summary(stack) for stack in seen.stacks],
        "parts": seen.parts,
        "services": [_service(one) for one in seen.services],
        "fine": not seen.not_fine,
        "not_fine": seen.not_fine,
        "alarms": [_alarm(alarm) for alarm in seen.alarms],
    }


def _summary(stack: Stack) -> dict[str, Any]:
    known = stack.known
    owner = known.owner.pid if known.owner else None
    return {"stack": known.name, "kind": known.kind, "why": known.why, "owner_pid": owner, "urls": known.urls}


def _alarm(alarm: Alarm) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(replace(alarm, short=()))
    return plain | {"short": [msgspec.to_builtins(each) for each in alarm.short]}


def _service(seen: Seen) -> dict[str, Any]:
    """As the service said it, with the words that people read."""
    plain: dict[str, Any] = msgspec.to_builtins(seen)
    standing = plain.pop("standing") or {}
    loops = [{**msgspec.to_builtins(loop), "state": judging.loop_words(loop)} for loop in seen.loops or ()]
    return {**standing, **plain, "state": judging.service_word(seen), "loops": loops}
