"""Of what loops have in hand: of which type it is, and whose it may be."""

import pytest

from servicekit.inhand import Row, behind, parked_of, waiting
from servicekit.naming import event_of, named, whose
from servicekit.partners import Partner, Partners


def partners(**schemes: set[str]) -> Partners:
    known = Partners(None)
    events = frozenset({"referral-made", "session-held"})
    known._by_name = {
        name: Partner(name=name, number=number, schemes=frozenset(of), events=events)
        for number, (name, of) in enumerate(schemes.items())
    }
    return known


KNOWN = partners(acme={"rhyl"}, other={"rhyl"}, both={"rhyl", "dundee"})


def rows(found: list[Row]) -> set[tuple[str, bool, tuple[str, ...] | None, int]]:
    return {(row.event, row.accepted, row.schemes, row.count) for row in found}


def test_what_waits_is_counted_by_type_and_added_up_over_partners_of_the_same_schemes() -> None:
    counts = {"acme/session-held": 2, "other/session-held": 1, "both/session-not-held": 4, "gone/session-held": 1}
    assert rows(waiting("gate", counts, KNOWN)) == {
        ("session-held", False, ("rhyl",), 3),
        ("session-not-held", False, ("dundee", "rhyl"), 4),
        ("session-held", False, None, 1),
    }


def test_what_was_counted_before_types_were_and_goes_out_under_its_type_is_counted_no_more() -> None:
    assert rows(waiting("gate", {"acme": 3, "acme/session-held": -2}, KNOWN)) == {("", False, ("rhyl",), 1)}
    assert rows(waiting("gate", {"acme": 3, "acme/session-held": -3}, KNOWN)) == set()
    assert (whose("acme"), whose(named("acme", "footing.session-held.v1"))) == (("acme", ""), ("acme", "session-held"))


def test_what_is_parked_says_its_type_and_its_topic_or_source_whose_it_is() -> None:
    accepted = {"topic": "referral-made", "source": b"urn:footing:partner:both", "kind": b"footing.referral-made.v1"}
    said = [
        ({"topic": "inbox.acme.session-held", "source": None, "kind": b"footing.entry-withdrawn.v1"}, 1),
        ({"topic": "inbox.acme.session-held", "source": b"\xff", "kind": b"zebediah"}, 2),
        (accepted, 3),
        ({"topic": "something", "source": b"::::"}, 4),
    ]
    groups = [{"_id": origin, "count": count} for origin, count in said]
    assert rows(parked_of("gate", groups, KNOWN)) == {
        ("entry-withdrawn", False, ("rhyl",), 1),
        ("session-held", False, ("rhyl",), 2),
        ("referral-made", True, ("dundee", "rhyl"), 3),
        ("", True, None, 4),
    }


def test_what_is_behind_may_be_of_the_partner_of_an_inbox_or_of_all_who_may_say_it() -> None:
    lags = {("inbox.acme.referral-made", 0): 1, ("inbox.acme.referral-made", 1): 2, ("session-held", 3): 5,
            ("outcome-recorded", 0): 7, ("receipts.acme", 0): 9}  # fmt: skip
    assert rows(behind("projector", lags, KNOWN)) == {
        ("referral-made", False, ("rhyl",), 3),
        ("session-held", True, ("dundee", "rhyl"), 5),
        ("outcome-recorded", True, None, 7),
    }


@pytest.mark.parametrize(
    ("topic", "kind", "event"),
    [
        ("session-held", b"footing.session-held.v1", "session-held"),
        ("session-held", b"footing.referral-made.v1", "session-held"),
        ("permissions", b"footing.permission-given.v1", "permission-given"),
        ("permissions", None, "permissions"),
    ],
)
def test_a_type_is_one_that_the_topic_may_bear_or_what_the_topic_tells(topic: str, kind: bytes, event: str) -> None:
    assert event_of(topic, kind) == event
