"""What the load driver says: the courses of made-up referrals, in more or less disorder, by several ways."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Final

from support.outsider import Said, new_id, outcome_recorded, permission_given, referral_made, session_held

PARTNERS: Final = ("acme", "beta")
_AT_A_TIME: Final = 40
_BEFORE_ITS_TURN: Final = 0.2
_DAYS: Final = tuple(f"2025-03-{day:02d}T10:00:00Z" for day in range(4, 30))


def course(chance: Random, partner: str, *, recent: bool = True) -> list[Said]:
    """All events of one referral, in the order in which they happened; each of them is to be accepted.

    `recent`: one in five is of today; these are told to somebody, and are followed up.
    """
    recent = recent and chance.random() < 0.2
    now = datetime.now(UTC).isoformat(timespec="seconds")
    made = referral_made(new_id())
    said = [replace(made, time=now) if recent else made]
    for day in sorted(chance.sample(_DAYS, chance.randint(0, 3))):
        session = session_held(made.subject, at=now if recent else day)
        said.append(session)
        if chance.random() < 0.2:
            about = {"session_id": session.data["session_id"], "supersedes": session.id}
            said.append(session_held(made.subject, at=session.time, minutes=30, **about))
    if chance.random() < 0.3:
        said.append(permission_given(made.subject))
    if chance.random() < 0.3:
        said.append(outcome_recorded(made.subject, programme={"result": "completed", "on": "2025-06-02"}))
    return [replace(event, partner=partner) for event in said]


class Stream:
    """Events without end: forty referrals at a time, one in five events before its turn."""

    def __init__(self, chance: Random, *, recent: bool) -> None:
        self._chance, self._recent = chance, recent
        self._open: list[list[Said]] = []

    def next(self) -> Said:
        """One event more."""
        while len(self._open) < _AT_A_TIME:
            self._open.append(course(self._chance, self._chance.choice(PARTNERS), recent=self._recent))
        events = self._chance.choice(self._open)
        said = events.pop(self._chance.randrange(len(events)) if self._chance.random() < _BEFORE_ITS_TURN else 0)
        self._open = [events for events in self._open if events]
        return said

    def rest(self) -> list[Said]:
        """What is left of the referrals that were begun: without it some would wait for ever."""
        return [said for events in self._open for said in events]
