"""Walks one fault: planted, noticed by alert and screen, confirmed and mended by the page, figures verified."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from faults import pages
from faults.fault import Fault, Planted, Row
from faults.system import System
from faults.telling import course
from faults.waiting import NotInTime, until

Figures = dict[tuple[Any, ...], tuple[int, ...]]
_NOTICED_SECONDS: Final = 60.0
_MENDED_SECONDS: Final = 90.0


def undisturbed(system: System) -> Figures:
    """By how much figures grow when nothing is wrong."""
    before = system.figures()
    system.partners["acme"].publish(*course())
    system.settle()
    grown = growth(before, system.figures())
    assert len(grown) > 1, "what was said counts in nothing: nothing could be verified by it"
    return grown


def growth(before: Figures, after: Figures) -> Figures:
    """What was added, figure by figure."""
    grown = {
        key: tuple(now - then for now, then in zip(counts, before.get(key, (0, 0, 0)), strict=True))
        for key, counts in after.items()
    }
    return {key: counts for key, counts in grown.items() if any(counts)}


def walk(system: System, fault: Fault, expected: Figures) -> Row:
    """One fault from beginning to end; `wrong` of the row is empty if all was as it must be."""
    row = Row(fault)
    try:
        _quiet(system)
        before, begun = system.figures(), time.monotonic()
        planted = fault.plant(system)
        _noticed(system, row, begun)
        _confirmed(system, row, planted)
        begun = time.monotonic()
        _mended(system, row, planted)
        row.mended_seconds = time.monotonic() - begun
        _verified(system, row, growth(before, system.figures()), expected)
    except NotInTime as late:
        row.wrong.append(str(late))
    return row


def _quiet(system: System) -> None:
    until(lambda: not system.prometheus.firing(), "no alert is said before", _MENDED_SECONDS)


def _noticed(system: System, row: Row, begun: float) -> None:
    """Both at once: an operator looks while Prometheus does."""

    def timed(holds: Callable[[], Any], what: str) -> tuple[Any, float]:
        return until(holds, what, _NOTICED_SECONDS), time.monotonic() - begun

    with ThreadPoolExecutor(2) as both:
        alert = both.submit(timed, lambda: row.fault.alert in system.prometheus.firing(), f"{row.fault.alert} is said")
        board = both.submit(timed, lambda: _screen(system, row.fault.shown), f"a screen shows {row.fault.shown!r}")
        _, row.alert_seconds = alert.result()
        row.screen, row.board_seconds = board.result()


def _screen(system: System, wanted: str) -> list[str]:
    """What stands on the screen, once it says what is wanted."""
    lines = list(json.loads(system.footing("status", "--json").stdout)["not_fine"])
    return lines if any(wanted in line for line in lines) else []


def _confirmed(system: System, row: Row, planted: Planted) -> None:
    ran = pages.run(row.fault.page, pages.CONFIRM, system.here(), planted.values)
    row.commands += [each.command for each in ran]
    row.wrong += [f"{each.command} ended with {each.code}: {each.said}" for each in ran if not each.was_there]


def _mended(system: System, row: Row, planted: Planted) -> None:
    """What the page says to do, then what it says by which one knows."""
    row.fault.mend(system, planted)
    ran = pages.run(row.fault.page, pages.DO, system.here(), planted.values)
    row.commands += [each.command for each in ran]
    row.wrong += [f"{each.command} ended with {each.code}: {each.said}" for each in ran if each.code]
    system.settle()
    for command in pages.commands(row.fault.page, pages.MENDED):
        row.commands.append(command)
        _ends_well(system, command, planted)
    until(lambda: not system.footing("status").returncode, "the screen shows that all is fine", _MENDED_SECONDS)
    until(lambda: not system.prometheus.firing(), "no alert is said any more", _MENDED_SECONDS)


def _ends_well(system: System, command: str, planted: Planted) -> None:
    """The command by which one knows that it is mended, asked until it says so."""
    said: list[str] = []

    def ends_well() -> bool:
        ran = pages.run_one(command, system.here(), planted.values)
        said[:] = [ran.said]
        return not ran.code

    try:
        until(ends_well, f"{command} ends with 0", _MENDED_SECONDS)
    except NotInTime as late:
        raise NotInTime(f"{late}; it says: {said}") from None


def _verified(system: System, row: Row, grown: Figures, expected: Figures) -> None:
    checked = system.footing("verify")
    if checked.returncode:
        row.wrong.append(f"verify does not agree: {checked.stdout}")
    if grown != expected:
        different = sorted(str(key) for key in grown.keys() | expected.keys() if grown.get(key) != expected.get(key))
        row.wrong.append(f"figures are not those of an undisturbed run: {', '.join(different)}")
