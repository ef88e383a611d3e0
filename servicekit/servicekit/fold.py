"""The pure heart of a loop: a batch of records and the documents they touch, folded into what is to be written.

No I/O and no clock, so that it can be run again after a conflict and simulated without a broker or a database.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Generic, TypeVar

import msgspec

from contracts import codec
from contracts.envelope import Event, Payload, Problem, Record, Refusal
from servicekit import admission
from servicekit.companion import Change
from servicekit.documents import Document, Waiting, succeeding
from servicekit.endings import Accept, Ending, Ignore, Refuse, Row, Wait
from servicekit.folded import BEHIND, Folded, Parked, Surroundings
from servicekit.hears import Handler, Moment
from servicekit.naming import named
from servicekit.outgoing import TRACEPARENT, announcement, receipt
from servicekit.partners import Partner
from servicekit.reading import Item
from servicekit.tracing import ids_of
from servicekit.tried import place_of, tried

D = TypeVar("D", bound=Document)
K = TypeVar("K")

MOST_WAITING_A_REFERRAL: Final = 200
MOST_WAITING_A_PARTNER: Final = 100_000
_MOST_WAITING_BYTES: Final = 4 * 1024 * 1024  # a referral: a quarter of what one stored document may be
_MOST_FAILING_KEYS: Final = 20  # more than these and no success: it is us, not them


class TooManyFailures(Exception):  # noqa: N818  a stop, named as the operators name it
    """So many keys fail and none succeeds that parking them all would only hide a fault of ours."""


def fold(items: Sequence[Item], documents: Mapping[str, D], around: Surroundings[D, K]) -> Folded[D]:
    """Fold the items in order. Raises `TooManyFailures` if nothing succeeds and many keys fail."""
    batch = _Batch(documents, around)
    if not batch.folds(items):
        batch = _Batch(documents, around, completes_each=True)
        batch.folds(items)
    folded = batch.folded
    failing = {parked.key for parked in folded.parked if parked.key is not None and parked.cause != BEHIND}
    if len(failing) > _MOST_FAILING_KEYS and not folded.changes.keys() - failing:
        raise TooManyFailures(f"{len(failing)} keys fail and none succeeds")
    return folded


class _Batch(Generic[D, K]):
    """`completes_each`: complete a document with every event, so that the one that it fails with can be parked."""

    def __init__(self, documents: Mapping[str, D], around: Surroundings[D, K], *, completes_each: bool = False) -> None:
        self.folded: Folded[D] = Folded()
        self._documents = documents
        self._changed: dict[str, D] = {}
        self._around = around
        self._trace = around.trace  # asked with every record
        self._completes_each = completes_each

    def folds(self, items: Sequence[Item]) -> bool:
        """Fold the items in order; False if a document cannot be completed with all that happened to it."""
        for item in items:
            self._take(item)
        for key, after in self._changed.items():
            before = self._stored(key)
            is_complete = self._completes_each or after.version == before.version
            completed = after if is_complete else tried(self._completed, after)
            if isinstance(completed, Exception):
                return False
            self.folded.changes[key] = Change(before, completed)
        return True

    def _take(self, item: Item) -> None:
        """Bring one record to its ending."""
        ending = self._ending(item)
        self.folded.endings[item.record.topic, item.record.partition][ending] += 1
        if self._trace is not None:
            self.folded.each.append(ending)

    def _ending(self, item: Item) -> str:
        if isinstance(item.read, Refusal):
            return self._unreadable(item, item.read)
        event, document = item.read, self._document(item.read.subject)
        if item.partner is not None and item.identity is None:
            return self._park(item, None, "partner_unknown")
        if again := self._seen_before(item):  # asked first: an event that was taken has its fate already
            return again
        if document.parked and type(event.data) not in self._around.hears.erases:
            return self._park(item, document, BEHIND)
        ending = self._decide(document, event, item)
        if isinstance(ending, Exception):
            return self._park(item, document, type(ending).__name__, where=place_of(ending))
        word = self._settle(document, event, item, ending)
        turned_away = isinstance(ending, Wait) and word == "refused"  # it may be sent again under its id
        if item.identity and not isinstance(ending, Ignore) and not turned_away:
            self.folded.identities[item.identity] = item.content or b""
        if isinstance(ending, Accept):
            self._release(event.subject, item.record)
        return word

    def _unreadable(self, item: Item, refusal: Refusal) -> str:
        if item.partner is None or refusal.event_id is None or self._around.partners.by_name(item.partner) is None:
            return self._park(item, None, f"unreadable: {refusal.problem.code} {refusal.problem.field}")
        if again := self._seen_before(item):  # it says nothing new of the event that was taken under its id
            return again
        self._tell(item, "refused", refusal.problem)
        return "refused"

    def _park(self, item: Item, document: D | None, cause: str, *, waited: bool = False, where: str = "") -> str:
        if document is None:
            self.folded.parked.append(Parked(item.record, None, cause))
        else:
            n = document.last_parked + 1
            self.folded.parked.append(Parked(item.record, document.id, cause, n, waited, where))
            self._keep(msgspec.structs.replace(document, parked=document.parked + 1, last_parked=n))
        self._tell(item, "parked", item.read.problem if isinstance(item.read, Refusal) else None)
        return "parked"

    def _seen_before(self, item: Item) -> str | None:
        if item.identity is None:
            return None
        content = self.folded.identities.get(item.identity, self._around.seen.get(item.identity))
        if content is None:
            return None
        ending = "duplicate" if content == item.content else "id_reused"
        problem = Problem("id_reused", "id", "a new id for a new event") if ending == "id_reused" else None
        self._tell(item, ending, problem)
        return ending

    def _decide(self, document: D, event: Event[Payload], item: Item) -> Ending[D] | Exception:
        """Ask the handler; what it raises is a bug of ours."""
        table = self._around.hears.follow if item.partner is None else self._around.hears.gate
        handler = table.get(type(event.data))
        if handler is None:
            return Ignore()
        partner = self._around.partners.by_name(item.partner) if item.partner else None
        at = event.accepted_at or self._around.now
        return tried(self._answer, handler, document, event, partner, at)

    def _answer(
        self, handler: Handler[D, K], document: D, event: Event[Payload], partner: Partner | None, at: datetime
    ) -> Ending[D]:
        if partner is not None and (problem := admission.objects_to(event, partner, at)):
            return Refuse(problem)
        ending = handler(document, event, Moment(at, partner, self._around.known, self._around.beside))
        if self._completes_each and isinstance(ending, Accept):
            return msgspec.structs.replace(ending, document=self._completed(ending.document))
        return ending

    def _completed(self, document: D) -> D:
        completes = self._around.hears.completes
        return document if completes is None else completes(document, self._around.known)

    def _settle(self, document: D, event: Event[Payload], item: Item, ending: Ending[D]) -> str:
        if isinstance(ending, Accept):
            self._accept(document, event, item, ending)
            return "applied"
        if isinstance(ending, Ignore):
            return "ignored"
        if isinstance(ending, Refuse):
            self._tell(item, "refused", ending.problem)
            return "refused"
        return self._wait(document, event, item)

    def _accept(self, document: D, event: Event[Payload], item: Item, ending: Accept[D]) -> None:
        erased = type(event.data) in self._around.hears.erases
        if erased and document.parked:
            self.folded.unparked.append(document.id)
            self.folded.parked = [parked for parked in self.folded.parked if parked.key != document.id]
            document = msgspec.structs.replace(document, parked=0)
        after = succeeding(document, ending.document)
        self._keep(after)
        at = event.accepted_at or self._around.now
        trace = None if self._trace is None else self._trace(item)
        for said in ending.announce:
            self.folded.out.append(announcement(said, at, after.version, trace))
        self.folded.rows += ending.rows if trace is None else [_continued(row, trace) for row in ending.rows]
        self._tell(item, "accepted", None)

    def _wait(self, document: D, event: Event[Payload], item: Item) -> str:
        partner = event.partner
        waits = self._around.waiting_by_partner.get(partner, 0)
        full = (
            len(document.waiting) >= MOST_WAITING_A_REFERRAL
            or _weight(document) + _bytes_of(item.record) > _MOST_WAITING_BYTES
        )
        if full or waits >= MOST_WAITING_A_PARTNER:
            problem = Problem("too_many_waiting", "subject", "a referral that has been made")
            self._tell(item, "refused", problem)
            return "refused"
        entry = Waiting(*item.record, event.id, event.type, partner, self._around.now)
        self._keep(msgspec.structs.replace(document, waiting=(*document.waiting, entry)))
        self._count_waiting(item.record, entry, 1)
        self._tell(item, "waiting", None)
        return "waiting"

    def _release(self, key: str, because: Record) -> None:
        """Offer what waited to the changed document, in order, until nothing more goes out."""
        accepted = True
        while accepted:
            accepted = False
            for entry in self._document(key).waiting:
                accepted |= self._offer(key, entry, because)

    def _offer(self, key: str, entry: Waiting, because: Record) -> bool:
        """Decide one waiting record again; True if it was accepted, so that others may follow it."""
        document, item = self._document(key), self._again(entry)
        if document.parked or isinstance(item.read, Refusal):
            return False
        ending = self._decide(document, item.read, item)
        if isinstance(ending, Wait):
            return False
        left = msgspec.structs.replace(document, waiting=tuple(w for w in document.waiting if w is not entry))
        self._keep(left)
        self._count_waiting(because, entry, -1)
        if isinstance(ending, Exception):
            self._park(item, left, type(ending).__name__, waited=True, where=place_of(ending))
            return False
        self._settle(left, item.read, item, ending)
        return isinstance(ending, Accept)

    def _again(self, entry: Waiting) -> Item:
        record = entry.record()
        strict = entry.topic.startswith("inbox.")
        result = codec.decode_inbox(record) if strict else codec.decode_canonical(record)
        return Item(record, entry.partner if strict else None, result)

    def _count_waiting(self, record: Record, entry: Waiting, by: int) -> None:
        self.folded.waiting[record.topic, record.partition][named(entry.partner, entry.type)] += by

    def _document(self, key: str) -> D:
        return self._changed.get(key) or self._stored(key)

    def _stored(self, key: str) -> D:
        return self._documents.get(key) or self._around.document(id=key)

    def _keep(self, after: D) -> None:
        self._changed[after.id] = after

    def _tell(self, item: Item, fate: str, problem: Problem | None) -> None:
        """A receipt, if it is a registered partner who said it."""
        trace = None if self._trace is None else self._trace(item)
        if fate in ("refused", "parked"):
            self.folded.about[item.record.place] = _about(item, fate, problem, trace)
        if item.partner is None or self._around.partners.by_name(item.partner) is None:
            return
        if problem is not None and fate == "refused":
            self.folded.refused[problem.code] += 1
        self.folded.out.append(receipt(item, fate, problem, self._around.now, trace))


def _about(item: Item, fate: str, problem: Problem | None, trace: bytes | None) -> dict[str, str]:
    """Which event it is and why it is refused, for the log. Not the field: its name may be one that somebody sent."""
    read = item.read
    event_id = read.event_id if isinstance(read, Refusal) else read.id
    why = {"reason": problem.code} if problem is not None and fate == "refused" else {}
    named = {"event_id": event_id, "type": read.type}
    return {**{name: said for name, said in named.items() if said is not None}, **why, **ids_of(trace)}


def _continued(row: Row, trace: bytes) -> Row:
    """A row with the trace that is continued with it."""
    return Row(row.collection, {**row.document, TRACEPARENT: trace.decode()}) if row.continues else row


def _weight(document: Document) -> int:
    return sum(_bytes_of(entry.record()) for entry in document.waiting)


def _bytes_of(record: Record) -> int:
    return len(record.value or b"") + sum(len(name) + len(value or b"") for name, value in record.headers)
