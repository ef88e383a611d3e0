"""The pure heart: every record of a batch has one ending, and what it changes follows from it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from support import toy
from support.events import numbered

from contracts.envelope import Event, Record
from contracts.erasure_requested import ErasureRequested
from contracts.topics import inbox
from servicekit.endings import Accept
from servicekit.fold import TooManyFailures, fold
from servicekit.folded import Folded, Surroundings
from servicekit.hears import Hears, Moment
from servicekit.partners import Partner
from servicekit.reading import Item, read

NOW = datetime(2025, 3, 2, tzinfo=UTC)
ACME = Partner(name="acme", number=1, schemes=frozenset({"bridgend"}), events=frozenset({"session-held"}))


class Registry:
    """The partners that these tests know."""

    def __init__(self, *partners: Partner) -> None:
        self._partners = {partner.name: partner for partner in partners}

    def by_name(self, name: str) -> Partner | None:
        return self._partners.get(name)


REGISTRY: Any = Registry(ACME)


def on_erasure(toy_: toy.Toy, _event: Event[ErasureRequested], _at: Moment[None]) -> Accept[toy.Toy]:
    return Accept(toy.Toy(id=toy_.id))


HEARS = Hears(
    gate=toy.LOOP.hears.gate,
    follow={**toy.LOOP.hears.follow, ErasureRequested: on_erasure},
    erases=frozenset({ErasureRequested}),
)


class Log:
    """Numbers records as a partition does, and reads them as the loop does."""

    def __init__(self) -> None:
        self._offset = 0

    def session(self, referral: str, *, id: str | None = None, partner: str = "acme", **changed: Any) -> Item:
        said = toy.headers("session-held", referral, partner=partner, event_id=id)
        return self._item(inbox(partner, "session-held"), referral, toy.session(referral, **changed), said)

    def referral(self, referral: str) -> Item:
        said = toy.headers("referral-made", referral, partner="acme")
        said.append(("ce_acceptedtime", b"2025-03-01T12:00:00Z"))
        return self._item("referral-made", referral, toy.referral_made(referral), said)

    def erasure(self, referral: str) -> Item:
        said = toy.headers("erasure-requested", referral, partner="footing")
        said.append(("ce_acceptedtime", b"2025-03-01T12:00:00Z"))
        value = json.dumps({"referral_id": referral, "reason_code": "person_asked", "synthetic": True}).encode()
        return self._item("erasure-requested", referral, value, said)

    def junk(self) -> Item:
        return self._item(inbox("acme", "session-held"), "x", b"junk", [])

    def _item(self, topic: str, key: str, value: bytes, headers: list[tuple[str, bytes]]) -> Item:
        self._offset += 1
        return read(Record(topic, 0, self._offset, key.encode(), value, tuple(headers)), REGISTRY, remembers=True)


def folded(
    *items: Item, documents: Mapping[str, toy.Toy] | None = None, seen: Mapping[bytes, bytes] | None = None
) -> Folded[toy.Toy]:
    around = Surroundings(HEARS, toy.Toy, REGISTRY, None, NOW, None, seen or {}, {})
    return fold(items, documents or {}, around)


def fates(result: Folded[toy.Toy]) -> list[str]:
    return [json.loads(out.value)["fate"] for out in result.out if out.topic == "receipts.acme"]


def after(result: Folded[toy.Toy], key: str) -> toy.Toy:
    return result.changes[key].after


REFERRAL = numbered(1)


def test_a_session_of_an_open_referral_is_accepted_announced_and_receipted() -> None:
    log = Log()
    result = folded(log.referral(REFERRAL), log.session(REFERRAL))
    assert fates(result) == ["accepted"]
    assert [out.topic for out in result.out] == ["session-held", "receipts.acme"]
    assert after(result, REFERRAL).version == 2
    assert dict(result.out[0].headers)["ce_sequence"] == b"2"
    assert dict(result.out[0].headers)["ce_acceptedtime"] == b"2025-03-02T00:00:00Z"


def test_sessions_before_their_referral_wait_and_go_out_in_order() -> None:
    log = Log()
    first, second = log.session(REFERRAL), log.session(REFERRAL)
    waited = folded(first, second)
    assert fates(waited) == ["waiting", "waiting"]
    assert len(after(waited, REFERRAL).waiting) == 2
    opened = folded(log.referral(REFERRAL), documents={REFERRAL: after(waited, REFERRAL)})
    assert fates(opened) == ["accepted", "accepted"]
    assert after(opened, REFERRAL).sessions == (first.read.data.session_id, second.read.data.session_id)  # type: ignore[union-attr]
    assert after(opened, REFERRAL).waiting == ()
    assert dict(opened.waiting["referral-made", 0]) == {"acme/session-held": -2}


def test_two_hundred_may_wait_for_a_referral_and_not_one_more() -> None:
    log = Log()
    waited = folded(*(log.session(REFERRAL) for _ in range(201)))
    assert fates(waited) == ["waiting"] * 200 + ["refused"]
    opened = folded(log.referral(REFERRAL), documents={REFERRAL: after(waited, REFERRAL)})
    assert len(after(opened, REFERRAL).sessions) == 200


def test_what_waits_for_a_referral_never_outgrows_a_document() -> None:
    log = Log()
    waited = folded(*(log.session(REFERRAL, padding=" " * 100_000) for _ in range(60)))
    assert set(fates(waited)) == {"waiting", "refused"}
    assert sum(len(entry.value or b"") for entry in after(waited, REFERRAL).waiting) < 4 * 1024 * 1024


def test_what_was_turned_away_may_be_sent_again_under_its_id() -> None:
    log = Log()
    first = [log.session(REFERRAL) for _ in range(200)]
    said = {"id": numbered(7), "session_id": numbered(8)}
    waited = folded(*first, log.session(REFERRAL, **said))
    opened = folded(
        log.referral(REFERRAL),
        log.session(REFERRAL, **said),
        documents={REFERRAL: after(waited, REFERRAL)},
        seen=waited.identities,
    )
    assert fates(opened) == ["accepted"] * 201


def test_the_same_event_again_is_a_duplicate_and_other_content_under_its_id_is_refused() -> None:
    log = Log()
    said = {"id": numbered(7), "session_id": numbered(8)}
    first = log.session(REFERRAL, **said)
    result = folded(
        log.referral(REFERRAL), first, log.session(REFERRAL, **said), log.session(REFERRAL, **said, minutes=20)
    )
    assert fates(result) == ["accepted", "duplicate", "id_reused"]
    assert len(after(result, REFERRAL).sessions) == 1
    later = folded(log.session(REFERRAL, **said), documents={REFERRAL: after(result, REFERRAL)}, seen=result.identities)
    assert fates(later) == ["duplicate"]
    assert later.changes == {}


def test_a_spoilt_record_under_the_id_of_a_taken_event_does_not_refuse_that_event() -> None:
    log, taken = Log(), numbered(77)
    spoilt = log.session(REFERRAL, id=taken, minutes="50")
    first = log.session(REFERRAL, id=numbered(78), minutes="50")
    result = folded(log.referral(REFERRAL), first, log.session(REFERRAL, id=taken), spoilt)
    assert fates(result) == ["refused", "accepted", "id_reused"]


def test_a_partner_cannot_use_up_the_identity_of_another() -> None:
    log = Log()
    other = Partner(name="other", number=2, schemes=frozenset(), events=frozenset({"session-held"}))
    registry: Any = Registry(ACME, other)
    mine, theirs = log.session(REFERRAL, id=numbered(7)), log.session(REFERRAL, id=numbered(7), partner="other")
    assert mine.identity is not None
    assert mine.identity != read(theirs.record, registry, remembers=True).identity


def test_a_fold_that_raises_parks_its_record_and_later_ones_of_its_key_and_nothing_else() -> None:
    log = Log()
    neighbour = numbered(2)
    result = folded(
        log.referral(REFERRAL),
        log.referral(neighbour),
        log.session(REFERRAL, minutes=13),
        log.session(REFERRAL),
        log.session(neighbour),
    )
    assert fates(result) == ["parked", "parked", "accepted"]
    assert [(parked.key, parked.cause) for parked in result.parked] == [(REFERRAL, "ValueError"), (REFERRAL, "behind")]
    assert after(result, REFERRAL).parked == 2
    assert after(result, neighbour).parked == 0


def test_what_was_taken_is_a_duplicate_even_while_its_key_is_parked() -> None:
    log, said = Log(), {"id": numbered(7), "session_id": numbered(8)}
    taken, unlucky = log.session(REFERRAL, **said), log.session(REFERRAL, minutes=13)
    result = folded(log.referral(REFERRAL), taken, unlucky, log.session(REFERRAL, **said))
    assert fates(result) == ["accepted", "parked", "duplicate"]


def test_an_erasure_takes_with_it_what_was_parked_before_it_in_the_same_batch() -> None:
    log = Log()
    result = folded(log.referral(REFERRAL), log.session(REFERRAL, minutes=13), log.erasure(REFERRAL))
    assert fates(result) == ["parked"]
    assert after(result, REFERRAL).parked == 0
    assert result.parked == []
    assert result.unparked == [REFERRAL]


def test_a_record_without_a_readable_identity_is_parked_under_its_place() -> None:
    result = folded(Log().junk())
    assert fates(result) == ["parked"]
    assert result.out[0].key == b"inbox.acme.session-held/0/1"


def test_when_many_keys_fail_and_none_succeeds_nothing_is_parked() -> None:
    log = Log()
    with pytest.raises(TooManyFailures):
        folded(*(log.session(numbered(n), minutes=13) for n in range(1, 23)))


def test_every_record_has_one_ending() -> None:
    log = Log()
    result = folded(log.referral(REFERRAL), log.session(REFERRAL), log.junk(), log.session(numbered(2)))
    counted = {place: dict(endings) for place, endings in result.endings.items()}
    assert counted == {
        ("referral-made", 0): {"applied": 1},
        ("inbox.acme.session-held", 0): {"applied": 1, "parked": 1, "waiting": 1},
    }


def completing(completes: Callable[[toy.Toy, None], toy.Toy], *items: Item) -> Folded[toy.Toy]:
    around = Surroundings(replace(HEARS, completes=completes), toy.Toy, REGISTRY, None, NOW, None, {}, {})
    return fold(items, {}, around)


def test_a_document_is_completed_once_after_all_its_events() -> None:
    log, versions = Log(), list[int]()

    def completes(whole: toy.Toy, _known: None) -> toy.Toy:
        versions.append(whole.version)
        return msgspec.structs.replace(whole, sessions=tuple(reversed(whole.sessions)))

    first, second = log.session(REFERRAL), log.session(REFERRAL)
    result = completing(completes, log.referral(REFERRAL), first, second)
    assert versions == [3]
    assert after(result, REFERRAL).sessions == (second.read.data.session_id, first.read.data.session_id)  # type: ignore[union-attr]


def test_a_document_that_nothing_was_accepted_of_is_not_completed() -> None:
    asked: list[toy.Toy] = []

    def completes(whole: toy.Toy, _known: None) -> toy.Toy:
        asked.append(whole)
        return whole

    assert len(after(completing(completes, Log().session(REFERRAL)), REFERRAL).waiting) == 1
    assert asked == []


def test_the_event_with_which_a_document_cannot_be_completed_is_parked_and_others_go_on() -> None:
    log, other = Log(), numbered(2)

    def completes(whole: toy.Toy, _known: None) -> toy.Toy:
        if len(whole.sessions) > 1:
            raise ValueError("a bug in what follows from two sessions")
        return whole

    result = completing(
        completes, log.referral(REFERRAL), log.session(REFERRAL), log.session(REFERRAL), log.session(REFERRAL),
        log.referral(other), log.session(other),
    )  # fmt: skip
    assert fates(result) == ["accepted", "parked", "parked", "accepted"]
    assert [(parked.key, parked.cause) for parked in result.parked] == [(REFERRAL, "ValueError"), (REFERRAL, "behind")]
    assert (after(result, REFERRAL).version, after(result, REFERRAL).parked) == (2, 2)
    assert after(result, other).version == 2
