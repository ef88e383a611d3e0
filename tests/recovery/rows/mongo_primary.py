"""A replica set of three: its primary is killed, steps down or hangs, or two of three are gone."""

import time
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Final

from recovery.parts.members import Members
from recovery.parts.storms import no_storm, parts_of, until_progress
from recovery.row import THREE, Injected, Row

if TYPE_CHECKING:
    from recovery.world import World


def _killed(world: "World", members: Members) -> None:
    before = members.await_primary()
    before.kill()
    members.await_primary(other_than=before)
    until_progress(world)
    before.start()


def _stepped_down(world: "World", members: Members) -> None:
    members.step_down()
    until_progress(world)


def _hung_for_a_moment(world: "World", members: Members) -> None:
    before = members.await_primary()
    before.pause()
    members.await_primary(other_than=before)
    before.resume()
    until_progress(world)


def _hung(world: "World", members: Members) -> None:
    """What was asked of it is never answered: the services must give up waiting by themselves."""
    before = members.await_primary()
    before.pause()
    members.await_primary(other_than=before)
    until_progress(world)
    before.resume()


def _no_majority(world: "World", members: Members) -> None:
    primary = members.await_primary()
    primary.kill()
    other = next(member for member in members.all if member is not primary)
    other.kill()
    last = next(member for member in members.all if member not in (primary, other))
    time.sleep(3)  # longer than an election takes: nobody may win it
    assert not last.says("hello")["isWritablePrimary"]
    primary.start()
    other.start()
    members.await_primary()
    until_progress(world)


_FAULTS: Final[tuple[tuple[str, Callable[["World", Members], None]], ...]] = (
    ("primary stepped down", _stepped_down),
    ("primary killed", _killed),
    ("primary hung for a moment", _hung_for_a_moment),
    ("no majority", _no_majority),
    ("primary hung", _hung),
)


def run(world: "World", _chance: Random, times: int) -> Injected:
    """Each fault in turn; each is an election, won by another or won again."""
    injected, members = Injected(), parts_of(world).mongo
    with world.load(rate=50):
        for number in range(times):
            fault, bring_about = _FAULTS[number % len(_FAULTS)]
            term, started = members.term(), time.monotonic()
            with no_storm(world, injected):
                bring_about(world, members)
                took = time.monotonic() - started
                members.await_whole()
            assert members.term() > term, f"{fault}, and nobody was elected"
            world.note(f"{fault}: written again after {took:.1f} s")
            injected.faults[fault] += 1
    return injected


ROW = Row("mongo-primary", "primary killed, stepped down, hung; no majority", run, short=3, long=5, stage=THREE)
