"""What a parked group does to the figures, in the words of the people who read them."""

from contracts.topics import inbox_parts
from ops.alarms.lacking import PARKED, impact_of
from ops.parking.groups import Group
from servicekit.inhand import Row
from servicekit.naming import canonical, event_of


def meaning_of(group: Group) -> str:
    """Which scheme, how many events, which measures are short by how many at most."""
    topic = canonical(group.topic)
    row = Row(
        loop=group.loop,
        what="parked",
        schemes=group.schemes or None,
        count=group.records,
        event=event_of(topic, None) if topic else "",
        accepted=inbox_parts(group.topic) is None,
    )
    words = [each.words for each in impact_of([(group.service, row)], PARKED)]
    return " ".join(words) or "No figure: it is the canary's."
