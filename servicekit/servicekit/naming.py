"""What records that are in hand are counted under: whose they are, and of which type."""

from contracts.topics import EVENT_TYPES, inbox_parts, types_on


def named(partner: str, kind: str) -> str:
    """Waiting events of a partner and a type: `acme/session-held`."""
    return f"{partner}/{EVENT_TYPES[kind].event}"


def whose(name: str) -> tuple[str, str]:
    """The partner and the event of such a name; of what was counted before types were, no event."""
    partner, _, event = name.partition("/")
    return partner, event


def canonical(topic: str) -> str | None:
    """The canonical topic that a record is for, or on; None: on neither an inbox nor a canonical topic."""
    inbox = inbox_parts(topic)
    return inbox[1] if inbox else topic if types_on(topic) else None


def event_of(topic: str, kind: bytes | None) -> str:
    """The event that a record of a canonical topic says it is, or as the topic tells: `permissions` are of two types.

    Never anything else that somebody sent.
    """
    there = types_on(topic)
    said = there.get((kind or b"").decode("ascii", "replace"))
    if said is not None:
        return said.event
    own = [each.event for each in there.values() if each.topic == topic]
    return own[0] if len(own) == 1 else topic
