"""What is said while a fault lasts: the same each time, of other people, so that figures grow by the same each time."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from support.outsider import Said, entry_withdrawn, new_id, outcome_recorded, referral_made, session_held

PEOPLE: Final = 15


def course() -> list[Said]:
    """Fifteen people are referred, and seen; some come twice, some complete, one entry is taken back.

    One more is referred today: of that somebody is told.
    """
    said: list[Said] = [replace(referral_made(new_id()), time=datetime.now(UTC).isoformat(timespec="seconds"))]
    for number in range(PEOPLE):
        made = referral_made(new_id())
        first = session_held(made.subject)
        said += [made, first]
        if number % 3 == 0:
            said.append(session_held(made.subject, at="2025-03-17T10:00:00Z", minutes=30))
        if number % 5 == 0:
            said.append(outcome_recorded(made.subject, programme={"result": "completed", "on": "2025-06-02"}))
        if number == PEOPLE - 1:
            said.append(entry_withdrawn(first))
    return said


def sessions_of(said: list[Said]) -> list[Said]:
    """Of these the first sessions, one of each referral."""
    found = {each.subject: each for each in reversed(said) if each.event == "session-held"}
    return list(found.values())
