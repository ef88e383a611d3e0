"""Write the two views as JSON lines. The only file here that is not the standard library alone: it needs pymongo.

MONGO_URL=... PYTHONPATH=tests python -m oracle.export >views.jsonl
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database


def lines(database: Database[dict[str, Any]]) -> Iterator[str]:
    """Every row of both views, a line each."""
    for view in ("journeys", "figures"):
        for row in database[view].find():
            yield json.dumps({"view": view, "row": row}, default=_text)


def main() -> None:
    """Print them."""
    with MongoClient[dict[str, Any]](os.environ["MONGO_URL"], tz_aware=True) as client:
        for line in lines(client[os.environ.get("DATABASE_PREFIX", "footing_") + "outcomes"]):
            sys.stdout.write(line + "\n")


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    raise TypeError(f"a {type(value).__name__} in a view")


if __name__ == "__main__":
    main()
