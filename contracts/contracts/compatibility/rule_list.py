"""The rules that no schema says: they live in code, and are named here so that a release can list them.

Each names the rejected examples that show it. An example is replayed against every later version: its answer may not
change. A test finds every example here that no schema refuses, and every function that a model validates with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words, and the examples that it refuses, as `<event>/v1/rejected/<name>`."""

    says: str
    shown_by: tuple[str, ...]


def _rule(says: str, **examples: str) -> Rule:
    """Examples by event (`_` stands for `-`), several separated by spaces."""
    return Rule(
        says,
        tuple(
            f"{event.replace('_', '-')}/v1/rejected/{name}"
            for event, names in examples.items()
            for name in names.split()
        ),
    )


RULES: Final[Mapping[str, Rule]] = {
    "value-is-json": _rule(
        "the value is UTF-8 JSON without NaN or lone surrogates, not nested without end",
        session_held="broken-json deeply-nested lone-surrogate not-a-number utf-16",
    ),
    "value-is-there": _rule(
        "a record has a value, and a structured event has data",
        referral_made="tombstone",
        session_held="structured-without-data",
    ),
    "value-is-bounded": _rule("a value is at most 256 KiB", outcome_recorded="too-large"),
    "content-type": _rule(
        "the content type is JSON or a CloudEvent, in UTF-8",
        outcome_recorded="datacontenttype-other",
        session_held="charset-other content-type-other",
    ),
    "headers-are-utf-8": _rule("CloudEvents headers are UTF-8", session_held="header-not-utf8"),
    "specversion": _rule("specversion is 1.0", outcome_recorded="specversion-other"),
    "id": _rule(
        "the id is a UUID in lower case, said once",
        session_held="id-in-capitals id-missing id-twice structured-id-number",
    ),
    "type-on-its-topic": _rule(
        "a type of the contract, on its own topic; a withdrawal on the topic of what it voids",
        referral_made="type-unknown wrong-topic",
        session_not_held="wrong-topic",
        entry_withdrawn="wrong-topic",
        follow_up_due="said-by-a-partner",
        erasure_requested="said-by-a-partner",
    ),
    "source": _rule(
        "the source names the partner whose inbox it is",
        referral_made="source-of-another",
        outcome_recorded="source-is-no-partner",
    ),
    "subject-and-key": _rule(
        "subject, key, partitionkey and the payload name the same referral or practice",
        referral_made="key-differs key-missing partitionkey-differs subject-differs",
        permission_given="key-empty",
        permission_withdrawn="key-empty",
        fit_notes_counted="subject-of-a-referral subject-without-ods",
    ),
    "time": _rule(
        "time is RFC 3339 with offset, not before 2000, and that of a session is when it started",
        referral_made="before-2000",
        session_held="time-as-number time-differs time-without-offset",
    ),
    "instants-in-years-1-to-9999": _rule("an instant lies in the years 1 to 9999 in UTC", session_held="end-of-time"),
    "carried-attributes": _rule(
        "what is carried is visible ASCII without spaces, a sequence a whole number",
        session_held="free-text-carried",
        erasure_requested="sequence-a-word",
    ),
    "whole-numbers": _rule("a whole number has no point: 45.0 is none", session_held="minutes-with-point"),
    "names-once": _rule("a name stands once in an object; readers let it be", session_held="name-twice"),
    "another-event": _rule(
        "what is corrected or void is another event",
        referral_made="own-id-superseded",
        entry_withdrawn="withdraws-itself",
    ),
    "period": _rule(
        "a period ends on or after its first day, at most 365 days later",
        fit_notes_counted="period-backwards period-two-years",
    ),
}
