"""What the partners were told: the fates of each record, and which records of each event were accepted."""

import json
from collections import defaultdict

from contracts.receipt import is_receipt
from recovery.ledger import Acknowledged
from recovery.tail import Tail

INTERIM = frozenset({"received", "waiting"})
Place = tuple[str, int, int]
Identity = tuple[str, str, str]


class Receipts:
    """Read as they come; one receipt may come twice, and says nothing new then."""

    def __init__(self, kafka_url: str) -> None:
        self._tail = Tail(kafka_url, lambda topic: topic.startswith("receipts."))
        self.fates: defaultdict[Place, set[str]] = defaultdict(set)
        self.accepted: defaultdict[Identity, set[Place]] = defaultdict(set)

    def read(self) -> None:
        """Take in what came since."""
        for message in self._tail.read():
            if not is_receipt(message.headers() or ()):
                continue
            said = json.loads(message.value() or b"")
            at = said["position"]
            place = (at["topic"], at["partition"], at["offset"])
            fate = said["reason"] if said.get("reason") == "id_reused" else said["fate"]
            self.fates[place].add(fate)
            if fate == "accepted":
                partner = (message.topic() or "").removeprefix("receipts.")
                self.accepted[partner, said["type"], said["event_id"]].add(place)

    def complaints(self, entry: Acknowledged) -> list[str]:
        """What is wrong with what was said of an acknowledged record."""
        found = []
        if entry.topic:
            told = self.fates[entry.place]
            final = told - INTERIM or told & {"waiting"}
            if len(final) != 1 or not final <= set(entry.fates):
                found.append(f"{_name(entry)} was told {sorted(told) or 'nothing'}, due was one of {list(entry.fates)}")
        if entry.once and len(places := self.accepted[entry.identity]) != 1:
            found.append(f"{_name(entry)} was accepted {len(places)} times")
        return found

    def close(self) -> None:
        """Leave."""
        self._tail.close()


def _name(entry: Acknowledged) -> str:
    where = "/".join(map(str, entry.place)) if entry.topic else "through the door"
    return f"{entry.event} {entry.id} ({where})"
