"""Tombstones, null keys, what is not UTF-8, ten thousand headers: each has its ending, and others go on."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from support.outsider import Said, new_id, referral_made, session_held

from recovery.row import Injected, Row
from recovery.world import World

_ODD: Final[dict[str, tuple[Callable[[Said], Said], str]]] = {
    "tombstones": (lambda said: replace(said, value=None), "refused"),
    "null keys": (lambda said: replace(said, key=None), "refused"),
    "keys that are not UTF-8": (lambda said: replace(said, key=b"\xff\xfe"), "refused"),
    "headers that are not UTF-8": (lambda said: said.with_header("ce_causationid", b"\xff\xfe"), "refused"),
    "ids that are not UTF-8": (lambda said: said.with_header("ce_id", b"\xff\xfe"), "parked"),
    "records without headers": (
        lambda said: replace(said, headers={f"ce_{name}": None for name in said.attributes()}), "parked",
    ),
    "records of 10,000 headers": (
        lambda said: replace(said, headers={f"x-{number}": b"-" for number in range(10_000)}), "accepted",
    ),
}  # fmt: skip


def run(world: World, chance: Random, times: int) -> Injected:
    """A session spoilt in one way, and behind it on the same partition a good one."""
    injected = Injected()
    made = replace(referral_made(new_id()), partner="acme")
    placed = world.driver.say(made)
    world.until(lambda: world.is_accepted(*placed), "the referral is taken")
    while injected.number < times:
        for name in chance.sample(sorted(_ODD), len(_ODD)):
            spoil, fate = _ODD[name]
            session = replace(session_held(made.subject), partner="acme", partition=chance.randrange(2))
            world.driver.say(spoil(session), expect=(fate,), once=fate == "accepted")
            world.driver.say(replace(session_held(made.subject), partner="acme", partition=session.partition))
            injected.faults[name] += 1
    return injected


ROW = Row("odd-records", "tombstones, null keys, what is not UTF-8, 10,000 headers", run, short=7, long=70)
