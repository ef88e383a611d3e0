"""The board shows every page that an alert names, with links that lead somewhere, and lets no HTML through."""

import itertools
import re
from pathlib import Path

import pytest

from ops.alarms.rules import rules
from ops.board.frame import runbook
from ops.board.runbooks import RUNBOOKS, runbooks

_HREF = re.compile(r'href="([^"]*)"')


def test_every_page_that_an_alert_names_is_there() -> None:
    there = {f"{RUNBOOKS}/{name}" for name in runbooks()}
    assert {runbook(rule.runbook) for rule in rules().values()} <= there
    assert "FootingParked" in runbooks()["parked-group"].alerts


def test_every_link_between_pages_leads_to_a_heading_that_is_there() -> None:
    for page in runbooks().values():
        for href in _HREF.findall(page.html):
            address, _, heading = href.partition("#")
            if not address.startswith("http"):
                at = runbooks()[address.removeprefix(f"{RUNBOOKS}/")] if address else page
                assert not heading or f'id="{heading}"' in at.html, (page.name, href)


def test_headings_are_in_order_and_named_once() -> None:
    for page in runbooks().values():
        levels = [int(level) for level in re.findall(r"<h([1-6])", page.html)]
        assert levels[0] == 1, page.name
        assert levels.count(1) == 1, page.name
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), page.name
        ids = re.findall(r' id="([^"]*)"', page.html)
        assert len(ids) == len(set(ids)), page.name


def test_what_is_written_as_html_is_shown_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "# Odd\n<script>x</script> [there](elsewhere.md) [bad](javascript:x) [far](../a/b.md#c)\n\n|a|\n|-|\n|`<b>`|\n"
    )
    (tmp_path / "odd.md").write_text(text, encoding="utf-8")
    monkeypatch.setenv("RUNBOOKS_DIR", str(tmp_path))
    runbooks.cache_clear()
    try:
        html = runbooks()["odd"].html
    finally:
        runbooks.cache_clear()
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert _HREF.findall(html) == []
    assert '<span title="../a/b.md#c">far</span>' in html
    assert 'scope="col"' in html
    assert "<caption" in html
