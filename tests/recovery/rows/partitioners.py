"""A referral's events by kcat's partitioner, by Java's and through the door, at once: they meet in one document."""

import threading
from random import Random

from recovery.courses import course
from recovery.row import Injected, Row
from recovery.world import World

KCAT, JAVA = "consistent_random", "murmur2_random"  # CRC32 and murmur2 of the key


def run(world: World, chance: Random, times: int) -> Injected:
    """The events of each referral are dealt out to three clients, who say them at the same time."""
    injected = Injected()
    while injected.number < times:
        courses = [course(chance, chance.choice(world.partners)) for _ in range(10)]
        events = [event for events in courses for event in events]
        chance.shuffle(events)
        hands = [events[0::5] + events[1::5], events[2::5] + events[3::5], events[4::5]]
        clients = [
            threading.Thread(target=world.driver.say, args=hands[0], kwargs={"partitioner": KCAT}),
            threading.Thread(target=world.driver.say, args=hands[1], kwargs={"partitioner": JAVA}),
            threading.Thread(target=lambda hand=hands[2]: [world.driver.post(said) for said in hand]),
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        injected.faults["referrals said by three ways at once"] += len(courses)
    return injected


ROW = Row("partitioners", "a referral's events by kcat's and Java's partitioner and the door", run, short=10, long=60)
