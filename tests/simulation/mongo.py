"""A MongoDB for one history, behind the driver's calls: transactions on snapshots, conflicts, sessions that are killed.

It imitates what the mechanism rests on: a transaction reads one snapshot and its own writes; whoever writes a document
second, while the first is open or after it committed, gets a write conflict; a write outside waits for the open one;
a session can be killed; a commit that was asked twice is one commit; an open transaction of a dead client stays until
somebody ends it. It does not imitate projections, indexes other than `_id`, limits of size, elections, roll-back of
what was not on a majority, or reads that return more than one batch. `test_simulated_parts.py` holds it to a real one.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from pymongo import DeleteMany, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError, OperationFailure, PyMongoError

from simulation.wire import AGAIN, Wire

Row = dict[str, Any]
_LONGEST_SECONDS = 60.0  # of an open transaction
_CONFLICT, _NO_TRANSACTION, _DUPLICATE = 112, 251, 11000


class Tx:
    """An open transaction at the server."""

    __slots__ = ("number", "rows", "since", "started", "written")

    def __init__(self, number: int, rows: dict[str, dict[Any, Row]], commits: int, now: float) -> None:
        self.number, self.since, self.started = number, commits, now
        self.rows = {name: dict(of) for name, of in rows.items()}
        self.written: dict[tuple[str, Any], Row | None] = {}


class Server:
    """What all clients of a history share."""

    def __init__(self, now: Callable[[], float], watch: Callable[[str, Any, Row | None, Row | None], None]) -> None:
        self.rows: dict[str, dict[Any, Row]] = {}
        self._now, self._watch = now, watch
        self._locks: dict[tuple[str, Any], Tx] = {}
        self._changed: dict[tuple[str, Any], int] = {}
        self._open: dict[bytes, Tx] = {}
        self._committed: dict[bytes, int] = {}
        self._commits = 0

    # -- transactions -----------------------------------------------------------------------------------------

    def begin(self, session: bytes, number: int) -> Tx:
        tx = self._open.get(session)
        if tx is not None and tx.number != number:
            self.end(session)
        tx = self._open[session] = Tx(number, self.rows, self._commits, self._now())
        return tx

    def going_on(self, session: bytes, number: int) -> Tx:
        tx = self._open.get(session)
        if tx is None or tx.number != number:
            raise _transient(_NO_TRANSACTION)
        return tx

    def commit(self, session: bytes, number: int) -> None:
        if self._committed.get(session) == number:
            return
        tx = self.going_on(session, number)
        self._commits += 1
        for (name, id_), row in tx.written.items():
            self._put(name, id_, row)
        self._committed[session] = number
        self.end(session)

    def end(self, session: bytes) -> None:
        """Abort, or forget after a commit."""
        tx = self._open.pop(session, None)
        if tx is not None:
            for key in tx.written:
                if self._locks.get(key) is tx:
                    del self._locks[key]

    # -- rows -------------------------------------------------------------------------------------------------

    def seen_by(self, tx: Tx | None, name: str) -> dict[Any, Row]:
        return (self.rows if tx is None else tx.rows).setdefault(name, {})

    def write(self, tx: Tx, session: bytes, name: str, id_: Any, row: Row | None) -> None:
        key = (name, id_)
        holder = self._locks.get(key)
        if (holder is not None and holder is not tx) or self._changed.get(key, 0) > tx.since:
            self.end(session)
            raise _transient(_CONFLICT)
        self._locks[key] = tx
        tx.written[key] = row
        _set(tx.rows.setdefault(name, {}), id_, row)

    def write_outside(self, name: str, writes: Sequence[tuple[Any, Row | None]]) -> bool:
        """False: an open transaction holds one of the rows; try again."""
        for id_, _ in writes:
            holder = self._locks.get((name, id_))
            if holder is not None:
                if self._now() - holder.started > _LONGEST_SECONDS:
                    self.end(next(session for session, tx in self._open.items() if tx is holder))
                    continue
                return False
        for id_, row in writes:
            self._commits += 1
            self._put(name, id_, row)
        return True

    def _put(self, name: str, id_: Any, row: Row | None) -> None:
        of = self.rows.setdefault(name, {})
        self._changed[name, id_] = self._commits
        self._watch(name, id_, of.get(id_), row)
        _set(of, id_, row)


class Client:
    """What the mechanism uses of `AsyncMongoClient`."""

    def __init__(self, server: Server, wire: Wire) -> None:
        self.server, self.wire = server, wire
        self.sessions = 0
        self.admin = self

    def __getitem__(self, _name: str) -> "Database":
        return Database(self)

    def start_session(self) -> "Session":
        self.sessions += 1
        return Session(self, f"{self.wire.process.name}/{self.sessions}".encode())

    async def command(self, name: str, sessions: Iterable[Row]) -> None:
        assert name == "killSessions"
        ids = [session["id"] for session in sessions]

        def serve() -> None:
            for session in ids:
                self.server.end(session)

        await self.wire.call(name, serve, _away)


class Session:
    """What the mechanism uses of `AsyncClientSession`."""

    def __init__(self, client: Client, id_: bytes) -> None:
        self.client, self.id = client, id_
        self.session_id = {"id": id_}
        self.operation_time = self.cluster_time = None  # there is one server, and it is never behind
        self.number = 0
        self.state = "none"  # starting, open, committed, aborted

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.end_session()

    @property
    def in_transaction(self) -> bool:
        return self.state in ("starting", "open")

    async def start_transaction(self) -> None:
        assert not self.in_transaction
        self.number += 1
        self.state = "starting"

    async def commit_transaction(self) -> None:
        if self.state == "starting":
            self.state = "committed"
            return
        assert self.state in ("open", "committed")
        self.state = "committed"
        server = self.client.server
        await self.client.wire.call("commit", lambda: server.commit(self.id, self.number), _commit_lost)

    async def abort_transaction(self) -> None:
        assert self.in_transaction
        was, self.state = self.state, "aborted"
        if was == "open":
            with suppress(AutoReconnect):  # as the driver does
                await self.client.wire.call("abort", lambda: self.client.server.end(self.id), _away)

    async def end_session(self) -> None:
        if self.in_transaction:
            await self.abort_transaction()


class Database:
    """What the mechanism uses of `AsyncDatabase`."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __getitem__(self, name: str) -> "Collection":
        return Collection(self, name)

    async def create_collection(self, name: str) -> None:
        self.client.server.rows.setdefault(name, {})


class Collection:
    """What the mechanism uses of `AsyncCollection`."""

    def __init__(self, database: Database, name: str) -> None:
        self.database, self.name = database, name
        self._client, self._server = database.client, database.client.server
        self._finds, self._writes = f"find {name}", f"write {name}"

    def with_options(self, **_options: Any) -> "Collection":
        return self

    async def create_index(self, *_args: Any, **_options: Any) -> None:
        return None

    def find(
        self, query: Row, _fields: Row | None = None, *, session: Session | None = None, batch_size: int = 0
    ) -> Any:
        return Cursor(self, query, session)

    async def find_one(self, query: Row, _fields: Row | None = None, *, session: Session | None = None) -> Row | None:
        return next(iter(await self.read(query, session)), None)

    async def find_one_and_update(
        self, query: Row, update: Row, *, sort: dict[str, int], session: Session
    ) -> Row | None:
        found = await Cursor(self, query, session).sort(sort).fetched()
        if found:
            await self.bulk_write([UpdateOne({"_id": found[0]["_id"]}, update)], session=session)
        return found[0] if found else None

    async def insert_many(self, rows: Sequence[Row], *, session: Session | None = None) -> None:
        await self.bulk_write([InsertOne(row) for row in rows], session=session)

    async def delete_many(self, query: Row, *, session: Session | None = None) -> Any:
        return await self.bulk_write([DeleteMany(query)], session=session)

    def read(self, query: Row, session: Session | None) -> Awaitable[list[Row]]:
        what = self._finds
        return self._ask(what, session, lambda tx: _matching(self._server.seen_by(tx, self.name), query))

    def bulk_write(
        self, writes: Sequence[Any], *, session: Session | None = None, ordered: bool = True
    ) -> Awaitable[Any]:
        result = SimpleNamespace(matched_count=0, deleted_count=0)

        def serve(tx: Tx | None) -> Any:
            result.matched_count = result.deleted_count = 0
            if tx is not None:
                assert session is not None
                for write in writes:
                    for id_, row in self._effects(tx.rows.setdefault(self.name, {}), write, result, session):
                        self._server.write(tx, session.id, self.name, id_, row)
                return result
            done: dict[Any, Row] = dict(self._server.seen_by(None, self.name))
            effects: list[tuple[Any, Row | None]] = []
            for write in writes:
                for id_, row in self._effects(done, write, result, None):
                    effects.append((id_, row))
                    _set(done, id_, row)
            return result if self._server.write_outside(self.name, effects) else AGAIN

        return self._ask(self._writes, session, serve)

    def _ask(self, what: str, session: Session | None, serve: Callable[[Tx | None], Any]) -> Awaitable[Any]:
        if session is None or not session.in_transaction:
            return self._client.wire.call(what, lambda: serve(None), _away)
        starts, session.state = session.state == "starting", "open"
        server, number = self._server, session.number

        def in_transaction() -> Any:
            if starts:
                return serve(server.begin(session.id, number))
            return serve(server.going_on(session.id, number))

        return self._client.wire.call(what, in_transaction, _away_inside)

    def _effects(
        self, rows: dict[Any, Row], write: Any, result: Any, session: Session | None
    ) -> list[tuple[Any, Row | None]]:
        if isinstance(write, InsertOne):
            row = write._doc
            if row["_id"] in rows:
                if session is not None:
                    self._server.end(session.id)
                raise BulkWriteError({"writeErrors": [{"code": _DUPLICATE}], "errorLabels": []})
            return [(row["_id"], row)]
        found = _matching(rows, write._filter)
        if isinstance(write, DeleteMany):
            result.deleted_count += len(found)
            return [(row["_id"], None) for row in found]
        if found:
            result.matched_count += 1
            new = write._doc if isinstance(write, ReplaceOne) else _updated(found[0], write._doc, False)
            return [(found[0]["_id"], new)]
        if isinstance(write, UpdateOne) and write._upsert:
            return [(write._filter["_id"], _updated({"_id": write._filter["_id"]}, write._doc, True))]
        return []


class Cursor:
    """What a find gives."""

    def __init__(self, collection: Collection, query: Row, session: Session | None) -> None:
        self._collection, self._query, self._session = collection, query, session
        self._order: dict[str, int] = {}
        self._most: int | None = None
        self._rows: Any = None

    def sort(self, order: Any, direction: int = 1) -> "Cursor":
        self._order = {order: direction} if isinstance(order, str) else order
        return self

    def limit(self, most: int) -> "Cursor":
        self._most = most
        return self

    async def fetched(self) -> list[Row]:
        rows = await self._collection.read(self._query, self._session)
        for field, direction in reversed(self._order.items()):
            rows.sort(key=lambda row: _sortable(_field(row, field)), reverse=direction < 0)
        return rows[: self._most]

    def __aiter__(self) -> "Cursor":
        return self

    async def __anext__(self) -> Row:
        if self._rows is None:
            self._rows = iter(await self.fetched())
        try:
            return next(self._rows)
        except StopIteration:
            raise StopAsyncIteration from None


_MISSING = object()


def _set(rows: dict[Any, Row], id_: Any, row: Row | None) -> None:
    if row is None:
        rows.pop(id_, None)
    else:
        rows[id_] = row


def _field(row: Row, path: str) -> Any:
    if path in row:
        return row[path]
    value: Any = row
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return _MISSING
        value = value[name]
    return value


def _sortable(value: Any) -> Any:
    return (value is not _MISSING, 0 if value is _MISSING else value)


def _matching(rows: dict[Any, Row], query: Row) -> list[Row]:
    id_ = query.get("_id", _MISSING)
    if id_ is _MISSING:
        candidates: Iterable[Row] = rows.values()
    elif isinstance(id_, dict):
        candidates = [rows[one] for one in dict.fromkeys(id_["$in"]) if one in rows]
    else:
        candidates = [rows[id_]] if id_ in rows else []
    for path, wanted in query.items():
        if path == "_id":
            continue
        if not isinstance(wanted, dict):
            candidates = [row for row in candidates if _field(row, path) == wanted]
            continue
        for name, operand in wanted.items():
            fits = _OPERATORS[name]
            candidates = [row for row in candidates if fits(_field(row, path), operand)]
    return list(candidates)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$exists": lambda value, there: (value is not _MISSING) is there,
    "$in": lambda value, those: value in those,
    "$ne": lambda value, other: value != other,
    "$lte": lambda value, most: value is not _MISSING and value <= most,
    "$size": lambda value, size: isinstance(value, list | tuple) and len(value) == size,
}


def _updated(row: Row, update: Row, inserted: bool) -> Row:
    row = dict(row)
    assert update.keys() <= {"$set", "$inc", "$unset", "$setOnInsert"}
    for path, value in update.get("$set", {}).items():
        _put_at(row, path, lambda _, value=value: value)
    for path, by in update.get("$inc", {}).items():
        _put_at(row, path, lambda old, by=by: (0 if old is _MISSING else old) + by)
    for path in update.get("$unset", {}):
        row.pop(path, None)
    if inserted:
        row |= update.get("$setOnInsert", {})
    return row


def _put_at(row: Row, path: str, make: Callable[[Any], Any]) -> None:
    """Change one field; what is around it is copied, since snapshots share rows."""
    head, _, rest = path.partition(".")
    if rest:
        row[head] = dict(row.get(head, {}))
        _put_at(row[head], rest, make)
    else:
        row[head] = make(row.get(head, _MISSING))


def _transient(code: int) -> OperationFailure:
    return OperationFailure("simulated", code, {"errorLabels": ["TransientTransactionError"]})


def _away(_executed: bool) -> PyMongoError:
    return AutoReconnect("simulated")


def _away_inside(_executed: bool) -> PyMongoError:
    error = AutoReconnect("simulated")
    error._add_error_label("TransientTransactionError")
    return error


def _commit_lost(_executed: bool) -> PyMongoError:
    error = AutoReconnect("simulated")
    error._add_error_label("UnknownTransactionCommitResult")
    return error
