"""Looks at the positions all the while: none may ever go back."""

import threading
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern

from recovery.nursery import SERVICES

_EVERY_SECONDS: Final = 0.1


class Fence:
    """A thread of its own, and a client that reads what a majority has. `looks`: how often it saw the positions."""

    def __init__(self, mongo_url: str, prefix: str) -> None:
        self._client: MongoClient[dict[str, Any]] = MongoClient(mongo_url, timeoutMS=5000)
        self._databases = [
            self._client.get_database(f"{prefix}{name}", read_concern=ReadConcern("majority")) for name in SERVICES
        ]
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}
        self._stopping = threading.Event()
        self.looks = 0
        self.violations: list[str] = []
        self._thread = threading.Thread(target=self._watch, name="fence", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._stopping.set()
        self._thread.join()
        self._client.close()

    def _watch(self) -> None:
        while not self._stopping.wait(_EVERY_SECONDS):
            try:
                self._look()
            except PyMongoError:
                continue  # it is away: that is what some rows do

    def _look(self) -> None:
        for database in self._databases:
            for row in database.positions.find({}, {"next": 1, "claims": 1}):
                place = database.name, row["_id"]
                now, before = (row["next"], row.get("claims", 0)), self._seen.get(place, (0, 0))
                if now[0] < before[0] or now[1] < before[1]:
                    self.violations.append(f"the fence went back: {place} from {before} to {now}")
                self._seen[place] = now
        self.looks += 1
