"""Run it: `PYTHONPATH=tests python -m oracle compare --dump *.jsonl --schemes schemes.jsonl --views views.jsonl`.

The dump is made by `kcat -b HOST -C -e -J -q -o beginning -t TOPIC` of every canonical topic, the schemes by
`footing schemes show ID --json` one after the other, the views by `python -m oracle.export`.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from oracle import differ
from oracle.dump import read_files
from oracle.london import london_day
from oracle.opinion import Opinion, form


def main(arguments: Sequence[str]) -> int:
    """Compute, and print or compare: 0 nothing differs, 1 something does."""
    options = _options().parse_args(arguments)
    dump = read_files(options.dump)
    opinion = form(dump, _documents(options.schemes), options.as_of)
    if options.what == "compare":
        if options.views is None:
            _options().error("compare needs --views")
        return _compare(opinion, options.views)
    for one in opinion.journeys if options.what == "journeys" else opinion.figures:
        sys.stdout.write(json.dumps(one) + "\n")
    return 0


def _compare(opinion: Opinion, views: Path) -> int:
    shown = list(_documents(views))
    found = opinion.differences(shown)
    for difference in found:
        sys.stdout.write(difference + "\n")
    unknown = differ.not_compared(line["row"] for line in shown if line["view"] == "figures")
    sys.stderr.write(
        f"{len(found)} differences; {len(opinion.journeys)} journeys and {len(opinion.figures)} figures computed, "
        f"{len(shown)} rows shown; measures not compared: {', '.join(unknown) or 'none'}\n"
    )
    return 1 if found else 0


def _documents(path: Path) -> Iterator[dict[str, Any]]:
    """JSON documents one after the other, on one line each or on many."""
    text, at, reader = path.read_text(encoding="utf-8"), 0, json.JSONDecoder()
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        document, at = reader.raw_decode(text, at)
        yield document


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="oracle", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("journeys", "figures", "compare"))
    parser.add_argument("--dump", nargs="+", type=Path, required=True, help="files that kcat -J made")
    parser.add_argument("--schemes", type=Path, required=True, help="the schemes as JSON, one after the other")
    parser.add_argument("--views", type=Path, help="what oracle.export made; needed to compare")
    parser.add_argument("--as-of", type=date.fromisoformat, default=london_day(datetime.now(UTC)), help="YYYY-MM-DD")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
