"""Deliberately wrong samples: for each reason that follows from one record alone, a mistake that provokes it.

`MISTAKES` is the one list: `footing trigger --broken` sends from it, and tests hold it against the codec.
A mistake is made in a good record of an inbox, binary mode, such as `samples.record` gives.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts import samples
from contracts.envelope import Record
from contracts.ids import new_id
from contracts.topics import LARGEST_VALUE_BYTES

Spoil = Callable[[Record], Record]
Change = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One way to be wrong: the reason code it is refused for, in words, and what it does to each event that it fits.

    `fields`: the field that the refusal names, by event; the events it fits are its keys. `by_http`: whether the
    door can be told it; what only a Kafka record can be is False.
    """

    reason: str
    words: str
    fields: Mapping[str, str]
    _spoil: Mapping[str, Spoil]
    by_http: bool = True

    def made_in(self, event: str, record: Record) -> Record:
        """The record with the mistake in it. KeyError if it does not fit the event."""
        return self._spoil[event](record)


def _any(reason: str, words: str, field: str, spoil: Spoil, *, by_http: bool = True) -> Mistake:
    """A mistake that every event can have."""
    events = samples.EVENTS
    return Mistake(reason, words, dict.fromkeys(events, field), dict.fromkeys(events, spoil), by_http)


def _some(reason: str, words: str, **by_event: tuple[str, Change]) -> Mistake:
    """A mistake in the payload of some events: the field and the change, by event (`_` stands for `-`)."""
    named = {event.replace("_", "-"): made for event, made in by_event.items()}
    return Mistake(
        reason,
        words,
        {event: field for event, (field, _) in named.items()},
        {event: _data(change) for event, (_, change) in named.items()},
    )


def _data(change: Change) -> Spoil:
    """What the payload says is changed."""

    def spoil(record: Record) -> Record:
        said = json.loads(record.value or b"{}")
        change(said)
        return record._replace(value=json.dumps(said).encode())

    return spoil


def _says(**fields: Any) -> Change:
    return lambda data: data.update(fields)


def _inside(name: str, **fields: Any) -> Change:
    return lambda data: data[name].update(fields)


def _lacks(name: str) -> Change:
    return lambda data: data.__delitem__(name)


def _header(name: str, value: bytes | None) -> Spoil:
    """A header says something else; None leaves it out."""

    def spoil(record: Record) -> Record:
        kept = tuple(header for header in record.headers if header[0] != name)
        return record._replace(headers=kept if value is None else (*kept, (name, value)))

    return spoil


def _at(time: str) -> Mapping[str, Spoil]:
    """It happened at another time, which a session says twice."""
    header = _header("ce_time", time.encode())
    started = _data(_says(started_at=time))
    return {**dict.fromkeys(samples.EVENTS, header), "session-held": lambda record: started(header(record))}


def _about_another(event: str) -> Spoil:
    if event == "fit-notes-counted":
        return _data(_inside("practice", code="F83024"))
    return _data(lambda data: data.update(referral_id=new_id()))


def _other_type(event: str) -> Spoil:
    """A type that has a topic of its own, which is not this one."""
    on_referrals = event in ("referral-made", "entry-withdrawn")
    return _header("ce_type", b"footing.session-held.v1" if on_referrals else b"footing.referral-made.v1")


def _of_no_practice(record: Record) -> Record:
    """The same count of a practice that there is not: key, subject and payload agree."""
    subject = b"ods:Z99999"
    for name in ("ce_subject", "ce_partitionkey"):
        record = _header(name, subject)(record)
    return _data(_inside("practice", code="Z99999"))(record._replace(key=subject))


def _everywhere(field: str) -> Mapping[str, str]:
    return dict.fromkeys(samples.EVENTS, field)


_LONG: Final = "x" * 65
_KINDS: Final = {"closure": {"reason": "completed", "on": "2026-03-02"}}

MISTAKES: Final = (
    _any("record_empty", "no value", "value", lambda record: record._replace(value=None), by_http=False),
    _any(
        "too_large",
        "a value of more than 256 KiB",
        "value",
        lambda record: record._replace(value=(record.value or b"") + b" " * LARGEST_VALUE_BYTES),
    ),
    _any("header_not_utf8", "a header that is not UTF-8", "correlationid", _header("ce_correlationid", b"\xff\xfe")),
    _any(
        "not_json", "a value that breaks off", "value", lambda record: record._replace(value=(record.value or b"")[:-1])
    ),
    _any(
        "content_type_unknown", "a content type that is not JSON", "content-type", _header("content-type", b"text/csv")
    ),
    _any("attribute_missing", "no time", "time", _header("ce_time", None)),
    _any("attribute_invalid", "a time in words", "time", _header("ce_time", b"last Tuesday")),
    _any("type_unknown", "a version that there is not", "type", _header("ce_type", b"footing.referral-made.v9")),
    Mistake(
        "wrong_topic",
        "a type that has another topic",
        _everywhere("type"),
        {event: _other_type(event) for event in samples.EVENTS},
        by_http=False,
    ),
    _any(
        "source_not_yours",
        "the source of another partner",
        "source",
        _header("ce_source", b"urn:footing:partner:somebody-else"),
    ),
    _any("key_missing", "no key", "key", lambda record: record._replace(key=None), by_http=False),
    Mistake(
        "key_differs",
        "a payload about another than subject and key",
        _everywhere("subject"),
        {event: _about_another(event) for event in samples.EVENTS},
    ),
    Mistake("time_too_early", "a time before 2000", _everywhere("time"), _at("1999-12-31T09:30:00Z")),
    Mistake(
        "time_differs",
        "a time that is not when the session started",
        {"session-held": "time"},
        {"session-held": _header("ce_time", b"2026-03-02T10:30:00Z")},
    ),
    _some(
        "field_missing",
        "a required field left out",
        referral_made=("data.employment_status", _lacks("employment_status")),
        session_held=("data.minutes", _lacks("minutes")),
        session_not_held=("data.attendance", _lacks("attendance")),
        outcome_recorded=("data.outcome_id", _lacks("outcome_id")),
        permission_given=("data.on", _lacks("on")),
        permission_withdrawn=("data.on", _lacks("on")),
        entry_withdrawn=("data.reason", _lacks("reason")),
        fit_notes_counted=("data.not_fit", _lacks("not_fit")),
    ),
    _any("field_unknown", "a field that the contract lacks", "data.notes", _data(_says(notes="made up"))),
    _any(
        "field_repeated",
        "a name that stands twice",
        "data.synthetic",
        lambda record: record._replace(value=b'{"synthetic":true,' + (record.value or b"{")[1:]),
    ),
    _any("field_invalid", "a text where true or false belongs", "data.synthetic", _data(_says(synthetic="yes"))),
    _some(
        "code_unknown",
        "a code that is not in its list",
        referral_made=("data.sickness_absence", _says(sickness_absence="Q")),
        session_held=("data.setting", _says(setting="moon")),
        session_not_held=("data.mechanism", _says(mechanism="77")),
        outcome_recorded=("data.programme.result", _inside("programme", result="won")),
        permission_given=("data.recipient", _says(recipient="newspaper")),
        permission_withdrawn=("data.recipient", _says(recipient="newspaper")),
        entry_withdrawn=("data.reason", _says(reason="second_thoughts")),
        fit_notes_counted=("data.practice.system", _inside("practice", system="telephone")),
    ),
    _some(
        "too_long",
        "a text that is too long",
        referral_made=("data.person_token", _says(person_token=_LONG)),
        session_held=("data.adviser_token", _says(adviser_token=_LONG)),
        fit_notes_counted=("data.practice.code", _inside("practice", code=f"F{_LONG.upper()}")),
    ),
    _some(
        "not_voluntary", "a referral that is not voluntary", referral_made=("data.voluntary", _says(voluntary=False))
    ),
    _some("kinds_not_one", "two kinds of outcome", outcome_recorded=("data.outcome_id", _says(**_KINDS))),
    _some(
        "period_invalid",
        "a period that ends before it starts",
        fit_notes_counted=("data.period.to", _inside("period", to="2000-12-31")),
    ),
    # What is wrong with these a clock, the schemes or the register says, and no state.
    Mistake("time_in_future", "a time that is far ahead", _everywhere("time"), _at("2999-01-01T09:30:00Z")),
    _some(
        "area_unknown",
        "an area that the scheme lacks",
        referral_made=("data.scheme_area", _says(scheme_area="nowhere")),
    ),
    _some(
        "person_missing",
        "nobody named where the scheme is about people",
        referral_made=("data.person_token", _lacks("person_token")),
    ),
    Mistake(
        "practice_unknown",
        "a practice that the register lacks",
        {"fit-notes-counted": "data.practice.code"},
        {"fit-notes-counted": _of_no_practice},
    ),
)
BY_REASON: Final = {mistake.reason: mistake for mistake in MISTAKES}
