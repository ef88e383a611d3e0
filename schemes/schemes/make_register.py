"""Makes the compact practice register from a published epraccur report.

    python -m schemes.make_register epraccur.csv [practices.csv.gz]

The same report gives the same bytes.
"""

import csv
import gzip
import io
import sys
from pathlib import Path

from schemes.register import default_file, load, to_extract


def make(report: Path, extract: Path) -> int:
    """Writes the extract of a report, and returns its number of lines. Raises `RegisterUnreadable`."""
    rows = to_extract(load(report))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    extract.parent.mkdir(parents=True, exist_ok=True)
    extract.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))
    return len(rows)


def main(arguments: list[str]) -> int:
    """The command: a report's path, and where to write if not to the project's own register."""
    if len(arguments) not in (1, 2):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    extract = Path(arguments[1]) if len(arguments) == 2 else default_file()
    lines = make(Path(arguments[0]), extract)
    sys.stdout.write(f"{extract.name}: {lines - 2:,} practices, {extract.stat().st_size / 1000:.0f} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
