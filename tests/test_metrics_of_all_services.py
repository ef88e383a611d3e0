"""What the five services show together: all that alerts look at, nothing that is not declared, and nobody's name."""

import re
from pathlib import Path

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families
from support.outsider import until
from support.promql import named
from support.whole import Whole

from servicekit.metrics import described

RULES = Path(__file__).parents[1] / "ops" / "monitoring" / "rules.yaml"
DECLARED = {re.sub("_total$", "", metric.name): {*metric.labels, "le"} for metric in described()}
ELSEWHERE = re.compile("up$|footing_partner_|footing_canary_")  # Prometheus' own; who is quiet has tests of its own


def shown(whole: Whole) -> dict[str, set[str]]:
    """Each of our samples that some service shows, with the labels of it."""
    found: dict[str, set[str]] = {}
    for url in whole.services.urls.values():
        for family in text_string_to_metric_families(httpx.get(f"{url}/metrics", timeout=20).text):
            for sample in family.samples:
                if sample.name.startswith("footing_") and not sample.name.endswith("_created"):
                    found.setdefault(sample.name, set()).update(sample.labels)
                    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}|\b\d{10}\b", " ".join(sample.labels.values()))
    return found


def test_what_alerts_look_at_is_shown_by_some_service_and_declared(whole: Whole) -> None:
    rules = [rule for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]
    asked = {name for rule in rules for name in named(rule["expr"]).metrics if not ELSEWHERE.match(name)}
    httpx.post(f"{whole.services.urls['door']}/events", timeout=20)
    until(lambda: asked <= shown(whole).keys())
    for name, labels in shown(whole).items():
        declared = DECLARED.get(re.sub("_(total|bucket|sum|count)$", "", name)) or DECLARED[name]
        assert labels <= declared, name
