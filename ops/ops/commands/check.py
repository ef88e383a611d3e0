"""`footing check`: what door and gates would say to what is sent, as far as that and the schemes here can tell."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from ops.checking.explaining import example, rule
from ops.checking.inputs import Found, found_in
from ops.checking.verdicts import ONLY_THE_GATE, Verdict, verdicts_on
from ops.commands.options import AsJson

_MOST_BYTES: Final = 9 * 1024 * 1024  # of a file among any: more than a batch may have, so that it is refused as that

Checked = list[tuple[Found, Verdict]]


def check(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="Or - for standard input.", show_default=False),
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the rule that is broken, and a right event.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--bytes", metavar="DIR", help="Instead: a line for each file of a folder, whatever it holds."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether door and gates would take this: one verdict over headers, key and payload. Nothing is sent anywhere.

    FILE holds one of these; whatever is none is read as the last:
    - a record as under contracts/examples/, or lines that `kcat -C -J` printed;
    - a request to the door: an .http file, or what `curl --trace` wrote;
    - a structured event, or a batch of them, alone.

    Exit 0: nothing is against any of it, as far as can be said without
    knowing what came before. Exit 1: something is.

    Example: footing check contracts/examples/session-held/v1/accepted/least.json
    """
    if bool(file) == (folder is not None):
        _used_wrongly("Give a file, - for standard input, or --bytes and a folder.")
    now = datetime.now(UTC)
    if folder is not None:
        ok = _say_of_each(folder, now, as_json=as_json)
    else:
        checked = _checked(_name(file), _content(file), now)
        ok = all(verdict.ok for _, verdict in checked)
        (_print_json if as_json else _print)(checked, explain=explain)
    if not ok:
        raise typer.Exit(1)


def _checked(name: str, content: bytes, now: datetime) -> Checked:
    return [(found, verdict) for found in found_in(name, content) for verdict in verdicts_on(found, now)]


def _name(file: str) -> str:
    return "standard input" if file == "-" else _shown(Path(file).name)


def _content(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else _read(Path(file))


def _read(file: Path, most_bytes: int = -1) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(most_bytes)
    except OSError as error:
        _used_wrongly(f"{_shown(str(file))} cannot be read: {error.strerror}.")


def _say_of_each(folder: Path, now: datetime, *, as_json: bool) -> bool:
    """A line for each file: its name, the verdict, the reason. Of several events in a file the first refused tells."""
    if not folder.is_dir():
        _used_wrongly(f"{_shown(str(folder))} is no folder.")
    told = []
    for file in _files(folder):
        verdicts = [verdict for _, verdict in _checked(file.name, _read(file, _MOST_BYTES), now)]
        first = next((verdict for verdict in verdicts if not verdict.ok), verdicts[0])
        name = _shown(file.relative_to(folder).as_posix())
        told.append({"file": name, "verdict": first.fate or "ok", "reason": first.reason, "field": first.field})
        if not as_json:
            print(f"{name}\t{first.fate or 'ok'}\t{first.reason or '-'}")
    if as_json:
        print(json.dumps(told, indent=2))
    return all(said["verdict"] == "ok" for said in told)


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file())


def _shown(name: str) -> str:
    """A name that can be printed on one line, whatever bytes it is made of."""
    text = os.fsencode(name).decode(errors="replace")
    return "".join(character if character.isprintable() else "?" for character in text)


def _print_json(checked: Checked, *, explain: bool) -> None:
    records = [asdict(verdict) | (_explained(found, verdict) if explain else {}) for found, verdict in checked]
    ok = all(verdict.ok for _, verdict in checked)
    print(json.dumps({"ok": ok, "records": records, "only_the_gate_can_say": ONLY_THE_GATE}, indent=2))


def _explained(found: Found, verdict: Verdict) -> dict[str, Any]:
    return {} if verdict.ok else {"rule": rule(verdict), "example": example(found, verdict)}


def _print(checked: Checked, *, explain: bool) -> None:
    for found, verdict in checked:
        print(_text(verdict))
        if explain and not verdict.ok:
            print(f"  The rule of {verdict.field}: {rule(verdict)}\n  A right one, made up:\n{example(found, verdict)}")
    if any(verdict.ok for _, verdict in checked):
        print(f"Only the gate can say: {', '.join(ONLY_THE_GATE)}.")


def _text(verdict: Verdict) -> str:
    if verdict.ok:
        return f"{verdict.record}: nothing against it ({verdict.type}, {verdict.event_id})"
    status = f" (HTTP {verdict.status})" if verdict.status else ""
    return (
        f"{verdict.record}: {verdict.fate}, {verdict.reason} at {verdict.field}{status}\n"
        f"  expected: {verdict.expected}\n  {verdict.meaning} {verdict.remedy}"
    )


def _used_wrongly(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(2)
