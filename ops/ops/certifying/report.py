"""The readiness report: JSON for machines, and a page that needs no script and nothing from outside."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Final

from ops.certifying.checklist import Result

_STYLE: Final = (
    "body{margin:0 auto;max-width:60rem;padding:0 1rem 2rem;font:1.0625rem/1.5 system-ui,sans-serif;color:#14181c;"
    "background:#fff}h1{font-size:1.75rem;line-height:1.2}table{border-collapse:collapse;width:100%}"
    "caption{text-align:left;font-weight:700;padding:.5rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid #9aa4ad}"
    "tbody th{font-weight:400}code{overflow-wrap:anywhere}.wide{overflow-x:auto}"
    ".wide:focus{outline:3px solid #b34700;outline-offset:2px}"
)


@dataclass(frozen=True, slots=True)
class Report:
    """How ready a partner is. `ran`: we sent the samples as the partner; else we watched what it sent."""

    partner: str
    made_at: datetime
    since: datetime
    ran: bool
    items: Sequence[Result]

    @property
    def passed(self) -> bool:
        """Whether every item has passed."""
        return all(item.passed for item in self.items)

    def as_json(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "partner": self.partner,
            "passed": self.passed,
            "made_at": _written(self.made_at),
            "since": _written(self.since),
            "way": "ran" if self.ran else "watched",
            "items": [_plain(item) for item in self.items],
        }

    def as_page(self) -> str:
        """The report for people."""
        done = sum(item.passed for item in self.items)
        verdict = "Ready" if self.passed else "Not ready yet"
        how = "Samples were sent as the partner" if self.ran else "What the partner sent was looked at"
        rows = "\n".join(_row(item) for item in self.items)
        title = f"{escape(self.partner)}: readiness report"
        return f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p><strong>{verdict}</strong>: {done} of {len(self.items)} passed.</p>
<p>{how}, from {_time(self.since)} to {_time(self.made_at)}.</p>
<div class="wide" role="region" aria-label="What was looked for" tabindex="0">
<table>
<caption>What was looked for</caption>
<thead><tr><th scope="col">What</th><th scope="col">Passed</th><th scope="col">By, or what to do</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
</main>
</body>
</html>
"""

    def write(self, file: Path) -> Path:
        """Write the JSON to the file and the page beside it; the page's path."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(self.as_json(), indent=2) + "\n", encoding="utf-8")
        page = file.with_suffix(".html")
        page.write_text(self.as_page(), encoding="utf-8")
        return page


def _plain(item: Result) -> dict[str, Any]:
    said = asdict(item)
    if item.proof is not None:
        said["proof"] = {**asdict(item.proof), "at": _written(item.proof.at)}
    return said


def _row(item: Result) -> str:
    if item.proof is None:
        said = escape(item.to_do or "")
    else:
        event = f"<code>{escape(item.proof.event_id)}</code> " if item.proof.event_id else ""
        said = f"{event}{_time(item.proof.at)}"
    word = "yes" if item.passed else "not yet"
    return f'<tr><th scope="row">{escape(item.title)}</th><td>{word}</td><td>{said}</td></tr>'


def _time(moment: datetime) -> str:
    return f'<time datetime="{_written(moment)}">{moment:%-d %B %Y, %H:%M} UTC</time>'


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
