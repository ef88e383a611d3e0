"""Events that come thirty days after they happened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from support.outsider import new_id, referral_made, session_held

from recovery.row import Injected, Row
from recovery.world import World


def run(world: World, chance: Random, times: int) -> Injected:
    """The sessions of a referral first, then the referral itself, all of them thirty days late."""
    injected = Injected()
    then = datetime.now(UTC) - timedelta(days=30)
    while injected.number < times:
        partner = chance.choice(world.partners)
        made = replace(referral_made(new_id()), time=then.isoformat(timespec="seconds"), partner=partner)
        held = (then + timedelta(hours=chance.randint(1, 72))).isoformat(timespec="seconds")
        sessions = [replace(session_held(made.subject, at=held), partner=partner) for _ in range(3)]
        world.driver.say(*sessions, made)
        injected.faults["events thirty days late"] += 4
    return injected


ROW = Row("late", "events thirty days late, sessions before their referral", run, short=8, long=50)
