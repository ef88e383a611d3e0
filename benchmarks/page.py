"""`python -m benchmarks.page`: write the table of `build/bench.json` into the page of the docs, to be committed."""

import json
import re
from pathlib import Path
from typing import Final

from benchmarks.table import markdown

PAGE: Final = Path(__file__).parents[1] / "docs/architecture/speed.md"
RESULTS: Final = Path("build/bench.json")
_BEGIN, _END = "<!-- table: python -m benchmarks.page -->", "<!-- end of table -->"


def page_with(text: str, table: str) -> str:
    """The page with this table between its marks. Raises `ValueError` if it has none."""
    new, count = re.subn(
        f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", lambda _: f"{_BEGIN}\n{table}{_END}", text, flags=re.DOTALL
    )
    if count != 1:
        raise ValueError(f"{PAGE.name} must have one {_BEGIN} and one {_END}")
    return new


def write() -> None:
    """Write the table, and where it was measured."""
    entries = json.loads(RESULTS.read_text())["results"]
    machines = sorted({entry["machine"] for entry in entries})
    table = f"Measured on: {'; '.join(machines)}.\n\n{markdown(entries)}"
    PAGE.write_text(page_with(PAGE.read_text(), table))
    print(f"{PAGE} has {len(entries)} works now.")


if __name__ == "__main__":
    write()
