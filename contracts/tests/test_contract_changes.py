"""The table of what may be changed in the contract and what may not: each row is made to a copy, and judged."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.contract_changes import Change, both, confirmed, to, to_codes, to_field

from contracts import reading
from contracts.compatibility import answers
from contracts.compatibility.contract import WORKING_TREE, Contract, working_tree
from contracts.compatibility.report import Report, compare

PAGE = Path(__file__).parents[2] / "docs" / "architecture" / "contract-changes.md"
TABLE = {
    row[0].strip(): (row[1], row[2])
    for row in re.findall(
        r"^\| ([^|]+) \| (kept|breaks|undecided) \| (kept|breaks|undecided) \|$", PAGE.read_text(), re.M
    )
}
RELEASED = "1.0.0"
OPTIONAL = {"anyOf": [{"type": "string", "pattern": "^[a-z]{2,8}$"}, {"type": "null"}], "default": None}
NEW_EVENT = "session-planned.v1"
REFERRAL, OUTCOME, CANONICAL, RECEIPT = (
    "referral-made.v1",
    "outcome-recorded.v1",
    "referral-made.canonical.v1",
    "receipt.v1",
)


@pytest.fixture(scope="module")
def today() -> Contract:
    return working_tree()


def event_added(topic: str) -> Change:
    def changed(contract: Contract) -> Contract:
        schema, reader = contract.schemas["session-not-held.v1"], contract.readers["session-not-held.v1"]
        return replace(
            contract,
            schemas={**contract.schemas, NEW_EVENT: schema},
            readers={**contract.readers, NEW_EVENT: reader},
            topics={**contract.topics, topic: [*contract.topics.get(topic, []), NEW_EVENT]},
            gates=[*contract.gates, topic],
            pages={topic: contract.pages["session-not-held"], **contract.pages},
        )

    return changed


def without_event(name: str) -> Change:
    def changed(contract: Contract) -> Contract:
        return replace(
            contract,
            schemas={known: schema for known, schema in contract.schemas.items() if known != name},
            readers={known: schema for known, schema in contract.readers.items() if known != name},
            topics={topic: [known for known in names if known != name] for topic, names in contract.topics.items()},
        )

    return changed


def moved(contract: Contract) -> Contract:
    gone = without_event("permission-given.v1")(contract).topics
    return replace(contract, topics={**gone, "session-held": [*gone["session-held"], "permission-given.v1"]})


def reasons(edit: Callable[[dict[str, str]], object]) -> Change:
    def changed(contract: Contract) -> Contract:
        known = dict(contract.reasons)
        edit(known)
        return replace(contract, reasons=known)

    return changed


def rules(edit: Callable[[dict[str, Any]], object], examples: dict[str, Any] | None = None) -> Change:
    def changed(contract: Contract) -> Contract:
        known = dict(contract.rules)
        edit(known)
        return replace(contract, rules=known, examples={**contract.examples, **(examples or {})})

    return changed


def page(topic: str, **said: Any) -> Change:
    return lambda contract: replace(contract, pages={**contract.pages, topic: {**contract.pages[topic], **said}})


def renamed(old: str, new: str) -> Change:
    def edit(schema: dict[str, Any]) -> None:
        schema["properties"] = {new if name == old else name: said for name, said in schema["properties"].items()}
        schema["required"] = [new if name == old else name for name in schema["required"]]

    return to("session-held.v1", edit)


def without(name: str) -> Callable[[dict[str, Any]], None]:
    def edit(schema: dict[str, Any]) -> None:
        del schema["properties"][name]
        schema["required"] = [each for each in schema["required"] if each != name]

    return edit


def required(name: str, *, of: str | None = None) -> Callable[[dict[str, Any]], None]:
    return lambda schema: (schema["$defs"][of] if of else schema)["required"].append(name)


NIGHTLY = {**answers.examples(PAGE.parents[2] / "contracts" / "examples")["session-held/v1/accepted/least"]}
NIGHT_RULE = {"says": "no session is held at night", "shown_by": ["session-held/v1/rejected/at-night"]}
MINUTES = {"type": "integer", "minimum": 5, "maximum": 480}
NO_KIND = {kind: {"type": "null"} for kind in ("programme", "work_status", "closure")}

CHANGES: dict[str, Change] = {
    "a new optional field": to("session-held.v1", lambda schema: schema["properties"].update(room=OPTIONAL)),
    "a new optional field within an object": to(
        "session-held.v1", lambda schema: schema["$defs"]["Plan"]["properties"].update(room=OPTIONAL)
    ),
    "a new optional field on the canonical topic alone": to(
        CANONICAL, lambda schema: schema["properties"].update(room=OPTIONAL)
    ),
    "a new field in receipts": to(RECEIPT, lambda schema: schema["properties"].update(room=OPTIONAL)),
    "a new code in a list of texts": to_codes("Setting", lambda codes: codes.append(["library", "Library"])),
    "a new type of event on a topic of its own": event_added("session-planned"),
    "a new reason code of the door": reasons(lambda known: known.update(too_often="door")),
    "other words in a description": to("session-held.v1", lambda schema: schema.update(description="A session.")),
    "a bound said twice over": to_field("adviser_token", lambda field: field.update(minLength=22)),
    "a pattern written otherwise": to_field(
        "adviser_token", lambda field: field.update(pattern="^([A-Z]|[a-z]|[0-9]|_|-){22,64}$")
    ),
    "a rule in code under another name": rules(lambda known: known.update(span=known.pop("period"))),
    "an optional field taken away": to("session-held.v1", without("site")),
    "a required field taken away": to("session-held.v1", without("setting")),
    "a field renamed": renamed("setting", "where_held"),
    "a new required field": to(
        "session-held.v1",
        lambda schema: (schema["properties"].update(room=OPTIONAL), schema["required"].append("room")),
    ),
    "an optional field becomes required": to("session-held.v1", required("site")),
    "a field within an object becomes required": to(OUTCOME, required("weeks", of="Programme")),
    "a required field becomes optional": to("session-held.v1", lambda schema: schema["required"].remove("setting")),
    "null no longer taken": to_field("site", lambda field: field["anyOf"].pop()),
    "null newly taken": to_field(
        "minutes", lambda field: (field.clear(), field.update(anyOf=[MINUTES, {"type": "null"}]))
    ),
    "a type becomes another": to_field(
        "minutes", lambda field: (field.clear(), field.update(type="string", maxLength=3))
    ),
    "a whole number becomes a number": to_field("minutes", lambda field: field.update(type="number")),
    "a bound narrower": to_field("minutes", lambda field: field.update(maximum=240)),
    "a bound wider": to_field("minutes", lambda field: field.update(maximum=600)),
    "a pattern narrower": to_field("adviser_token", lambda field: field.update(pattern="^[A-Za-z0-9]{22,64}$")),
    "a pattern wider": to_field("adviser_token", lambda field: field.update(pattern="^[A-Za-z0-9_.-]{22,64}$")),
    "a format asked for": to_field("adviser_token", lambda field: field.update(format="date")),
    "a format no longer asked for": to_field("started_at", lambda field: field.pop("format")),
    "a longer list asked for": to_field("interventions", lambda field: field.update(minItems=2)),
    "a shorter list asked for": to_field("interventions", lambda field: field.update(maxItems=3)),
    "an empty list newly taken": to_field("interventions", lambda field: field.update(minItems=0)),
    "a code of a list of texts taken away": to_codes("Setting", lambda codes: codes.pop(0)),
    "a number taken away from a list": to_codes("Checkpoint", lambda codes: codes.pop()),
    "a new number in a list": to_codes("Checkpoint", lambda codes: codes.append([104, "Two years"])),
    "a way in which fields fit together taken away": to(OUTCOME, lambda schema: schema["oneOf"].pop()),
    "a way in which fields fit together added": to(
        OUTCOME, lambda schema: schema["oneOf"].append({"required": ["supersedes"], "properties": NO_KIND})
    ),
    "an event taken away": without_event("permission-given.v1"),
    "an event moved to another topic": moved,
    "a new type of event on a topic that there is": event_added("session-held"),
    "a new fate": both(
        to_codes("Fate", lambda codes: codes.append(["lost", "It was lost"])),
        to_field("fate", lambda field: field["enum"].append("lost"), RECEIPT),
    ),
    "a field of receipts taken away": to(RECEIPT, without("fate")),
    "a reason code taken away": reasons(lambda known: known.pop("not_voluntary")),
    "a new rule in code": rules(
        lambda known: known.update(night=NIGHT_RULE), {"session-held/v1/rejected/at-night": NIGHTLY}
    ),
    "another default": to_field("synthetic", lambda field: field.update(default=True)),
    "other words for what a code means": to_codes("Setting", lambda codes: codes[0].__setitem__(1, "At home")),
    "a new reason code of a gate": reasons(lambda known: known.update(too_late="gate")),
    "a topic kept for less time, or in other partitions": page("receipts", retention="30 days", partitions=4),
    "a keyword outside the profile": to("session-held.v1", lambda schema: schema.update(unevaluatedProperties=False)),
}


def verdicts(report: Report) -> tuple[str, str]:
    """The worst of all rows, as strict gate and as tolerant reader."""
    return worst([row.gate for row in report.rows]), worst([row.readers for row in report.rows])


def worst(said: list[Any]) -> str:
    return "breaks" if "breaks" in said else "undecided" if "undecided" in said else "kept"


@pytest.mark.parametrize("row", CHANGES)
def test_a_change_is_judged_as_the_table_says(row: str, today: Contract) -> None:
    base, now = replace(today, version=RELEASED), CHANGES[row](today)
    report = compare(base, now)
    assert verdicts(report) == TABLE[row], report.findings
    assert report.compatible is (TABLE[row] == ("kept", "kept"))
    for finding in report.findings:
        assert finding.breaks or "undecided" in TABLE[row]
        if finding.breaks:
            assert finding.consumers, "whom it breaks is said"
        if finding.breaks and finding.field.startswith("data"):
            assert confirmed(finding, base, now)


def hashed_otherwise(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(answers, "content_hash", lambda event: b"another")


CODE: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "a rule in code stricter": lambda patch: patch.setattr(reading, "_EARLIEST", datetime(2026, 12, 1, tzinfo=UTC)),
    "a rule in code that goes": lambda patch: patch.setattr(reading, "_EARLIEST", datetime(1900, 1, 1, tzinfo=UTC)),
    "fields in another order (resends have another hash)": hashed_otherwise,
}


@pytest.mark.parametrize("row", CODE)
def test_a_change_of_code_is_judged_as_the_table_says(
    row: str, monkeypatch: pytest.MonkeyPatch, today: Contract
) -> None:
    CODE[row](monkeypatch)
    report = compare(replace(today, version=RELEASED), today)
    assert verdicts(report) == TABLE[row]
    shown = report.findings[0]
    assert shown.breaks
    assert {shown.accepted_by, shown.refused_by} == {RELEASED, WORKING_TREE}
    assert shown.instance["headers"], "a whole record"


def test_every_row_of_the_table_is_tested() -> None:
    assert TABLE.keys() == CHANGES.keys() | CODE.keys()
