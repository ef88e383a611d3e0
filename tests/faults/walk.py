"""Walks faults: planted, noticed by alert and board, confirmed and mended by the page, figures verified."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from faults import pages
from faults.fault import Fault, Row
from faults.system import System
from faults.telling import course
from faults.waiting import NotInTime, until

Figures = dict[tuple[Any, ...], tuple[int, ...]]
_NOTICED_SECONDS: Final = 180.0
_MENDED_SECONDS: Final = 180.0
_VERIFY: Final = "footing verify"


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


def walk(system: System, faults: Sequence[Fault], expected: Figures) -> list[Row]:
    """Faults from beginning to end, mostly one; several that do not meet are planted together, and mended in turn.

    `wrong` of a row is empty if all was as it must be.
    """
    rows = [Row(fault) for fault in faults]
    try:
        _quiet(system)
        before = system.figures()
        for row in rows:
            row.begun = time.monotonic()
            row.planted = row.fault.plant(system)
        _noticed(system, rows)
        for row in rows:
            _confirmed(system, row)
        for row in rows:
            begun = time.monotonic()
            _mended(system, row)
            row.mended_seconds = time.monotonic() - begun
        _quiet(system)
        _verified(system, rows, growth(before, system.figures()), expected)
    except (NotInTime, AssertionError) as failed:
        for row in rows:
            row.wrong.append(str(failed))
    return rows


def _quiet(system: System) -> None:
    until(lambda: not system.prometheus.firing(), "no alert is said", _MENDED_SECONDS)
    until(system.board.is_quiet, "the board shows no alarm", _MENDED_SECONDS)


def _noticed(system: System, rows: Sequence[Row]) -> None:
    """All at once: an operator looks while Prometheus does."""

    def alert(row: Row) -> None:
        rule = row.fault.alert
        until(lambda: rule in system.prometheus.firing(), f"{rule} is said", _NOTICED_SECONDS)
        row.alert_seconds = time.monotonic() - row.begun

    def board(row: Row) -> None:
        rule = row.fault.alert
        row.screen = until(lambda: system.board.shows(rule), f"the board shows {rule}", _NOTICED_SECONDS)
        row.board_seconds = time.monotonic() - row.begun

    looks: list[tuple[Callable[[Row], None], Row]] = [(alert, row) for row in rows]
    looks += [(board, row) for row in rows if row.fault.is_on_board]
    with ThreadPoolExecutor(len(looks)) as together:
        for looked in [together.submit(look, row) for look, row in looks]:
            looked.result()


def _confirmed(system: System, row: Row) -> None:
    ran = pages.run(row.fault.page, pages.CONFIRM, system.here(), row.planted.values)
    row.commands += [each.command for each in ran]
    row.wrong += [f"{each.command} ended with {each.code}: {each.said}" for each in ran if not each.was_there]


def _mended(system: System, row: Row) -> None:
    """What the page says to do, then what it says by which one knows."""
    row.fault.mend(system, row.planted)
    ran = pages.run(row.fault.page, pages.DO, system.here(), row.planted.values)
    row.commands += [each.command for each in ran]
    row.wrong += [f"{each.command} ended with {each.code}: {each.said}" for each in ran if each.code]
    system.settle()
    for command in pages.commands(row.fault.page, pages.MENDED):
        row.commands.append(command)
        _ends_well(system, command, row)
    rule = row.fault.alert
    until(lambda: rule not in system.prometheus.firing(), f"{rule} is said no more", _MENDED_SECONDS)
    until(lambda: not system.board.shows(rule), f"the board shows {rule} no more", _MENDED_SECONDS)


def _ends_well(system: System, command: str, row: Row) -> None:
    """The command by which one knows that it is mended, asked until it says so."""
    said: list[str] = []

    def ends_well() -> bool:
        ran = pages.run_one(command, system.here(), row.planted.values)
        said[:] = [ran.said]
        return not ran.code

    try:
        until(ends_well, f"{command} ends with 0", _MENDED_SECONDS)
    except NotInTime as late:
        raise NotInTime(f"{late}; it says: {said}") from None


def _verified(system: System, rows: Sequence[Row], grown: Figures, expected: Figures) -> None:
    """Figures of all that was said while these faults lasted: a course a fault."""
    wrong: list[str] = []
    if not any(_VERIFY in row.commands for row in rows):  # else the page had it run
        checked = system.footing("verify")
        wrong += [f"verify does not agree: {checked.stdout}"] if checked.returncode else []
    wanted = {key: tuple(len(rows) * count for count in counts) for key, counts in expected.items()}
    if grown != wanted:
        different = sorted(str(key) for key in grown.keys() | wanted.keys() if grown.get(key) != wanted.get(key))
        wrong.append(f"figures are not those of an undisturbed run: {', '.join(different)}")
    for row in rows:
        row.wrong += wrong
