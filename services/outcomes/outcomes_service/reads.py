"""Who of the staff looked at what, and when. Only ever added to; of people it holds no more than references."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

READS: Final = "staff_reads"
_PLAIN: Final = re.compile(r"[A-Za-z0-9._:,/-]{1,200}")  # ids, codes, days, paths; whatever else was typed is not kept
_MOST_ASKED: Final = 12


async def prepare(database: Any) -> None:
    """Reads are looked up by time, and by who."""
    await database[READS].create_index([("at", -1)])
    await database[READS].create_index([("who", 1), ("at", -1)])


async def note(database: Any, who: str, path: str, asked: Iterable[tuple[str, str]], at: datetime) -> None:
    """Put down that somebody is shown this, before it is shown."""
    kept = {name: value for name, value in asked if _PLAIN.fullmatch(name) and _PLAIN.fullmatch(value)}
    said = {name.replace(".", "_"): value for name, value in list(kept.items())[:_MOST_ASKED]}
    what = path if _PLAIN.fullmatch(path) else "?"
    await database[READS].insert_one({"at": at, "who": who, "what": what, "asked": said})
