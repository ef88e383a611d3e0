"""Fail points of mongod: for the services alone commands that fail as we choose, and for all writes that conflict."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from recovery.parts.members import Member
from recovery.parts.stages import SERVICES

TRANSIENT: Final = "TransientTransactionError"
UNKNOWN_COMMIT: Final = "UnknownTransactionCommitResult"
WRITE_CONFLICT: Final = 112
DISK_FULL: Final = 14031
CONFLICTS: Final = "WTWriteConflictException"
_COMMANDS: Final = "failCommand"


def fail_commands(
    member: Member,
    commands: Sequence[str],
    times: int,
    *,
    code: int | None = None,
    labels: Sequence[str] = (),
    writes_done: bool = False,
) -> None:
    """Let the next so many of these commands of the services fail.

    Without a code the connection is closed instead, unanswered. `writes_done`: the command is executed, and the answer
    says that its write concern failed.
    """
    failing: dict[str, Any] = {"failCommands": list(commands), "appName": SERVICES}
    if writes_done:
        failing["writeConcernError"] = {"code": code, "errmsg": "a fail point"}
    elif code is None:
        failing["closeConnection"] = True
    else:
        failing |= {"errorCode": code}
    if labels:
        failing["errorLabels"] = list(labels)
    with member.asked() as client:
        client.admin.command({"configureFailPoint": _COMMANDS, "mode": {"times": times}, "data": failing})


def failed(member: Member) -> int:
    """How many commands have failed at the fail point since the member was started."""
    return _entered(member, _COMMANDS)


@contextmanager
def conflicting(member: Member, probability: float) -> Iterator[None]:
    """Let that share of all writes of this member meet a write conflict of the storage engine."""
    with member.asked() as client:
        client.admin.command({"configureFailPoint": CONFLICTS, "mode": {"activationProbability": probability}})
        try:
            yield
        finally:
            client.admin.command({"configureFailPoint": CONFLICTS, "mode": "off"})


def conflicts(member: Member) -> int:
    """How many writes have conflicted at the fail point since the member was started."""
    return _entered(member, CONFLICTS)


def _entered(member: Member, name: str) -> int:
    with member.asked() as client:
        parameter = f"failpoint.{name}"
        return int(client.admin.command({"getParameter": 1, parameter: 1})[parameter]["timesEntered"])
