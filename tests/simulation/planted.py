"""Mistakes, each in place of one piece of the real code: the simulation has to find every one of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from unittest.mock import patch

import msgspec
from aiokafka.errors import KafkaError
from pymongo import UpdateOne
from pymongo.errors import AutoReconnect, PyMongoError

from servicekit.batch import BatchWriter
from servicekit.documents import Document, from_stored, to_stored
from servicekit.endings import Ignore
from servicekit.fold import _Batch
from servicekit.ledger import Ledger
from servicekit.outbox import Outbox, Sendable
from servicekit.positions import Fenced, Positions
from servicekit.relay import Relay
from servicekit.runner import LoopRunner
from servicekit.sequence import Sequencer, ends, position_of

Patch = tuple[type[Any], str, Callable[..., Any]]


# -- what is said -----------------------------------------------------------------------------------------------


async def _announced_outside(self: Outbox, _session: Any, out: list[Any]) -> list[Sendable]:
    """Sent after the commit, and nothing of it stands in the transaction."""
    self._sequence += 1
    return [Sendable(f"{self._owner}/{self._sequence}/0", out)] if out else []


async def _marked_before_it_is_sent(self: Relay, batch: Sendable) -> bool:
    try:
        await self._outbox.sent([batch.id])
        await self._sender.send(batch.records)
    except (KafkaError, PyMongoError):
        return False
    return True


async def _failed_row_is_skipped(self: Relay, batch: Sendable) -> None:
    async with self._sending:
        await self._is_sent(batch)


async def _nothing_comes_first(_self: Relay, _batch: Sendable) -> list[Sendable]:
    return []


async def _left_overs_are_not_sent(self: LoopRunner[Any, Any], held: Any) -> None:
    await self.writer.claim(sorted(held))
    self.writer.leaving = False
    self._seat.seek(self.writer.next)


async def _nobody_looks(_self: LoopRunner[Any, Any]) -> None:
    return None


# -- what is known ----------------------------------------------------------------------------------------------


async def _nothing_is_known(_self: Ledger[Any], _session: Any, _identities: Any) -> dict[bytes, bytes]:
    return {}


_write = Ledger.write


async def _identities_are_not_kept(self: Ledger[Any], session: Any, folded: Any, moves: Any, now: Any) -> Any:
    folded.identities = {}
    return await _write(self, session, folded, moves, now)


async def _the_last_few_are_kept(self: Ledger[Any], session: Any, folded: Any, moves: Any, now: Any) -> Any:
    """As a cache of so many entries would: in a history of thirty events, eight."""
    out = await _write(self, session, folded, moves, now)
    known = [row["_id"] async for row in self._identities.find({}, session=session)]
    if len(known) > 8:
        await self._identities.delete_many({"_id": {"$in": known[:-8]}}, session=session)
    return out


_MOVED_AT: Final = datetime(2025, 3, 1, tzinfo=UTC)  # nothing rests on it


# -- what is handled --------------------------------------------------------------------------------------------

_transact = BatchWriter._transact


async def _acknowledged_before(self: BatchWriter[Any, Any], live: Any) -> Any:
    """The position is moved first, by itself; then the work is done."""
    moves = {position: (self.next[position], after) for position, after in ends(live).items()}

    async def move() -> None:
        await self._ledger.positions.move(self._session, moves, {}, {}, _MOVED_AT)

    await self._in_transaction(move)
    self.next |= {position: after for position, (_, after) in moves.items()}
    return await _transact(self, live)


_decide = _Batch._decide


def _exception_is_swallowed(self: Any, *args: Any) -> Any:
    ending = _decide(self, *args)
    return Ignore() if isinstance(ending, Exception) else ending


_ending = _Batch._ending


def _parked_alone(self: Any, item: Any) -> str:
    """Only the record that failed is put aside; later ones of its referral go past it."""
    key = getattr(item.read, "subject", None)
    if key is None or not (document := self._document(key)).parked:
        return _ending(self, item)
    self._keep(msgspec.structs.replace(document, parked=0))
    word = _ending(self, item)
    after = self._document(key)
    self._keep(msgspec.structs.replace(after, parked=after.parked + document.parked))
    return word


def _referrals_that_fail_stop_the_rest(self: Any, items: Sequence[Any]) -> bool:
    """One record that cannot be handled fails its whole batch, again and again."""
    done = _folds(self, items)
    if any(parked.cause != "behind" for parked in self.folded.parked):
        raise AutoReconnect("a poison record")
    return done


_folds = _Batch.folds


async def _given_up_after_an_outage(self: BatchWriter[Any, Any], items: Sequence[Any]) -> Any:
    """After one failed try the batch is skipped: who comes next begins behind it."""
    live = self.sequencer.live(items, self.next)[: self._most]
    try:
        return await self._transact(live) if live and not self.leaving else None
    except PyMongoError:
        moves = {position: (self.next[position], after) for position, after in ends(live).items()}

        async def move() -> None:
            await self._ledger.positions.move(self._session, moves, {}, {}, _MOVED_AT)

        await self.surely(lambda: self._in_transaction(move))
        self.next |= {position: after for position, (_, after) in moves.items()}
        return None


_seen_before = _Batch._seen_before


def _the_last_wins(self: Any, item: Any) -> str | None:
    """What comes later under a known id replaces what was taken."""
    known = self.folded.identities.get(item.identity, self._around.seen.get(item.identity))
    if known is not None and known != item.content:
        return None
    return _seen_before(self, item)


# -- the fence --------------------------------------------------------------------------------------------------


async def _moved_by(
    self: Positions, session: Any, moves: Mapping[Any, tuple[int, int]], endings: Any, waiting: Any, *, fenced: bool
) -> None:
    updates = []
    for position, (_before, after) in moves.items():
        counted = {f"endings.{ending}": n for ending, n in endings.get(position, {}).items() if n}
        counted |= {f"waiting.{partner}": n for partner, n in waiting.get(position, {}).items() if n}
        mine = {"owner": self._owner} if fenced else {}
        update = {"$set": {"next": after}, "$inc": {"moves": 1} | counted}
        updates.append(UpdateOne({"_id": self._id(position), **mine}, update))
    if updates and (await self.collection.bulk_write(updates, session=session)).matched_count != len(moves):
        raise Fenced


async def _owner_is_not_compared(self: Positions, session: Any, moves: Any, endings: Any, waiting: Any, _: Any) -> None:
    await _moved_by(self, session, moves, endings, waiting, fenced=False)


async def _offset_is_not_compared(
    self: Positions, session: Any, moves: Any, endings: Any, waiting: Any, _: Any
) -> None:
    await _moved_by(self, session, moves, endings, waiting, fenced=True)


def _everything_is_live(_self: Sequencer, items: Sequence[Any], following: Mapping[Any, int]) -> list[Any]:
    return [item for item in items if position_of(item.record) in following]


_write_once = BatchWriter.write


async def _written_whole(self: BatchWriter[Any, Any], items: Sequence[Any]) -> Any:
    """A batch is written as it came, also where it lies below the position."""
    left = getattr(self, "_left_of", (None, []))
    todo = left[1] if left[0] is items else list(items)
    written = await _write_once(self, todo) if todo else None
    self._left_of = (items, todo[len(written.live) :] if written else [])  # type: ignore[attr-defined]
    return written


# -- what waits -------------------------------------------------------------------------------------------------


async def _load_beside(self: Ledger[Any], session: Any, keys: Sequence[str]) -> dict[str, Any]:
    documents = {
        row["_id"]: from_stored(self._kind, row)
        async for row in self.documents.find({"_id": {"$in": keys}}, session=session)
    }
    beside = {row["_id"]: row async for row in self.database["beside"].find({"_id": {"$in": keys}})}
    for key, row in beside.items():
        waiting = from_stored(Document, row).waiting
        document = documents.get(key) or self._kind(id=key)
        documents[key] = msgspec.structs.replace(document, waiting=waiting)
    return documents


async def _write_beside(self: Ledger[Any], session: Any, changes: Mapping[str, Any]) -> None:
    bare, beside = {}, []
    for key, change in changes.items():
        before, after = (msgspec.structs.replace(one, waiting=()) for one in (change.before, change.after))
        if before != after:
            bare[key] = type(change)(before, after)
        if change.before.waiting != change.after.waiting:
            waiting = to_stored(Document(id=key, waiting=change.after.waiting)).get("waiting", [])
            beside.append(UpdateOne({"_id": key}, {"$set": {"waiting": waiting}}, upsert=True))
    await _write_documents(self, session, bare)
    if beside:
        await self.database["beside"].bulk_write(beside)


_write_documents = Ledger._write_documents

PLANTED: Final[dict[str, tuple[Patch, ...]]] = {
    "dual write": ((Outbox, "put", _announced_outside),),
    "mark before send": ((Relay, "_is_sent", _marked_before_it_is_sent),),
    "relay skips a failed row": ((Relay, "send_surely", _failed_row_is_skipped),),
    "left-overs never sent": (
        (LoopRunner, "_take_over", _left_overs_are_not_sent),
        (LoopRunner, "_sweep", _nobody_looks),
    ),
    "earlier commits of others not waited for": ((Relay, "_what_comes_first", _nothing_comes_first),),
    "no id memory": ((Ledger, "seen", _nothing_is_known), (Ledger, "write", _identities_are_not_kept)),
    "forgetful id memory": ((Ledger, "write", _the_last_few_are_kept),),
    "acknowledge before processing": ((BatchWriter, "_transact", _acknowledged_before),),
    "swallowed exception": ((_Batch, "_decide", _exception_is_swallowed),),
    "a failed record is parked alone": ((_Batch, "_ending", _parked_alone),),
    "a failed record stops the rest": ((_Batch, "folds", _referrals_that_fail_stop_the_rest),),
    "an outage skips a batch": ((BatchWriter, "write", _given_up_after_an_outage),),
    "the last content wins": ((_Batch, "_seen_before", _the_last_wins),),
    "no fence": ((Positions, "move", _owner_is_not_compared),),
    "fence written backwards": (
        (Positions, "move", _offset_is_not_compared),
        (Sequencer, "live", _everything_is_live),
        (BatchWriter, "write", _written_whole),
    ),
    "waiting beside the document": ((Ledger, "load", _load_beside), (Ledger, "_write_documents", _write_beside)),
}


@contextmanager
def planted(mistake: str | None) -> Iterator[None]:
    """The real code with this one mistake; None: as it is."""
    with ExitStack() as stack:
        for kind, name, wrong in PLANTED[mistake] if mistake else ():
            stack.enter_context(patch.object(kind, name, wrong))
        yield
