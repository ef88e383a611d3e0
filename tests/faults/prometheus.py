"""A real Prometheus server with our rules, scaled, that scrapes real services."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from host import promtool

from faults import scaled
from faults.children import child
from faults.waiting import until
from ops.localstack import ports

RULES: Final = Path(__file__).parents[2] / "ops" / "monitoring" / "rules.yaml"
_SCRAPED_EVERY: Final = "5s"  # a service whose MongoDB is away takes three to say so
_EVALUATED_EVERY: Final = "1s"


class Prometheus:
    """What it says of alerts."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10)

    def firing(self) -> dict[str, list[Mapping[str, Any]]]:
        """Every alert that is said now, by the name of its rule."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for alert in self._ask("/api/v1/alerts")["alerts"]:
            if alert["state"] == "firing":
                found.setdefault(alert["labels"]["alertname"], []).append(alert)
        return found

    def is_ready(self) -> bool:
        """Whether every target answered, and every rule was looked at without a mistake."""
        targets = self._ask("/api/v1/targets")["activeTargets"]
        groups = self._ask("/api/v1/rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return all(each["health"] == "up" for each in targets) and all(rule["health"] == "ok" for rule in rules)

    def close(self) -> None:
        """Ask no more."""
        self._http.close()

    def _ask(self, path: str) -> Any:
        try:
            return self._http.get(path).raise_for_status().json()["data"]
        except httpx.HTTPError:
            return {"alerts": [], "activeTargets": [{"health": "unknown"}], "groups": []}


@contextmanager
def running(folder: Path, services: Mapping[str, str]) -> Iterator[Prometheus]:
    """The server, on loopback; `services` are the addresses to scrape, by job. It ends with the block."""
    program = promtool.server()
    folder.mkdir(parents=True)
    (folder / RULES.name).write_text(
        json.dumps(scaled.rules(yaml.safe_load(RULES.read_text(encoding="utf-8"))))
    )  # JSON is YAML
    (folder / "prometheus.json").write_text(json.dumps(_configured(services)))
    port = ports.take(None, None, "Prometheus")
    line = (
        program,
        f"--config.file={folder / 'prometheus.json'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={ports.HOST}:{port}",
        "--log.level=warn",
    )
    with child(line, folder / "log"):
        asked = Prometheus(f"http://{ports.HOST}:{port}")
        try:
            until(asked.is_ready, "Prometheus has scraped every service")
            yield asked
        finally:
            asked.close()


def _configured(services: Mapping[str, str]) -> dict[str, Any]:
    return {
        "global": {
            "scrape_interval": _SCRAPED_EVERY,
            "scrape_timeout": _SCRAPED_EVERY,
            "evaluation_interval": _EVALUATED_EVERY,
        },
        "rule_files": [RULES.name],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [url.removeprefix("http://")]}]}
            for job, url in services.items()
        ],
    }
