"""Alert rules, their tests and the dashboard name what there is; each rule can be understood and leads to a page."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from host import week
from support.promql import named

from servicekit.metrics import Metrics, described

ROOT = Path(__file__).parents[1]
MONITORING = ROOT / "ops" / "monitoring"
RULES = [rule for group in yaml.safe_load((MONITORING / "rules.yaml").read_text())["groups"] for rule in group["rules"]]
TESTED = [
    test for file in sorted(MONITORING.glob("rules*_test.yaml")) for test in yaml.safe_load(file.read_text())["tests"]
]
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text())
HEADINGS = ["What is seen", "How to confirm", "What it does to the numbers", "What to do", "How to know it is mended"]
OF_SCRAPING = {"job", "instance"}


def there_are() -> dict[str, set[str]]:
    """Every metric as it is scraped, with its labels."""
    found: dict[str, set[str]] = {"up": set(), "ALERTS": {"alertname", "alertstate"}}
    for metric in described():
        parts = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        found |= {f"{metric.name}{part}": {*metric.labels, *(["le"] if part == "_bucket" else [])} for part in parts}
    for family in Metrics().registry.collect():
        found |= {sample.name: set(sample.labels) for sample in family.samples if sample.name.startswith("process_")}
    return found


THERE = there_are()


def wrong_with(expression: str) -> list[str]:
    """What the expression names and there is not."""
    said = named(expression)
    wrong = [f"no metric {name}" for name in said.metrics if name not in THERE]
    for name, labels in said.metrics.items():
        wrong += [f"{name} has no label {label}" for label in labels - THERE.get(name, labels) - OF_SCRAPING]
    labels = set().union(*(THERE.get(name, set()) for name in said.metrics), OF_SCRAPING)
    return wrong + [f"no label {label} to group by" for label in said.grouping - labels]


def questions(rule: dict[str, Any]) -> list[str]:
    """What a rule asks: its own expression, and those in its words."""
    words = " ".join(rule["annotations"].values())
    return [rule["expr"], *(asked.replace("%s", "") for asked in re.findall(r'"((?:sum|max)\b[^"]*)"', words))]


def panels() -> Iterator[Any]:
    yield from (panel for panel in DASHBOARD["panels"] if panel["type"] != "row")


def test_what_is_not_there_is_found() -> None:
    assert wrong_with('sum by (loop) (rate(footing_records_handled_total{ending="parked"}[5m])) > 0') == []
    assert wrong_with("footing_nothing > 1") == ["no metric footing_nothing"]
    assert wrong_with('footing_lag_seconds{partner="acme"}') == ["footing_lag_seconds has no label partner"]
    assert wrong_with("max by (scheme) (footing_lag_seconds)") == ["no label scheme to group by"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_there_is_and_says_what_it_means(rule: dict[str, Any]) -> None:
    assert [wrong for question in questions(rule) for wrong in wrong_with(question)] == []
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) - {"short"} == {"summary", "impact", "runbook"}
    labels = set().union(*(THERE[name] for name in named(rule["expr"]).metrics), OF_SCRAPING)
    assert set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values()))) <= labels


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_leads_to_a_page_that_knows_it_and_says_what_to_do(rule: dict[str, Any]) -> None:
    page = (ROOT / rule["annotations"]["runbook"]).read_text(encoding="utf-8")
    assert f"`{rule['alert']}`" in page
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == HEADINGS


def test_of_each_rule_there_is_a_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fires, silent = set(), ""
    for test in TESTED:
        for asked in test.get("promql_expr_test", []):
            fires |= {name for one in asked["exp_samples"] for name in re.findall(r'alertname="(\w+)"', one["labels"])}
            silent += "" if asked["exp_samples"] else asked["expr"]
        for asked in test.get("alert_rule_test", []):
            fires |= {asked["alertname"]} if asked["exp_alerts"] else set()
    assert fires == {rule["alert"] for rule in RULES}
    assert 'ALERTS{alertstate="firing"}' in silent


def test_tests_of_rules_and_the_clean_week_are_made_of_what_there_is() -> None:
    series = [each["series"] for test in TESTED for each in test["input_series"]]
    assert [wrong for name in series for wrong in wrong_with(name)] == []
    asked = {name for rule in RULES for question in questions(rule) for name in named(question).metrics}
    assert week.names() >= asked


def test_the_dashboard_shows_what_there_is_and_says_what_it_shows() -> None:
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    asked += [one["expr"] for one in DASHBOARD["annotations"]["list"]]
    assert {expression: wrong for expression in asked if (wrong := wrong_with(expression))} == {}
    assert [panel["title"] for panel in panels() if not panel["description"]] == []
    shown = {re.sub("_(bucket|sum|count)$", "", name) for expression in asked for name in named(expression).metrics}
    ours = {metric.name for metric in described()}
    assert ours - shown == {"footing_tick_failures_total", "footing_measured_timestamp_seconds"}  # alerts look at them


def test_the_page_of_metrics_says_what_the_code_says() -> None:
    page = (ROOT / "docs" / "operate" / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.*) \|$", page, re.MULTILINE)
    written = [(name, kind, labels, meaning) for name, kind, labels, meaning in rows]
    coded = [(each.name, each.kind, ", ".join(each.labels), each.meaning) for each in described()]
    assert written == coded
    alerts = re.findall(r"^\| `(\w+)` \((\w+)\) \| \[.*\]\((.*)\) \|$", page, re.MULTILINE)
    ruled = [(rule["alert"], rule["labels"]["severity"], Path(rule["annotations"]["runbook"]).name) for rule in RULES]
    assert alerts == ruled
