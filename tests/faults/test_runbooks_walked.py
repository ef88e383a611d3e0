"""Does every alert lead to a runbook, and is every runbook walked, by commands that it has?"""

import re

import pytest
import yaml

from faults import pages
from faults.fault import Fault
from faults.kinds import FAULTS, SEVEN
from faults.prometheus import RULES

GROUPS = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
RUNBOOKS = {rule["alert"]: rule["annotations"]["runbook"] for group in GROUPS for rule in group["rules"]}


@pytest.mark.parametrize("runbook", sorted(set(RUNBOOKS.values())))
def test_a_runbook_has_its_five_sections_and_says_how_to_confirm(runbook: str) -> None:
    page = runbook.removeprefix("docs/operate/").removesuffix(".md")
    text = (pages.OPERATE / f"{page}.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == pages.SECTIONS
    assert pages.commands(page, pages.CONFIRM)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_noticed_by_an_alert_that_leads_to_the_page_it_is_mended_by(fault: Fault) -> None:
    assert RUNBOOKS[fault.alert] == f"docs/operate/{fault.page}.md"


def test_commands_are_taken_as_they_stand_without_remarks() -> None:
    assert pages.commands("bad-events", pages.CONFIRM) == [
        "footing trace EVENT-ID",
        "docker compose logs --since 6h case | grep '\"reasons\"'",
    ]
    assert pages.commands("mongodb-away", pages.DO) == ["docker compose up --wait mongo"]
    assert pages.commands("mongodb-away", pages.MENDED) == ["footing status", "footing lag", "footing verify"]


NOT_WALKED = {
    "canary-late": "it flies, arrives and is lost in tests/test_quiet_and_canary.py",
    "waiting-grows": "its rule compares with a day ago for an hour: made faster, both would be as long",
}


def test_every_runbook_of_a_rule_is_walked_or_says_why_not() -> None:
    named = {runbook.removeprefix("docs/operate/").removesuffix(".md") for runbook in RUNBOOKS.values()}
    assert {fault.page for fault in FAULTS} | NOT_WALKED.keys() == named


def test_the_seven_faults_are_walked_one_at_a_time() -> None:
    assert [fault.name for fault in SEVEN] == [
        "bad-events",
        "handler-bug",
        "mongodb-away",
        "partner-silent",
        "consumer-stuck",
        "disk-full",
        "release-wrong",
    ]
