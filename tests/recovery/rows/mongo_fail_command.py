"""MongoDB answers commands of the services with every kind of error, or not at all."""

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from recovery.parts.fail_points import (
    TRANSIENT,
    UNKNOWN_COMMIT,
    WRITE_CONFLICT,
    fail_commands,
    failed,
)
from recovery.parts.storms import parts_of
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World

_ANY: Final = ("find", "insert", "update", "delete", "commitTransaction")
_IN_TRANSACTIONS: Final = ("insert", "update")


@dataclass(frozen=True)
class Failure:
    """One kind of error: of which commands, with which code; None closes the connection."""

    about: str
    commands: tuple[str, ...]
    code: int | None = None
    labels: tuple[str, ...] = ()
    writes_done: bool = False


FAILURES: Final = (
    Failure("commit unknown", ("commitTransaction",), 50, (UNKNOWN_COMMIT,)),
    Failure("commit done, not replicated in time", ("commitTransaction",), 64, (UNKNOWN_COMMIT,), writes_done=True),
    Failure("commit finds no transaction", ("commitTransaction",), 251, (TRANSIENT,)),
    Failure("commit fails without a label", ("commitTransaction",), 1),
    Failure("commit meets no primary", ("commitTransaction",), 10107),
    Failure("commit unanswered", ("commitTransaction",)),
    Failure("write conflict", _IN_TRANSACTIONS, WRITE_CONFLICT, (TRANSIENT,)),
    Failure("lock not got", _IN_TRANSACTIONS, 24, (TRANSIENT,)),
    Failure("unanswered", _ANY),
    Failure("role changes", _ANY, 11602),
    Failure("shuts down", _ANY, 91),
    Failure("not primary", _ANY, 10107),
    Failure("host unreachable", _ANY, 6),
    Failure("out of memory", _ANY, 146),
    Failure("internal error", _ANY, 1),
)


def run(world: "World", chance: Random, times: int) -> Injected:
    """One kind after the other, in a new order each time round, one to three commands each."""
    injected, mongod = Injected(), parts_of(world).mongo.await_primary()
    left: list[Failure] = []
    with world.load(rate=100):
        while injected.number < times:
            left = left or chance.sample(FAILURES, len(FAILURES))
            failure, count, before = left.pop(), chance.randint(1, 3), failed(mongod)
            fail_commands(
                mongod, failure.commands, count, code=failure.code, labels=failure.labels,
                writes_done=failure.writes_done,
            )  # fmt: skip
            world.until(
                lambda count=count, before=before: failed(mongod) >= before + count, f"{count} times {failure.about}"
            )
            world.note(f"{count} times {failure.about}")
            injected.faults[failure.about] += count
    return injected


ROW = Row("mongo-fail-command", "MongoDB answers with errors of each kind", run, short=30, long=400)
