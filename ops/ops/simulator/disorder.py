"""Realistic disorder. Whatever it does to a course, what is finally true of it stays exactly what the course says."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from ops.simulator import mistakes
from ops.simulator.chance import Chance
from ops.simulator.course import HORIZON
from ops.simulator.wire import REPEATS, Fact, Said, fact, type_of, write

LATE: Final = 0.04  # of all facts
RESENT: Final = 0.02
RESENT_STRUCTURED: Final = 0.01
REFUSED: Final = 0.01
REFERRAL_AFTER_SESSION: Final = 0.03  # of all courses
CORRECTED: Final = 0.06
COUNT_CORRECTED: Final = 0.005  # of all counts
WRONG_SESSION: Final = 0.03
NOT_HELD_AFTER_ALL: Final = 0.02
WRONG_REFERRAL: Final = 0.01
PERMISSION_WITHDRAWN: Final = 0.08
PERMISSION_GIVEN: Final = 0.05
BEFORE_ITS_TARGET: Final = 0.1  # of corrections and withdrawals

_OTHER_STATUS: Final = {"not_in_work": "entered_work", "unknown": "not_in_work"}


def of_a_course(facts: Sequence[Fact], chance: Chance) -> list[Said]:
    """The records of a course: its facts late, repeated, corrected, withdrawn and among mistakes that are refused."""
    told = list(facts)
    for share, upset in _UPSETS:
        if chance.happens(share):
            told = upset(told, chance)
    return _told(told, chance)


def of_a_count(count: Fact, chance: Chance) -> list[Said]:
    """The records of one count: perhaps late, repeated, corrected, or beside a mistake that is refused."""
    return _told(_corrected([count], chance) if chance.happens(COUNT_CORRECTED) else [count], chance)


def _told(told: list[Fact], chance: Chance) -> list[Said]:
    told = [_late(one, chance) if chance.happens(LATE) else one for one in told]
    return [record for one in told for record in _records(one, chance)]


def _records(one: Fact, chance: Chance) -> Iterator[Said]:
    yield write(one)
    later = _no_later(one.said + chance.days(0, 3) + timedelta(minutes=5))
    if chance.happens(RESENT):
        yield replace(write(one), said=later, fate=REPEATS)
    if chance.happens(RESENT_STRUCTURED):
        yield write(replace(one, structured=True, said=later, fate=REPEATS))
    if chance.happens(REFUSED):
        yield mistakes.of(one, chance)


def _late(one: Fact, chance: Chance) -> Fact:
    return replace(one, said=_no_later(one.said + chance.days(1, 30)))


def _no_later(moment: datetime) -> datetime:
    return min(moment, HORIZON)


def _referral_after_session(facts: list[Fact], chance: Chance) -> list[Fact]:
    referral, *others = facts
    sessions = [one.said for one in others if one.event == "session-held"]
    if not sessions:
        return facts
    return [replace(referral, said=_no_later(min(sessions) + chance.days(0, 4) + timedelta(minutes=30))), *others]


def _corrected(facts: list[Fact], chance: Chance) -> list[Fact]:
    right = chance.choice([one for one in facts if one.event != "session-not-held"])
    wrong = replace(right, id=chance.identity(right.time), data=_wrongly(right))
    said = _no_later(right.said + chance.days(0, 20) + timedelta(hours=1))
    correction = replace(right, said=said, data={**right.data, "supersedes": wrong.id})
    wrong, correction = _perhaps_swapped(wrong, correction, chance)
    return [wrong if one is right else one for one in facts] + [correction]


def _wrongly(right: Fact) -> dict[str, Any]:
    data = dict(right.data)
    if right.event == "session-held":
        return data | {"minutes": 25 if data["minutes"] != 25 else 35}
    if right.event == "referral-made":
        return data | {"age_band": "not_known"}
    if "work_status" in data:
        status = data["work_status"]
        return data | {"work_status": status | {"status": _OTHER_STATUS.get(status["status"], "not_in_work")}}
    if "programme" in data:
        result = "left_early" if data["programme"]["result"] == "completed" else "completed"
        return data | {"programme": data["programme"] | {"result": result}}
    if "closure" in data:
        return data | {"closure": data["closure"] | {"reason": "moved"}}
    return data | {"not_fit": data["not_fit"] + 1}


def _wrong_session(facts: list[Fact], chance: Chance) -> list[Fact]:
    return facts + (_extra_session(facts, chance, _voided) if _sessions(facts) else [])


def _not_held_after_all(facts: list[Fact], chance: Chance) -> list[Fact]:
    return facts + (_extra_session(facts, chance, _said_not_held) if _sessions(facts) else [])


def _sessions(facts: Sequence[Fact]) -> list[Fact]:
    return [one for one in facts if one.event == "session-held" and "supersedes" not in one.data]


def _extra_session(facts: list[Fact], chance: Chance, undo: Callable[[Fact, Chance], Fact]) -> list[Fact]:
    model = chance.choice(_sessions(facts))
    time = model.time + timedelta(hours=3)
    data = {key: value for key, value in model.data.items() if key not in ("plan", "programme")}
    data |= {"session_id": chance.identity(time), "started_at": time.isoformat(timespec="milliseconds")}
    extra = fact(model.partner, model.event, time, data, subject=model.subject, identity=chance.identity(time))
    return list(_perhaps_swapped(extra, undo(extra, chance), chance))


def _said_not_held(extra: Fact, chance: Chance) -> Fact:
    time = extra.time
    data = {
        **{name: extra.data[name] for name in ("referral_id", "synthetic", "session_id", "mechanism")},
        "planned_at": extra.data["started_at"],
        "attendance": chance.choice((2, 3, 4)),
        "supersedes": extra.id,
    }
    identity = chance.identity(time)
    told = fact(extra.partner, "session-not-held", time, data, subject=extra.subject, identity=identity)
    return replace(told, said=_no_later(extra.said + chance.days(0, 5)))


def _voided(wrong: Fact, chance: Chance, reason: str = "entered_in_error") -> Fact:
    said = _no_later(wrong.said + chance.days(0, 5) + timedelta(minutes=40))
    data = {
        "referral_id": wrong.subject,
        "synthetic": True,
        "withdraws": {"type": type_of(wrong.event), "id": wrong.id},
        "reason": reason,
    }
    identity = chance.identity(wrong.time)
    return Fact(wrong.partner, "entry-withdrawn", identity, wrong.subject, wrong.time, said, data, wrong.topic)


def _wrong_referral(facts: list[Fact], chance: Chance) -> list[Fact]:
    model = facts[0]
    subject = chance.identity(model.time)
    data = {**model.data, "referral_id": subject}
    data.pop("supersedes", None)
    identity = chance.identity(model.time)
    wrong = fact(model.partner, model.event, model.time, data, subject=subject, identity=identity)
    return [*facts, *_perhaps_swapped(wrong, _voided(wrong, chance, "duplicate_record"), chance)]


def _perhaps_swapped(first: Fact, second: Fact, chance: Chance) -> tuple[Fact, Fact]:
    """An event and what undoes it; now and then the second is said first."""
    if not chance.happens(BEFORE_ITS_TARGET):
        return first, second
    return replace(first, said=second.said), replace(second, said=first.said)


def _permission(event: str, *, of_the_given: bool) -> Callable[[list[Fact], Chance], list[Fact]]:
    def changed(facts: list[Fact], chance: Chance) -> list[Fact]:
        referral = facts[0]
        if (of_the_given and not referral.data["permissions"]) or "person_token" not in referral.data:
            return facts
        who = chance.choice(referral.data["permissions"]) if of_the_given else _GIVEN_LATER
        time = _no_later(referral.time + chance.days(1, 60))
        data = {"referral_id": referral.subject, "synthetic": True, **who, "on": time.date().isoformat()}
        identity = chance.identity(time)
        return [*facts, fact(referral.partner, event, time, data, subject=referral.subject, identity=identity)]

    return changed


_GIVEN_LATER: Final = {"recipient": "person", "purpose": "progress"}
# Corrections come before what adds wrong entries, so that no wrong entry is both corrected and withdrawn.
_UPSETS: Final = (
    (REFERRAL_AFTER_SESSION, _referral_after_session),
    (CORRECTED, _corrected),
    (WRONG_SESSION, _wrong_session),
    (NOT_HELD_AFTER_ALL, _not_held_after_all),
    (WRONG_REFERRAL, _wrong_referral),
    (PERMISSION_WITHDRAWN, _permission("permission-withdrawn", of_the_given=True)),
    (PERMISSION_GIVEN, _permission("permission-given", of_the_given=False)),
)
