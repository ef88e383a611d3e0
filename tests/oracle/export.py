"""Write the two views as JSON lines. The only file here that is not the standard library alone: it needs pymongo.

MONGO_URL=... PYTHONPATH=tests python -m oracle.export >views.jsonl
"""

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient


def main() -> None:
    """Print every row of both views."""
    with MongoClient[dict[str, Any]](os.environ["MONGO_URL"], tz_aware=True) as client:
        database = client[os.environ.get("DATABASE_PREFIX", "footing_") + "outcomes"]
        for view in ("journeys", "figures"):
            for row in database[view].find():
                sys.stdout.write(json.dumps({"view": view, "row": row}, default=_text) + "\n")


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    raise TypeError(f"a {type(value).__name__} in a view")


if __name__ == "__main__":
    main()
