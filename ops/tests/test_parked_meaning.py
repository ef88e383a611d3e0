"""What a group of parked records does to the figures: by the type and the scheme of each record."""

import json
from datetime import UTC, datetime
from typing import Any

from ops.parked import Row
from ops.parking.groups import Group, grouped
from ops.parking.meaning import meaning_of, short_by
from ops.parking.telling import plain

AT = datetime(2025, 6, 2, 12, tzinfo=UTC)
RHYL, DUNDEE = "Case managers in GP practices, Rhyl", "Keeping people at work, Dundee"


def head(number: int, topic: str = "inbox.acme.referral-made", loop: str = "gate", **changed: Any) -> Row:
    said: dict[str, Any] = {
        "id": str(number), "service": "referral", "loop": loop, "place": f"{topic}/0/{number}", "key": f"key-{number}",
        "cause": "ValueError", "where": "domain.py:7", "since": AT, "tried_at": None, "first_cause": "ValueError",
        "failures": 1, "asked": None, "behind": 0,
    }  # fmt: skip
    return Row(**{**said, **changed})


def group(*heads: Row, schemes: dict[str, frozenset[str]], topics: Any = None) -> Group:
    (found,) = grouped(heads, schemes, {}, topics or {})
    return found


def test_each_scheme_is_said_with_what_is_its_own_and_what_it_is_short_by() -> None:
    schemes = {"key-1": frozenset({"rhyl"}), "key-2": frozenset({"rhyl"}), "key-3": frozenset({"dundee"})}
    found = group(head(1), head(2), head(3), schemes=schemes)
    rhyl, dundee = short_by(found)
    assert rhyl.words.startswith(f"{RHYL}: 2 referrals are parked. Short by up to 2: People who used the service; ")
    assert dundee.words.startswith(f"{DUNDEE}: 1 referral is parked. Short by up to 1: ")
    assert meaning_of(found) == f"{rhyl.words} {dundee.words}"


def test_of_a_referral_that_nobody_made_the_partner_says_whose_it_may_be_or_nobody_does() -> None:
    of_partner = {"inbox.acme.referral-made": frozenset({"dundee", "rhyl"})}
    assert meaning_of(group(head(1), schemes=of_partner)).startswith(f"{DUNDEE} or {RHYL}: 1 referral is parked. ")
    assert meaning_of(group(head(1), schemes={})) == (
        "Schemes that nobody can name: 1 referral is parked. Which figures are short nobody can say."
    )


def test_what_stands_behind_the_first_of_a_key_counts_as_what_it_is() -> None:
    opened = head(1, topic="referral-made", service="case", behind=2)
    topics = {("case", "gate", "key-1"): {"referral-made": 1, "inbox.acme.session-held": 2}}
    found = group(opened, schemes={"key-1": frozenset({"rhyl"})}, topics=topics)
    assert found.records == 3
    assert meaning_of(found) == (
        f"{RHYL}: 2 sessions are parked. Short by up to 2: People who used the service; Days from referral to first "
        f"session. {RHYL}: 1 referral is parked. No figure is short of it: it is accepted, and counted."
    )


def test_what_the_canary_says_is_in_no_figure_anyway() -> None:
    found = group(head(1), schemes={"inbox.acme.referral-made": frozenset({"canary"})})
    assert meaning_of(found) == "No figure: it is the canary's."


def test_programs_are_told_the_same_in_numbers() -> None:
    said = json.loads(json.dumps(plain(group(head(1), schemes={"key-1": frozenset({"rhyl"})}))))
    assert said["in_hand"] == [
        {"loop": "gate", "what": "parked", "schemes": ["rhyl"], "count": 1, "event": "referral-made",
         "accepted": False}
    ]  # fmt: skip
