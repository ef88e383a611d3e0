"""Every order of a referral's events, on real parts; a property test draws more of them beside the database."""

import itertools
from dataclasses import replace
from random import Random

from support.outsider import Said, new_id, outcome_recorded, referral_made, session_held

from recovery.row import Injected, Row
from recovery.world import World


def events(partner: str) -> list[Said]:
    """A referral, a session and its correction, an outcome: each needs one before it."""
    made = referral_made(new_id())
    session = session_held(made.subject)
    better = session_held(made.subject, minutes=30, session_id=session.data["session_id"], supersedes=session.id)
    outcome = outcome_recorded(made.subject, programme={"result": "completed", "on": "2025-06-02"})
    return [replace(said, partner=partner) for said in (made, session, better, outcome)]


def run(world: World, chance: Random, times: int) -> Injected:
    """All 24 orders in turn, each of a referral of its own, each event only after the one before was written."""
    injected = Injected()
    orders = [order for order in itertools.permutations(range(4)) if order != (0, 1, 2, 3)]
    chance.shuffle(orders)
    for order in itertools.islice(itertools.cycle(orders), times):
        said = events(chance.choice(world.partners))
        for number in order:
            world.driver.say(said[number])
        world.note(f"order {order} of {said[0].subject}")
        injected.faults["orders that are not the right one"] += 1
    return injected


ROW = Row("disorder", "every order of a referral's events", run, short=23, long=115)
