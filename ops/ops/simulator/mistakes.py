"""What partners get wrong: for an event, a record beside it that must be refused, for a reason known beforehand.

Each spoils a copy under an id of its own, so that what it spoils is still said rightly. Every value is made up.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops.simulator.chance import Chance
from ops.simulator.course import HORIZON
from ops.simulator.wire import Fact, Said, attributes, binary, payload, write

_FAR_AHEAD: Final = datetime(2099, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One kind of mistake: the reason code it must be refused for, the events it can spoil, how it spoils one."""

    reason: str
    events: tuple[str, ...]
    spoil: Callable[[Fact], Said]
    fits: Callable[[Fact], bool] = lambda _: True


def of(one: Fact, chance: Chance) -> Said:
    """A record like this fact's, with a mistake in it."""
    data = {name: value for name, value in one.data.items() if name != "supersedes"}
    subject = one.subject
    if one.event == "referral-made":
        subject = chance.identity(one.time)
        data["referral_id"] = subject
    said = min(one.said + timedelta(minutes=2), HORIZON)
    copy = replace(one, id=chance.identity(one.time), subject=subject, said=said, data=data, structured=False)
    mistake = chance.choice([kind for kind in MISTAKES if one.event in kind.events and kind.fits(one)])
    return replace(mistake.spoil(copy), fate=mistake.reason)


def _changed(**changes: Any) -> Callable[[Fact], Said]:
    return lambda one: write(replace(one, data={**one.data, **changes}))


def _without(name: str) -> Callable[[Fact], Said]:
    return lambda one: write(replace(one, data={key: value for key, value in one.data.items() if key != name}))


def _attribute(name: str, value: str | None) -> Callable[[Fact], Said]:
    def spoil(one: Fact) -> Said:
        given = {key: said for key, said in attributes(one).items() if key != name}
        return replace(write(one), headers=binary(given if value is None else {**given, name: value}))

    return spoil


def _record(**changes: Any) -> Callable[[Fact], Said]:
    return lambda one: replace(write(one), **changes)


def _cut_short(one: Fact) -> Said:
    return replace(write(one), value=payload(one)[:-9])


def _header_not_utf8(one: Fact) -> Said:
    record = write(one)
    return replace(record, headers=(*record.headers, ("ce_correlationid", b"\xff\xfe")))


def _other_time(one: Fact) -> Said:
    return write(replace(one, time=one.time + timedelta(minutes=30)))


def _far_ahead(one: Fact) -> Said:
    data = dict(one.data)
    if one.event == "session-held":
        data["started_at"] = _FAR_AHEAD.isoformat(timespec="milliseconds")
    return write(replace(one, time=_FAR_AHEAD, data=data))


def _two_kinds(one: Fact) -> Said:
    day = one.time.date().isoformat()
    kinds = {"closure": {"reason": "completed", "on": day}, "programme": {"result": "completed", "on": day}}
    return write(replace(one, data={**one.data, **kinds}))


def _area_unknown(one: Fact) -> Said:
    return write(replace(one, data={**one.data, "scheme_area": "nowhere-in-particular"}))


def _practice_unknown(one: Fact) -> Said:
    return write(replace(one, data={**one.data, "referrer_organisation": {"system": "ods", "code": "Z00000"}}))


def _names_a_practice(one: Fact) -> bool:
    """Scotland's practices are in no register that we have, so no gate can refuse one."""
    return (one.data.get("referrer_organisation") or {}).get("system") == "ods"


def _structured_list(one: Fact) -> Said:
    return replace(
        write(one), value=json.dumps(["one"]).encode(), headers=(("content-type", b"application/cloudevents+json"),)
    )


_REFERRAL: Final = ("referral-made",)
_SESSION: Final = ("session-held",)
_OUTCOME: Final = ("outcome-recorded",)
_COUNT: Final = ("fit-notes-counted",)
_MISSED: Final = ("session-not-held",)
_CHANGES: Final = ("permission-given", "permission-withdrawn", "entry-withdrawn")
_ALL: Final = (*_REFERRAL, *_SESSION, *_OUTCOME, *_COUNT, *_MISSED, *_CHANGES)

MISTAKES: Final = (
    Mistake("record_empty", _ALL, _record(value=None)),
    Mistake("not_json", _ALL, _cut_short),
    Mistake("not_json", _ALL, _structured_list),
    Mistake("key_differs", _ALL, _record(key=b"another key")),
    Mistake("key_missing", _ALL, _record(key=None)),
    Mistake("header_not_utf8", _ALL, _header_not_utf8),
    Mistake("type_unknown", _ALL, _attribute("type", "footing.referral-imagined.v1")),
    Mistake("type_unknown", _ALL, _attribute("type", "footing.session-held.v9")),
    Mistake("attribute_missing", _ALL, _attribute("time", None)),
    Mistake("attribute_invalid", _ALL, _attribute("time", "last Tuesday")),
    Mistake("source_not_yours", _ALL, _attribute("source", "urn:footing:partner:somebody-else")),
    Mistake("field_unknown", _ALL, _changed(synthetic_note="made up, as everything here is")),
    Mistake("field_missing", _REFERRAL, _without("employment_status")),
    Mistake("field_missing", _SESSION, _without("interventions")),
    Mistake("field_invalid", _SESSION, _changed(minutes=4000)),
    Mistake("code_unknown", _REFERRAL, _changed(employment_status="99")),
    Mistake("code_unknown", _SESSION, _changed(mechanism="semaphore")),
    Mistake("not_voluntary", _REFERRAL, _changed(voluntary=False)),
    Mistake("scheme_unknown", _REFERRAL, _changed(scheme_id="no-such-scheme")),
    Mistake("area_unknown", _REFERRAL, _area_unknown),
    Mistake("practice_unknown", _REFERRAL, _practice_unknown, _names_a_practice),
    Mistake("time_differs", _SESSION, _other_time),
    Mistake("time_in_future", (*_SESSION, *_OUTCOME), _far_ahead),
    Mistake("kinds_not_one", _OUTCOME, _two_kinds),
    Mistake("field_invalid", _COUNT, _changed(not_fit=-1)),
)
