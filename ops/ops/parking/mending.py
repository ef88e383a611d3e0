"""Mendings: what an operator does with parked records, from the dry run to its end, kept so that a page can follow it.

`footing_ops.mendings` has one document each. It begins with the dry run; what is then asked is asked of the very
records that were tried out. Each step is written together with what it asks of the records, or neither is: a form that
is sent twice has one effect, and whoever looks finds the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from ops import audit
from ops.parked import ParkedRecords, ParkedRefused, Row, parked_records
from ops.parking.choosing import Choice, chosen
from ops.parking.outlook import Outlook, outlook
from ops.parking.telling import words_of
from servicekit.days import to_milliseconds
from servicekit.settings import ServiceSettings

MENDINGS: Final = "mendings"
MOST_ROWS: Final = 10_000  # of a document, which holds 16 MB; the rest is a second mending
PATIENCE: Final = timedelta(seconds=30)
"""So long nothing has come: then nobody waits any more."""
_KEPT_SECONDS: Final = 30 * 86_400
_STAYED_SHOWN: Final = 50


class AlreadyDone(Exception):  # noqa: N818  an answer, not a fault
    """Somebody, or the same form sent twice, was first."""


@dataclass(frozen=True, slots=True)
class Stayed:
    """A record that is parked still, after it was tried, and why."""

    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A mending as it stands now.

    `state`: trying (what would come of it is not said yet), tried, unanswered (nobody said it), asked (services are at
    it), idle (nobody takes it up), ended. `left`: of so many of `rows` no answer is there. `gone`: of so many nothing
    was asked, for they were parked no more, or something else was asked of them. `rest`: so many more were meant than
    one mending takes.
    """

    id: str
    what: str
    choice: str
    state: str
    who: str
    begun_at: datetime
    rows: Sequence[Row]
    left: int
    gone: int
    rest: int = 0
    outlook: Outlook | None = None
    why: str | None = None
    asked_by: str | None = None
    asked_at: datetime | None = None
    ended_at: datetime | None = None
    words: Mapping[str, int] = field(default_factory=dict)
    stayed: Sequence[Stayed] = ()
    held: Sequence[str] = ()

    @property
    def moves(self) -> bool:
        """Whether it is worth looking again soon."""
        return self.state in ("trying", "asked")


class Mendings:
    """The mendings of one installation. Its calls block."""

    def __init__(self, there: ParkedRecords, database: audit.Entries) -> None:
        self._there, self._database = there, database
        self._kept: Collection[dict[str, Any]] = database[MENDINGS]

    def begin(self, mending: str, what: str, choice: Choice, who: str) -> None:
        """Try it out. The same mending begun twice is one. Raises `ParkedRefused`."""
        if self._kept.find_one({"_id": mending}, {"_id": 1}):
            return
        self._kept.create_index("begun_at", expireAfterSeconds=_KEPT_SECONDS)
        every = chosen(self._there, what, choice)
        if not every:
            raise ParkedRefused("Nothing is parked.")
        at, rows = _now(), every[:MOST_ROWS]
        begun = {"_id": mending, "what": what, "choice": str(choice), "who": who, "begun_at": at, "moved_at": at}

        def keep(session: ClientSession, tried: list[Row]) -> None:
            counts = {"left": len(tried), "gone": len(rows) - len(tried), "rest": len(every) - len(rows)}
            self._kept.insert_one({**begun, **counts, "rows": _stored(tried)}, session=session)

        with suppress(DuplicateKeyError):  # the form was sent twice, and at once
            self._there.try_out(rows, what, at, keep)

    def ask(self, mending: str, why: str, who: str) -> None:
        """Ask it really of all that was tried out, and put that down. Raises `AlreadyDone`, `ParkedRefused`."""
        seen = self.look(mending)
        if seen.state != "tried" or not seen.outlook:
            raise AlreadyDone
        rows = [row for row, _ in self._there.trials_of(seen.rows, seen.begun_at)]
        at, what = _now(), f"parked {seen.what} {seen.choice}"

        def keep(session: ClientSession, asked: list[Row]) -> None:
            kept = {"asked_by": who, "asked_at": at, "why": why, "moved_at": at, "left": len(asked)}
            kept |= {"gone": len(seen.rows) - len(asked), "rows": _stored(asked)}
            mine = {"_id": mending, "asked_at": {"$exists": False}}
            if not self._kept.update_one(mine, {"$set": kept}, session=session).matched_count:
                raise AlreadyDone
            before, after = {"parked": len(rows)}, {"asked": len(asked)}
            audit.record(self._database, who, what, why, before, after, session=session)

        self._there.ask(rows, seen.what, why or None, keep)

    def look(self, mending: str) -> Seen:
        """How it stands; what has come to its end is put down as that. Raises `ParkedRefused`."""
        stored = self._kept.find_one({"_id": mending})
        if stored is None:
            raise ParkedRefused(f"There is no mending {mending}: they are kept for 30 days.")
        return self._seen(stored)

    def latest(self, most: int) -> list[Seen]:
        """The latest, those under way first brought up to date."""
        return [self._seen(stored) for stored in self._kept.find().sort("begun_at", -1).limit(most)]

    def _seen(self, stored: Mapping[str, Any]) -> Seen:
        return self._asked(stored) if "asked_at" in stored else self._tried(stored)

    def _tried(self, stored: Mapping[str, Any]) -> Seen:
        rows, at = _rows(stored), stored["begun_at"]
        if stored.get("unanswered"):
            return _told(stored, "unanswered", held=self._there.held(rows))
        if left := self._there.still_tried(rows, at):
            if self._has_moved(stored, left):
                return _told(stored, "trying", left=left, held=self._there.held(rows))
            self._there.no_longer_try(rows, at)
            self._kept.update_one({"_id": stored["_id"]}, {"$set": {"unanswered": True, "left": left}})
            return _told(stored, "unanswered", left=left, held=self._there.held(rows))
        trials = list(self._there.trials_of(rows, at))
        gone = stored["gone"] + len(rows) - len(trials)
        return _told(stored, "tried", left=0, gone=gone, outlook=outlook(trials) if trials else None)

    def _asked(self, stored: Mapping[str, Any]) -> Seen:
        if "ended_at" in stored:
            stayed = [Stayed(each["place"], each["why"]) for each in stored["stayed"]]
            return _told(stored, "ended", words=stored["words"], stayed=stayed)
        rows = _rows(stored)
        answers = list(self._there.answered(rows))
        words = words_of(answers)
        stayed = [Stayed(row.place, why) for row, why in answers if why != "done"][:_STAYED_SHOWN]
        if left := len(rows) - len(answers):
            state = "asked" if self._has_moved(stored, left) else "idle"
            return _told(stored, state, left=left, words=words, stayed=stayed, held=self._there.held(rows))
        at = self._end(stored, words, stayed)
        return _told(stored, "ended", left=0, words=words, stayed=stayed, ended_at=at)

    def _has_moved(self, stored: Mapping[str, Any], left: int) -> bool:
        """Whether something came since somebody last looked, or not long ago."""
        if left == stored["left"]:
            moved_at: datetime = stored["moved_at"]
            return _now() - moved_at < PATIENCE
        self._kept.update_one({"_id": stored["_id"]}, {"$set": {"left": left, "moved_at": _now()}})
        return True

    def _end(self, stored: Mapping[str, Any], words: Mapping[str, int], stayed: Sequence[Stayed]) -> datetime:
        """Put down what came of it, once."""
        at = _now()
        ended = {"ended_at": at, "left": 0, "words": dict(words), "stayed": [asdict(each) for each in stayed]}
        mine = {"_id": stored["_id"], "ended_at": {"$exists": False}}
        what, before = f"parked {stored['what']} {stored['choice']}", {"asked": len(stored["rows"])}

        def work(session: ClientSession) -> None:
            if self._kept.update_one(mine, {"$set": ended}, session=session).matched_count:
                entry = (stored["asked_by"], what, stored["why"], before, dict(words))
                audit.record(self._database, *entry, session=session)

        with self._there.client.start_session() as session:
            session.with_transaction(work)
        return at


@contextmanager
def mendings(settings: ServiceSettings) -> Iterator[Mendings]:
    """The mendings, as long as the block lasts. Raises `ParkedRefused`, and `Missing` without MongoDB."""
    with parked_records(settings) as there:
        yield Mendings(there, there.client[settings.database_prefix + audit.OPS_DATABASE])


def _told(stored: Mapping[str, Any], state: str, **now: Any) -> Seen:
    fields = ("what", "choice", "who", "begun_at", "left", "gone", "rest", "why", "asked_by", "asked_at", "ended_at")
    said = {name: stored[name] for name in fields if name in stored}
    return Seen(**{"id": stored["_id"], "state": state, "rows": _rows(stored), **said, **now})


def _rows(stored: Mapping[str, Any]) -> list[Row]:
    return [Row(**row) for row in stored["rows"]]


def _stored(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def _now() -> datetime:
    return to_milliseconds(datetime.now(UTC))
