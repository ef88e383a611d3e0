"""Does the oracle itself compute what the contract says? Dumps written by hand, figures worked out by hand."""

import ast
import json
import sys
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import oracle
import pytest
from oracle.__main__ import main
from oracle.codes import entry_group
from oracle.dump import Dump, read_lines
from oracle.figures import wilson
from oracle.opinion import Opinion, form

SCHEME = {
    "id": "help",
    "country": "england",
    "areas": [{"id": "east"}, {"id": "west"}],
    "targets": [{"from": None, "to": None, "people": 10}],
    "about": "people",
    "programme": [{"from": None, "to": None, "areas": [], "weeks": 12, "checkpoints": [0, 4, 13, 26, 52]}],
    "eligibility": [{"from": None, "to": None, "areas": [], "entry_groups": ["out_of_work"], "main_barriers": []}],
    "conversion_from": "advice_call",
    "definitions": ["seed"],
    "measures": ["users", "reach-people", "entered", "completer-success", "work-at-52-weeks", "programme-retention"],
}
TOPICS = {"withdrawn": "entry-withdrawn", "erasure": "erasure-requested"}


class Log:
    """Topics being written: each event takes the next offset, and its number is the end of its id."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._numbers = count(1)

    def add(self, kind: str, subject: str, time: str, partner: str = "acme", **data: Any) -> str:
        number = next(self._numbers)
        headers = {
            "ce_id": f"event-{number}",
            "ce_source": f"urn:footing:partner:{partner}:desk",
            "ce_type": f"footing.{kind}.v1",
            "ce_subject": subject,
            "ce_time": time,
            "ce_sequence": str(number),
        }
        flat = [text for pair in headers.items() for text in pair]
        record = {"topic": kind, "partition": 0, "offset": number, "headers": flat, "key": subject}
        self.lines.append(json.dumps(record | {"payload": json.dumps({"referral_id": subject, **data})}))
        return headers["ce_id"]

    def referral(self, subject: str = "r1", time: str = "2024-01-08T10:00:00Z", **data: Any) -> str:
        said = {"scheme_id": "help", "scheme_area": "east", "person_ref": "p1", "source_code": "A1"}
        work = {"employment_status": "02", "sickness_absence": "8"}
        return self.add("referral-made", subject, time, **{**said, **work, **data})

    def session(self, subject: str = "r1", time: str = "2024-01-15T10:00:00Z", **data: Any) -> str:
        return self.add("session-held", subject, time, **{"started_at": time, "interventions": ["cv"], **data})

    def ended(self, on: str, subject: str = "r1", result: str = "completed", **data: Any) -> str:
        programme = {"result": result, "on": on}
        return self.add("outcome-recorded", subject, f"{on}T12:00:00Z", programme=programme, **data)

    def status(self, weeks: int, status: str, on: str, subject: str = "r1", **data: Any) -> str:
        said = {"checkpoint_weeks": weeks, "status": status, "status_on": on, "definition": "seed"}
        return self.add("outcome-recorded", subject, f"{on}T12:00:00Z", work_status=said, **data)

    def withdrawn(self, kind: str, event_id: str, subject: str = "r1") -> str:
        names = {"type": f"footing.{kind}.v1", "id": event_id}
        return self.add("entry-withdrawn", subject, "2024-02-01T10:00:00Z", withdraws=names)

    def read(self) -> Dump:
        return read_lines(self.lines)


def opinion(log: Log, as_of: str = "2026-01-01") -> Opinion:
    return form(log.read(), [SCHEME], date.fromisoformat(as_of))


def journey(log: Log) -> dict[str, Any]:
    (only,) = opinion(log).journeys
    return only


def figure(log: Log, measure: str, area: str | None = None, as_of: str = "2026-01-01") -> tuple[int, int, int]:
    (found,) = [f for f in opinion(log, as_of).figures if (f["measure"], f["area"]) == (measure, area)]
    return found["k"], found["n"], found["u"]


def test_the_oracle_shares_no_code_with_the_product_and_needs_the_standard_library_alone() -> None:
    imported = set()
    for file in Path(oracle.__file__).parent.glob("*.py"):
        if file.name == "export.py":  # it asks MongoDB, and computes nothing
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    assert {name.split(".")[0] for name in imported} - sys.stdlib_module_names == {"oracle"}


def test_a_record_that_is_there_twice_counts_once_and_another_content_is_a_complaint() -> None:
    log = Log()
    log.referral()
    log.session()
    log.lines.append(log.lines[-1])
    log.lines.append(log.lines[-1].replace("10:00:00Z", "11:00:00Z"))
    said = opinion(log)
    assert said.journeys[0]["sessions"] == 1
    assert said.journeys[0]["applied"] == ["event-1", "event-2"]
    assert said.complaints == ["session-held/0/2: another content under the identity of session-held/0/2"]


def test_of_a_chain_of_corrections_the_last_stands_and_withdrawn_brings_nothing_back() -> None:
    log = Log()
    log.referral()
    first = log.session(time="2024-01-15T10:00:00Z")
    second = log.session(time="2024-01-16T10:00:00Z", supersedes=first)
    third = log.session(time="2024-01-17T10:00:00Z", supersedes=second)
    assert journey(log)["first_session_at"] == "2024-01-17T10:00:00.000+00:00"
    log.withdrawn("session-held", third)
    assert journey(log)["sessions"] == 0
    assert journey(log)["version"] == 5


def test_a_session_corrected_to_not_held_is_none_and_one_corrected_back_is_one() -> None:
    log = Log()
    log.referral()
    held = log.session()
    not_held = log.add("session-not-held", "r1", "2024-01-15T10:00:00Z", supersedes=held)
    assert journey(log)["sessions"] == 0
    log.session(supersedes=not_held)
    assert journey(log)["sessions"] == 1


def test_a_partner_corrects_only_its_own_events() -> None:
    log = Log()
    log.referral()
    held = log.session()
    log.session(partner="other", supersedes=held)
    assert journey(log)["sessions"] == 2
    assert opinion(log).complaints == ["session-held/0/3: corrects what is not there"]


def test_a_referral_withdrawn_or_erased_is_in_no_view_and_no_figure() -> None:
    log = Log()
    gone = log.referral("r1")
    log.withdrawn("referral-made", gone, "r1")
    log.referral("r2", person_ref="p2")
    log.session("r2")
    log.add("erasure-requested", "r2", "2024-03-01T10:00:00Z", partner="footing", person_ref="p2")
    log.referral("r3", person_ref="p3")
    assert [row["_id"] for row in opinion(log).journeys] == ["r3"]
    assert figure(log, "users") == (0, 1, 0)


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2024-03-31T00:30:00Z", "2024-03-31"),
        ("2024-03-31T23:30:00Z", "2024-04-01"),
        ("2024-10-26T23:30:00Z", "2024-10-27"),
        ("2024-10-27T23:30:00Z", "2024-10-27"),
        ("2024-07-01T01:30:00+03:00", "2024-06-30"),
    ],
)
def test_a_day_is_a_day_in_london(time: str, day: str) -> None:
    log = Log()
    log.referral()
    log.session(time=time, programme={"name": "get-ready", "week": 1, "weeks": 12})
    assert journey(log)["programme"] == {"started_at": day}


@pytest.mark.parametrize(
    ("status", "absence", "group"),
    [
        ("01", "Y", "absent"),
        ("01", "N", "at_work"),
        ("01", "Z", "employed_other"),
        ("04", "8", "out_of_work"),
        ("06", "Y", "out_of_work"),
        ("07", "N", "none"),
        ("ZZ", "Y", "none"),
    ],
)
def test_the_entry_group_follows_from_status_and_absence(status: str, absence: str, group: str) -> None:
    assert entry_group(status, absence) == group


def test_a_checkpoint_counts_from_the_end_of_the_programme_and_takes_the_latest_in_its_window() -> None:
    # 13 weeks after 1 April 2024 are 1 July; its window is from 17 June to 29 July
    log = Log()
    log.referral()
    log.add("outcome-recorded", "r1", "2024-05-01T10:00:00Z", closure={"reason": "goals_met", "on": "2024-05-01"})
    log.status(13, "entered_work", "2024-07-30")
    assert journey(log)["checkpoints"]["13"]["on"] == "2024-07-30"  # within that of the closure
    log.ended("2024-04-01")
    assert "checkpoints" not in journey(log)
    log.status(13, "left_work", "2024-07-29")
    log.status(13, "entered_work", "2024-06-17")
    assert journey(log)["checkpoints"] == {"13": {"status": "left_work", "on": "2024-07-29", "definition": "seed"}}


def test_only_windows_that_closed_are_counted_and_unknown_is_a_no_that_is_shown() -> None:
    log = Log()
    for number, status in enumerate(("entered_work", "unknown", None, "stayed_in_work")):
        log.referral(f"r{number}", person_ref=f"p{number}")
        log.ended("2024-04-01", f"r{number}")
        if status is not None:
            log.status(0, status, "2024-04-01", f"r{number}")
    assert figure(log, "entered", as_of="2024-04-29") == (0, 0, 0)
    assert figure(log, "entered", as_of="2024-04-30") == (1, 4, 2)
    assert figure(log, "completer-success") == (2, 4, 2)
    assert figure(log, "work-at-52-weeks") == (0, 2, 2)


def test_a_person_is_one_within_scheme_and_partner_and_never_both_real_and_made_up() -> None:
    log = Log()
    log.referral("r1")
    log.referral("r2", time="2024-02-08T10:00:00Z", scheme_area="west")
    log.session("r2")
    log.referral("r3", partner="other")
    assert figure(log, "users") == (1, 2, 0)
    assert figure(log, "users", "east") == (1, 2, 0)  # where each was referred first
    assert figure(log, "reach-people") == (1, 10, 0)
    log.referral("r4", synthetic=True)
    users = [f for f in opinion(log).figures if f["measure"] == "users" and f["area"] is None]
    assert [(f["synthetic"], f["n"]) for f in users] == [(False, 2), (True, 1)]


def test_who_left_before_day_84_was_not_kept_whatever_came_after() -> None:
    log = Log()
    log.referral("r1")
    log.session("r1", "2024-01-15T10:00:00Z")
    log.session("r1", "2024-04-08T10:00:00Z")  # day 84
    assert figure(log, "programme-retention", as_of="2024-04-07") == (0, 0, 0)
    assert figure(log, "programme-retention", as_of="2024-04-08") == (1, 1, 0)
    log.ended("2024-04-07", result="left_early")
    assert figure(log, "programme-retention") == (0, 1, 0)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"), [(174, 200, 81.6, 91.0), (143, 174, 75.8, 87.2), (0, 1, 0.0, 79.3), (1, 1, 20.7, 100.0)]
)
def test_the_interval_is_wilsons(k: int, n: int, low: float, high: float) -> None:
    assert tuple(round(100 * bound, 1) for bound in wilson(k, n)) == (low, high)


def test_a_comparison_lists_each_field_that_differs_and_ends_with_1(tmp_path, capsys) -> None:
    log = Log()
    log.referral()
    log.session()
    said = opinion(log)
    shown = [{"view": "journeys", "row": row} for row in said.journeys]
    shown += [{"view": "figures", "row": row} for row in said.figures if row["area"] is not None]
    files = {"dump": "\n".join(log.lines), "schemes": json.dumps(SCHEME)}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "views").write_text("\n".join(map(json.dumps, shown)))
    asked = ["compare", *(f"--{name}={tmp_path / name}" for name in ("dump", "schemes", "views")), "--as-of=2026-01-01"]
    assert main(asked) == 0
    assert capsys.readouterr().out == ""

    shown[0]["row"]["sessions"] = 2
    shown[1]["row"]["k"] = 7
    (tmp_path / "views").write_text("\n".join(map(json.dumps, shown)))
    assert main(asked) == 1
    assert capsys.readouterr().out.splitlines() == [
        "journey r1: sessions: computed 1, the view says 2",
        "figure help east users seed False: k: computed 1, the view says 7",
    ]
