"""Other content under an id that is taken: the first wins, the second is refused, whatever way it comes."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from random import Random

from support.outsider import Said, new_id, referral_made, session_held

from recovery.row import Injected, Row
from recovery.world import World


def run(world: World, chance: Random, times: int) -> Injected:
    """A referral and a session are taken; then each id comes again with something else, also of another referral."""
    injected = Injected()
    spoilt = _spoilt(world, chance)
    with world.load(rate=40):
        while injected.number < times:
            world.driver.say(next(spoilt), expect=("id_reused",), once=False)
            injected.faults["ids used again for something else"] += 1
    return injected


def _spoilt(world: World, chance: Random) -> Iterator[Said]:
    while True:
        partner = chance.choice(world.partners)
        made = replace(referral_made(new_id()), partner=partner)
        session = replace(session_held(made.subject), partner=partner)
        placed = world.driver.say(made, session)
        world.until(partial(world.is_accepted, *placed), "both are taken")
        elsewhere = new_id()
        yield made.with_data(employment_status="04")
        yield session.with_data(minutes=50)
        yield replace(session, subject=elsewhere).with_data(referral_id=elsewhere)
        yield made.with_data(employment_status="what no code list has")


ROW = Row("reused-ids", "other content under an id that is taken", run, short=16, long=200)
