"""When a fact became visible in the read model: a change stream of the journeys, which tells of what a majority has.

A reader of the collection would see it at the same moment; what the stream itself adds is measured beside it.
"""

import statistics
import threading
import time
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

_MARKS: Final = 200

Rows = Collection[dict[str, Any]]


class Watch:
    """The moments (seconds since 1970) at which events were first visible, by id, until the block ends."""

    def __init__(self, journeys: Rows) -> None:
        self.seen: dict[str, float] = {}
        shown = [{"$project": {"ids": "$fullDocument.facts.id"}}]
        self._stream = journeys.watch(shown, full_document="updateLookup", max_await_time_ms=100)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._stream.close()

    def _look(self) -> None:
        while not self._over.is_set():
            change = self._stream.try_next()
            if change is None:
                continue
            now = time.time()
            for event in change.get("ids") or ():
                self.seen.setdefault(event, now)


def own_cost_ms(client: MongoClient[dict[str, Any]]) -> float:
    """What the stream adds: the median from an acknowledged write to its change."""
    database = client.get_database(f"scratch_{uuid4().hex[:6]}", write_concern=WriteConcern("majority"))
    marks, waits = database.create_collection("marks"), []
    with marks.watch(max_await_time_ms=1000) as stream:
        for number in range(_MARKS):
            marks.insert_one({"_id": number})
            written = time.time()
            if stream.next()["documentKey"]["_id"] == number:
                waits.append(1000 * max(0.0, time.time() - written))
    client.drop_database(database.name)
    return round(statistics.median(waits), 1)
