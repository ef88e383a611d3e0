"""Which events stand: neither corrected nor withdrawn."""

from oracle.dump import Dump, Identity, Record

REFERRAL = "footing.referral-made.v1"
SESSION = "footing.session-held.v1"
NOT_HELD = "footing.session-not-held.v1"
OUTCOME = "footing.outcome-recorded.v1"
WITHDRAWN = "footing.entry-withdrawn.v1"
ERASURE = "footing.erasure-requested.v1"
FIT_NOTES = "footing.fit-notes-counted.v1"

_ONE_FOR_THE_OTHER = {SESSION: NOT_HELD, NOT_HELD: SESSION}


def standing(dump: Dump) -> dict[Identity, Record]:
    """The events that stand. A correction that is withdrawn does not bring back what it corrected.

    A gate lets an event be corrected once, and nothing correct or withdraw what is not there: else it is a complaint.
    """
    void: set[Identity] = set()
    corrected: dict[Identity, Record] = {}
    for event in dump.events.values():
        if event.type == WITHDRAWN:
            names = event.payload["withdraws"]
            target = _there(dump, event, names["id"], names["type"])
            void |= _checked(dump, event, target, "withdraws")
        elif "supersedes" in event.payload:
            other = _ONE_FOR_THE_OTHER.get(event.type, event.type)
            target = _there(dump, event, event.payload["supersedes"], event.type, other)
            void |= _checked(dump, event, target, "corrects")
            if target is not None and corrected.setdefault(target, event) is not event:
                dump.complaints.append(f"{event.place}: corrects what {corrected[target].place} corrected")
    return {identity: event for identity, event in dump.events.items() if identity not in void}


def _there(dump: Dump, event: Record, target: str, *kinds: str) -> Identity | None:
    """The event of this partner and referral that is named; its own type first."""
    for identity in ((event.partner, kind, target) for kind in kinds):
        if identity in dump.events and dump.events[identity].subject == event.subject:
            return identity
    return None


def _checked(dump: Dump, event: Record, target: Identity | None, verb: str) -> set[Identity]:
    if target is not None:
        return {target}
    dump.complaints.append(f"{event.place}: {verb} what is not there")
    return set()
