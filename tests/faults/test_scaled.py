"""Are the rules that a walk runs those that stand, only faster?"""

import re
from typing import Any

import yaml

from faults import scaled
from faults.prometheus import RULES


def bounds_of(rule: dict[str, Any]) -> list[str]:
    """What it compares with."""
    return re.findall(r"> ([0-9.]+)", rule["expr"])


STAND = yaml.safe_load(RULES.read_text(encoding="utf-8"))
WRITTEN = {rule["alert"]: rule for group in STAND["groups"] for rule in group["rules"]}
SCALED = {rule["alert"]: rule for group in scaled.rules(STAND)["groups"] for rule in group["rules"]}


def test_a_minute_becomes_a_second_and_nothing_lasts_longer_than_twenty() -> None:
    assert scaled.expression("increase(x[10m]) > 0") == "increase(x[10s]) > 0"
    assert scaled.expression("x > 300 and x offset 1d > 20") == "x > 5 and x offset 20s > 20"
    assert scaled.expression("time() - max(x) > 2700") == "time() - max(x) > 20"


def test_counts_shares_labels_and_words_stay() -> None:
    for kept in ("x > 10", "x > 0.85", "x > 0.2 * sum by (job) (y)", 'x{status=~"5.."} == 0', "abs(x) > 5"):
        assert scaled.expression(kept) == kept


def test_every_rule_is_there_and_but_for_its_times_it_is_the_same() -> None:
    assert list(SCALED) == list(WRITTEN)
    for name, rule in WRITTEN.items():
        assert {**SCALED[name], "expr": "", "for": ""} == {**rule, "expr": "", "for": ""}, name
        assert int(SCALED[name].get("for", "0s")[:-1]) <= 20, name


def test_bounds_that_are_scaled_are_those_in_seconds() -> None:
    changed = {
        name: [bound for bound, was in zip(bounds_of(SCALED[name]), bounds_of(rule), strict=True) if bound != was]
        for name, rule in WRITTEN.items()
    }
    assert {name: bounds for name, bounds in changed.items() if bounds} == {
        "FootingNotMeasured": ["10"],
        "FootingLoopStuck": ["5"],
        "FootingLagGrows": ["20"],
        "FootingFiguresNotFresh": ["20"],
        "FootingCanaryLate": ["20"],
        "FootingOutboxStuck": ["2"],
        "FootingNotifyFails": ["20"],
    }
