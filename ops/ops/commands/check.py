"""`footing check`: what a gate would say to a record, as far as the record and the schemes here can tell."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from contracts.codec import decode_inbox, objects_to_time
from contracts.envelope import Event, Payload, Problem, Record, Refusal
from contracts.fit_notes_counted import FitNotesCounted
from contracts.reasons import REASONS
from contracts.record_files import from_json
from contracts.referral_made import ReferralMade
from ops.errors import Missing
from schemes import SchemeMistakes, Schemes, load, objects_to
from schemes import register as registers
from schemes.register import Register
from servicekit.days import day_of

# The reasons that follow from schemes and register, which this command has; the gate may have others of a later day.
_BY_SCHEMES: Final = (
    "scheme_unknown", "scheme_closed", "route_not_taken", "area_unknown", "area_ambiguous", "practice_unknown",
    "person_missing", "person_not_expected", "time_in_future",
)  # fmt: skip
ONLY_THE_GATE: Final = tuple(
    reason.code for reason in REASONS.values() if reason.found == "gate" and reason.code not in _BY_SCHEMES
)


@dataclass(frozen=True)
class Verdict:
    """What can be said of one record. `ok` False is final; True leaves what only the gate can say."""

    record: str
    ok: bool
    event_id: str | None
    type: str | None
    reason: str | None = None
    field: str | None = None
    expected: str | None = None
    meaning: str | None = None
    remedy: str | None = None


def check(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE|-", help="Or - for standard input."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether a gate would take these records: one verdict over headers, key and payload.

    FILE is an example as under contracts/examples/, or lines that `kcat -C -J` printed. Nothing is sent anywhere.

    Example: footing check contracts/examples/session-held/v1/accepted/least.json
    """
    records = dict(_records(file))
    now = datetime.now(UTC)
    verdicts = [_verdict(name, record, now) for name, record in records.items()]
    ok = all(verdict.ok for verdict in verdicts)
    if as_json:
        said = {"ok": ok, "records": [asdict(verdict) for verdict in verdicts], "only_the_gate_can_say": ONLY_THE_GATE}
        print(json.dumps(said, indent=2))
    else:
        for verdict in verdicts:
            print(_text(verdict))
        if any(verdict.ok for verdict in verdicts):
            print(f"Only the gate can say: {', '.join(ONLY_THE_GATE)}.")
    if not ok:
        raise typer.Exit(1)


def _records(file: Path) -> Iterator[tuple[str, Record]]:
    """Name and record of each: the file's own name, or file and line where each line is a record."""
    text = sys.stdin.read() if str(file) == "-" else _read(file)
    name = "standard input" if str(file) == "-" else file.name
    try:
        whole = json.loads(text)
    except ValueError:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        for number, line in lines:
            yield f"{name}, line {number}", _record(f"{name}, line {number}", line)
        if not lines:
            _used_wrongly(f"{name} is empty.")
    else:
        yield name, _record(name, json.dumps(whole))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        _used_wrongly(f"{file} cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        _used_wrongly(f"{file.name} is not UTF-8. Bytes that are no text stand as `value_base64` in an example file.")


def _record(name: str, text: str) -> Record:
    try:
        document: dict[str, Any] = json.loads(text)
        return from_json(document)
    except (ValueError, KeyError, TypeError, AttributeError):
        _used_wrongly(f"{name} is neither an example (topic, key, headers, value) nor a line of kcat -J.")


def _used_wrongly(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(2)


@cache
def _reference() -> tuple[Schemes, Register]:
    try:
        return load(), registers.load()
    except (SchemeMistakes, OSError):
        raise Missing(
            "The schemes or the practice register cannot be read.", "`footing schemes check` says what is wrong."
        ) from None


def _verdict(name: str, record: Record, now: datetime) -> Verdict:
    read = decode_inbox(record)
    if isinstance(read, Refusal):
        return _refused(name, read.problem, read.event_id, read.type)
    problem = objects_to_time(read, now) or _objection(read)
    if problem is not None:
        return _refused(name, problem, read.id, read.type)
    return Verdict(name, True, read.id, read.type)


def _objection(event: Event[Payload]) -> Problem | None:
    if not isinstance(event.data, (ReferralMade, FitNotesCounted)):
        return None
    schemes, register = _reference()
    if isinstance(event.data, ReferralMade):
        found = objects_to(event.data, schemes.get(event.data.scheme_id), day_of(event.time), register)
        return Problem(found.code, found.field, found.expected) if found else None
    if register.practice(event.data.practice.code) is None:
        return Problem("practice_unknown", "data.practice.code", "a practice of the register")
    return None


def _refused(name: str, problem: Problem, event_id: str | None, kind: str | None) -> Verdict:
    reason = REASONS[problem.code]
    return Verdict(
        name, False, event_id, kind, problem.code, problem.field, problem.expected, reason.meaning, reason.remedy
    )


def _text(verdict: Verdict) -> str:
    if verdict.ok:
        return f"{verdict.record}: nothing against it ({verdict.type}, {verdict.event_id})"
    place = f" at {verdict.field}" if verdict.field else ""
    expected = f"\n  expected: {verdict.expected}" if verdict.expected else ""
    return f"{verdict.record}: refused, {verdict.reason}{place}{expected}\n  {verdict.meaning} {verdict.remedy}"
