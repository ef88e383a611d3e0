"""What must hold of a history that is over, worked out from its logs and rows alone: no code of the fold is used."""

import json
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

from simulation import toys
from simulation.history import History

_TAKEN = ({"accepted"}, {"waiting"}, {"waiting", "accepted"})
_FATES = (*_TAKEN, {"duplicate"}, {"id_reused"}, {"refused"}, {"parked"})
_ENDINGS = {"accepted": "applied"}  # how a record's ending is counted, where the word is not that of its receipt


def violations(history: History) -> list[str]:
    """Every sentence says what is amiss; none, and the history is sound."""
    amiss = [f"a position went back: {moved}" for moved in history.moved_back]
    amiss += [f"trouble: {trouble}" for trouble in history.troubles]
    if history.stuck:
        return [*amiss, f"stuck: {history.stuck}"]
    return [*amiss, *_Check(history).all()]


class _Check:
    def __init__(self, history: History) -> None:
        self.amiss: list[str] = []
        self.history = history
        self.toys = history.rows.get("toys", {})
        self.waiting = {  # wherever it is kept
            key: [
                *self.toys.get(key, {}).get("waiting", ()),
                *history.rows.get("beside", {}).get(key, {}).get("waiting", ()),
            ]
            for key in toys.REFERRALS
        }
        self.parked = list(history.rows.get("parked", {}).values())
        self.fates = self._read_receipts()
        self.said = self._read_announced()

    def all(self) -> list[str]:
        """Everything that can be said at rest."""
        self._each_record_has_one_fate()
        by_id: defaultdict[str, list[Any]] = defaultdict(list)
        for sent in self.history.sent:
            if sent.said.minutes is not None:
                by_id[sent.said.event_id].append(sent)
        for event_id, copies in by_id.items():
            self._an_event_counts_once(event_id, copies)
        for referral in {sent.said.referral for sent in self.history.sent if sent.said.referral}:
            self._a_referral_is_what_was_said(
                referral, {s.said.event_id for copies in by_id.values() for s in copies if s.said.referral == referral}
            )
        self._no_ghost(set(by_id))
        self._counts_add_up()
        self._parked_stand_in_order()
        return self.amiss

    # -- reading ----------------------------------------------------------------------------------------------

    def _read_receipts(self) -> dict[tuple[str, int, int], set[str]]:
        fates: defaultdict[tuple[str, int, int], set[str]] = defaultdict(set)
        for (topic, _), log in self.history.logs.items():
            if topic == toys.RECEIPTS:
                for record in log:
                    told = json.loads(record.value)
                    at = told["position"]
                    fates[at["topic"], at["partition"], at["offset"]].add(told["fate"])
        return fates

    def _read_announced(self) -> dict[str, list[tuple[str, int, int]]]:
        """By referral, in the order of first appearance: event, version, minutes."""
        said: defaultdict[str, list[tuple[str, int, int]]] = defaultdict(list)
        first: dict[str, Any] = {}
        for (topic, _), log in self.history.logs.items():
            for record in log if topic == toys.SESSIONS else ():
                headers = dict(record.headers)
                event_id = headers["ce_id"].decode()
                if event_id in first:
                    if (record.value, record.headers, record.partition) != first[event_id]:
                        self.amiss.append(f"{event_id} is announced in two ways")
                    continue
                first[event_id] = (record.value, record.headers, record.partition)
                version, minutes = int(headers["ce_sequence"]), json.loads(record.value)["minutes"]
                said[record.key.decode()].append((event_id, version, minutes))
        return said

    def _fate(self, sent: Any) -> set[str]:
        return self.fates.get((*sent.position, sent.offset), set())

    # -- what must hold ---------------------------------------------------------------------------------------

    def _each_record_has_one_fate(self) -> None:
        for sent in self.history.sent:
            if sent.said.topic == toys.INBOX and self._fate(sent) not in _FATES:
                self.amiss.append(f"{sent.position}/{sent.offset} has the fates {sorted(self._fate(sent))}")
        places = {(*sent.position, sent.offset) for sent in self.history.sent}
        self.amiss += [f"a receipt of {place}, where nothing was sent" for place in self.fates.keys() - places]

    def _an_event_counts_once(self, event_id: str, copies: list[Any]) -> None:
        taken = [sent for sent in copies if self._fate(sent) in _TAKEN]
        parked = any(row["key"] == copies[0].said.referral for row in self.parked)
        if len(taken) > 1 or (not taken and not parked):
            self.amiss.append(f"{event_id} was taken {len(taken)} times")
        for sent in copies:
            if not taken or sent is taken[0] or self._fate(sent) == {"parked"}:
                continue
            due = {"duplicate"} if sent.said.minutes == taken[0].said.minutes else {"id_reused"}
            if self._fate(sent) != due:
                self.amiss.append(f"{sent.position}/{sent.offset} should be {due}, was {self._fate(sent)}")
        for sent in taken:
            if sent.said.minutes == 13:
                self.amiss.append(f"{event_id} was taken though it meets the bug")
            stands = self.toys.get(sent.said.referral, {}).get("sessions", ()).count(f"{event_id} {sent.said.minutes}")
            if stands != ("accepted" in self._fate(sent)):
                self.amiss.append(f"{event_id} stands {stands} times in its document")

    def _a_referral_is_what_was_said(self, referral: str, events: set[str]) -> None:
        stored, said = self.toys.get(referral, {}), self.said.get(referral, [])
        was_made = any(s.said.topic == toys.MADE and s.said.referral == referral for s in self.history.sent)
        is_parked = bool(stored.get("parked"))
        sessions, version, told = stored.get("sessions", ()), stored.get("version", 0), stored.get("told", 0)
        if was_made and not is_parked:
            if not stored.get("opened") or len(sessions) != len(events) or self.waiting[referral]:
                self.amiss.append(f"{referral} was made and has {len(sessions)} of {len(events)} sessions")
            if told != (referral in toys.FALLS_DUE):
                self.amiss.append(f"{referral} fell due {told} times")
        if not was_made and (version or len(self.waiting[referral]) + stored.get("parked", 0) < len(events)):
            self.amiss.append(f"{referral} was never made, has version {version}")
        if version != bool(stored.get("opened")) + len(sessions) + told:
            self.amiss.append(f"{referral} has version {version}, {len(sessions)} sessions")
        announced = [f"{event_id} {minutes}" for event_id, _, minutes in said if event_id != toys.reminder_id(referral)]
        if announced != list(sessions):
            self.amiss.append(f"{referral} has {len(sessions)} sessions, and {announced} were announced")
        versions = [version for _, version, _ in said]
        if any(later <= earlier for earlier, later in pairwise(versions)):
            self.amiss.append(f"{referral} first appears in the order {versions}")
        if len(said) != len(sessions) + told or any(not 0 < v <= version for v in versions):
            self.amiss.append(f"{referral} has version {version}, and {versions} were announced")

    def _no_ghost(self, events: set[str]) -> None:
        accepted = {s.said.event_id for s in self.history.sent if "accepted" in self._fate(s)}
        for referral, said in self.said.items():
            ghosts = {event_id for event_id, _, _ in said} - accepted - {toys.reminder_id(referral)}
            self.amiss += [f"{event_id} is announced and was not accepted" for event_id in ghosts]
        self.amiss += [f"{event_id} was accepted, and nobody sent it" for event_id in accepted - events]

    def _counts_add_up(self) -> None:
        counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for sent in self.history.sent:
            if sent.said.topic == toys.INBOX:
                fate = self._fate(sent)
                word = "waiting" if "waiting" in fate else next(iter(fate), "none")
                counted[f"gate/{sent.position[0]}/{sent.position[1]}"][_ENDINGS.get(word, word)] += 1
        for id_, row in self.history.rows.get("positions", {}).items():
            endings = {word: n for word, n in row.get("endings", {}).items() if n}
            if sum(endings.values()) != row["next"]:
                self.amiss.append(f"{id_} is at {row['next']} and counts {endings}")
            if row["topic"] == toys.INBOX and endings != dict(counted[id_]):
                self.amiss.append(f"{id_} counts {endings}, the receipts {dict(counted[id_])}")
        waiting = sum(n for row in self.history.rows["positions"].values() for n in row.get("waiting", {}).values())
        if waiting != sum(len(waiting) for waiting in self.waiting.values()):
            self.amiss.append(f"{waiting} are counted as waiting")

    def _parked_stand_in_order(self) -> None:
        rows: defaultdict[str | None, list[Any]] = defaultdict(list)
        for row in self.parked:
            rows[row["key"]].append(row)
        unlucky = {sent.said.referral for sent in self.history.sent if sent.said.minutes == 13}
        if rows.keys() - unlucky - {None}:
            self.amiss.append("a key is parked that never met the bug")
        for key, stored in self.toys.items():
            if stored.get("parked", 0) != len(rows[key]):
                self.amiss.append(f"{key} says {stored.get('parked', 0)} parked of {len(rows[key])}")
        for key, of_key in rows.items():
            places: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
            for row in sorted(of_key, key=lambda row: row["n"]):
                places[row["record"]["topic"], row["record"]["partition"]].append(row["record"]["offset"])
            for place, offsets in places.items():
                if offsets != sorted(offsets) and key is not None:
                    self.amiss.append(f"{key} is parked out of order in {place}: {offsets}")
                behind = [s for s in self.history.sent if s.position == place and s.offset > min(offsets)]
                for sent in behind if key is not None else ():
                    fits = self._fate(sent) in ({"parked"}, {"duplicate"}, {"id_reused"})
                    if sent.said.referral == key and place[0] == toys.INBOX and not fits:
                        self.amiss.append(f"{place}/{sent.offset} passed by what is parked of its referral")
        parked = {(r["record"]["topic"], r["record"]["partition"], r["record"]["offset"]) for r in self.parked}
        told = {place for place, fate in self.fates.items() if fate == {"parked"}}
        if told != {place for place in parked if place[0] == toys.INBOX}:
            self.amiss.append("what is parked is not what was said to be")
