"""What was parked is offered again in order, by the ordinary fold: nothing overtakes, and every record has one fate."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from support import toy
from support.events import numbered
from support.folding import Registered

from contracts.envelope import Event, Record
from contracts.erasure_requested import ErasureRequested
from contracts.session_held import SessionHeld
from contracts.topics import inbox
from servicekit.endings import Accept
from servicekit.fold import fold
from servicekit.folded import Folded, Surroundings
from servicekit.hears import Hears, Moment
from servicekit.parked import Again, Asked, Entry, fold_again
from servicekit.partners import Partner
from servicekit.reading import Item, read

NOW = datetime(2025, 3, 2, tzinfo=UTC)
ACME = Partner(name="acme", number=1, schemes=frozenset({"bridgend"}), events=frozenset({"session-held"}))
OTHER = Partner(name="other", number=2, schemes=frozenset(), events=frozenset({"session-held"}))
REFERRAL = numbered(1)
RETRY, DISCARD = Asked("retry", NOW), Asked("discard", NOW, "made up by hand")


def on_erasure(toy_: toy.Toy, _event: Event[ErasureRequested], _at: Moment[None]) -> Accept[toy.Toy]:
    return Accept(toy.Toy(id=toy_.id))


ERASES: dict[str, Any] = {"erases": frozenset({ErasureRequested})}
BROKEN: Hears[toy.Toy, None] = Hears(
    gate=toy.LOOP.hears.gate, follow={**toy.LOOP.hears.follow, ErasureRequested: on_erasure}, **ERASES
)
MENDED: Hears[toy.Toy, None] = Hears(gate={SessionHeld: toy.take_session}, follow=BROKEN.follow, **ERASES)


class Story:
    """One partition, what is stored after each batch, and the parked records as they are kept."""

    def __init__(self, *partners: Partner) -> None:
        self.registry = Registered(*partners)
        self.documents: dict[str, toy.Toy] = {}
        self.seen: dict[bytes, bytes] = {}
        self.parked: list[Entry] = []
        self.told: list[tuple[str, str, str | None]] = []
        self.endings: dict[str, int] = {}
        self._offset = 0

    def hear(self, *records: Record) -> None:
        items = [self._read(record) for record in records]
        self._keep(fold(items, self.documents, self._around(BROKEN)))

    def ask(self, hears: Hears[toy.Toy, None], *asked: Asked | None) -> Again[toy.Toy]:
        """Let all that is parked be looked at; `asked` in their order."""
        entries = [_asked(entry, asked=wanted) for entry, wanted in zip(self.parked, asked, strict=True)]
        pairs = [(entry, self._read(entry.record)) for entry in entries]
        again = fold_again(pairs, self.documents, self._around(hears))
        gone = {entry.id for entry in again.gone}
        keys = set(again.folded.unparked)
        self.parked = [entry for entry in self.parked if entry.id not in gone and entry.key not in keys]
        self._keep(again.folded)
        return again

    def session(self, minutes: int = 50, *, id: str | None = None, partner: str = "acme") -> Record:
        said = toy.headers("session-held", REFERRAL, partner=partner, event_id=id)
        return self._record(inbox(partner, "session-held"), toy.session(REFERRAL, minutes=minutes), said)

    def referral(self) -> Record:
        return self._record("referral-made", toy.referral_made(REFERRAL), self._accepted("referral-made", "acme"))

    def erasure(self) -> Record:
        value = json.dumps({"referral_id": REFERRAL, "reason_code": "person_asked", "synthetic": True}).encode()
        return self._record("erasure-requested", value, self._accepted("erasure-requested", "footing"))

    def junk(self) -> Record:
        return self._record(inbox("acme", "session-held"), b"junk", [])

    @property
    def fates(self) -> list[str]:
        return [fate for _, fate, _ in self.told]

    def _accepted(self, event: str, partner: str) -> list[tuple[str, bytes]]:
        return [*toy.headers(event, REFERRAL, partner=partner), ("ce_acceptedtime", b"2025-03-01T12:00:00Z")]

    def _record(self, topic: str, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Record:
        self._offset += 1
        return Record(topic, 0, self._offset, REFERRAL.encode(), value, tuple(headers))

    def _read(self, record: Record) -> Item:
        return read(record, self.registry, remembers=True)

    def _around(self, hears: Hears[toy.Toy, None]) -> Surroundings[toy.Toy, None]:
        return Surroundings(hears, toy.Toy, self.registry, None, NOW, None, self.seen, {})

    def _keep(self, folded: Folded[toy.Toy]) -> None:
        self.documents |= {key: change.after for key, change in folded.changes.items()}
        self.seen |= folded.identities
        self.parked += [Entry(p.record.place, p.key, p.n, p.record, None, p.waited) for p in folded.parked]
        self.parked.sort(key=lambda entry: entry.n)
        for counts in folded.endings.values():
            for ending, n in counts.items():
                self.endings[ending] = self.endings.get(ending, 0) + n
        for out in folded.out:
            if out.topic.startswith("receipts."):
                told = json.loads(out.value)
                self.told.append((told["event_id"], told["fate"], told.get("reason")))


def _asked(entry: Entry, asked: Asked | None) -> Entry:
    return replace(entry, asked=asked)


def test_after_the_fault_is_mended_all_go_out_in_the_order_in_which_they_came() -> None:
    story = Story(ACME)
    ids = [numbered(n) for n in (11, 12, 13)]
    sessions = [story.session(minutes, id=i) for minutes, i in zip((13, 50, 50), ids, strict=True)]
    story.hear(story.referral(), *sessions)
    assert story.endings == {"applied": 1, "parked": 3}
    assert [entry.n for entry in story.parked] == [1, 2, 3]
    again = story.ask(MENDED, RETRY, None, None)
    assert story.told[3:] == [(i, "accepted", None) for i in ids]
    assert story.endings == {"applied": 4, "parked": 0}
    stored = story.documents[REFERRAL]
    assert (stored.parked, stored.version, len(stored.sessions)) == (0, 4, 3)
    assert again.going
    story.hear(story.session(13))
    assert [entry.n for entry in story.parked] == [4]  # numbers are never used twice


def test_the_first_that_fails_again_keeps_all_behind_it_and_is_not_told_again() -> None:
    story = Story(ACME)
    story.hear(story.referral(), story.session(13), story.session(), story.session())
    again = story.ask(BROKEN, RETRY, None, None)
    assert again.stuck is not None
    assert (again.stuck[0].n, again.stuck[1], again.gone) == (1, "ValueError", [])
    assert story.fates == ["parked"] * 3
    assert (story.documents[REFERRAL].parked, story.endings) == (3, {"applied": 1, "parked": 3})


def test_a_later_one_that_fails_stops_there() -> None:
    story = Story(ACME)
    story.hear(story.referral(), story.session(13), story.session(), story.session(14), story.session())
    again = story.ask(Hears(gate={SessionHeld: unlucky_with(14)}, follow=BROKEN.follow), RETRY, None, None, None)
    assert [entry.n for entry in again.gone] == [1, 2]
    assert [entry.n for entry in story.parked] == [3, 4]
    assert story.documents[REFERRAL].parked == 2
    assert story.endings == {"applied": 3, "parked": 2}
    story.hear(story.session())
    assert [entry.n for entry in story.parked] == [3, 4, 5]


def unlucky_with(minutes: int) -> Any:
    def handler(toy_: toy.Toy, event: Event[SessionHeld], at: Moment[None]) -> Any:
        if event.data.minutes == minutes:
            raise KeyError(minutes)
        return toy.take_session(toy_, event, at)

    return handler


def test_a_discarded_record_is_refused_for_good_and_the_next_is_offered() -> None:
    story = Story(ACME)
    unlucky = numbered(21)
    story.hear(story.referral(), story.session(13, id=unlucky), story.session(id=numbered(22)))
    story.ask(BROKEN, DISCARD, None)
    assert story.told[2:] == [(unlucky, "refused", "discarded"), (numbered(22), "accepted", None)]
    assert story.endings == {"applied": 2, "parked": 0, "refused": 1}
    assert story.documents[REFERRAL].parked == 0
    story.hear(story.session(13, id=unlucky))
    assert story.fates[-1] == "id_reused"  # under this id nothing will ever be taken


def test_one_behind_is_discarded_without_offering_what_stands_before_it() -> None:
    story = Story(ACME)
    story.hear(story.referral(), story.session(13), story.session())
    story.ask(MENDED, None, DISCARD)
    assert [entry.n for entry in story.parked] == [1]
    assert (story.documents[REFERRAL].parked, story.fates[-1]) == (1, "refused")


def test_what_waited_and_fails_takes_the_place_that_became_free() -> None:
    story = Story(ACME)
    story.hear(story.session(14))  # waits for its referral
    refuses_referrals = Hears(gate=BROKEN.gate, follow=dict.fromkeys(toy.LOOP.hears.follow, _raises))
    items = [story._read(story.referral()), story._read(story.session())]
    story._keep(fold(items, story.documents, story._around(refuses_referrals)))
    assert [entry.n for entry in story.parked] == [1, 2]
    story.ask(Hears(gate={SessionHeld: unlucky_with(14)}, follow=BROKEN.follow), RETRY, None)
    assert [(entry.n, b'"minutes": 14' in (entry.record.value or b"")) for entry in story.parked] == [
        (1, True), (2, False)
    ]  # fmt: skip
    assert (story.documents[REFERRAL].parked, story.documents[REFERRAL].waiting) == (2, ())
    story.ask(MENDED, RETRY, None)
    assert (story.documents[REFERRAL].parked, len(story.documents[REFERRAL].sessions)) == (0, 2)
    assert story.endings == {"waiting": 1, "applied": 2, "parked": 0}


def _raises(*_: Any) -> Any:
    raise LookupError


def test_an_erasure_that_was_parked_takes_the_rest_with_it() -> None:
    story = Story(ACME)
    broken = Hears(gate=BROKEN.gate, follow={**BROKEN.follow, ErasureRequested: _raises}, **ERASES)
    story.hear(story.referral())
    items = [story._read(story.erasure()), story._read(story.session())]
    story._keep(fold(items, story.documents, story._around(broken)))
    assert story.documents[REFERRAL].parked == 2
    again = story.ask(MENDED, RETRY, None)
    assert again.folded.unparked == [REFERRAL]
    assert (story.documents[REFERRAL].parked, story.parked) == (0, [])


def test_a_partner_registered_meanwhile_is_read_and_its_record_folded_as_any_other() -> None:
    story = Story(ACME)
    story.hear(story.referral(), story.session(partner="other"))
    assert (story.parked[0].key, story.fates) == (None, [])
    story.ask(MENDED, RETRY)
    assert len(story.parked) == 1
    story.registry = Registered(ACME, OTHER)
    story.ask(MENDED, RETRY)
    assert (story.parked, len(story.documents[REFERRAL].sessions)) == ([], 1)
    assert story.endings == {"applied": 2, "parked": 0}


def test_a_record_without_a_key_does_not_overtake_what_is_parked_of_its_referral() -> None:
    story = Story(ACME)
    stranger = story.session(partner="other")
    story.hear(story.referral(), stranger, story.session(13))
    story.registry = Registered(ACME, OTHER)
    unknown, unlucky = story.parked
    story.parked = [unknown]
    story.ask(BROKEN, RETRY)
    assert [(entry.key, entry.n) for entry in story.parked] == [(REFERRAL, 2)]
    assert story.documents[REFERRAL].parked == 2
    story.parked = [unlucky, *story.parked]
    story.ask(MENDED, RETRY, None)
    assert (story.parked, story.documents[REFERRAL].parked, len(story.documents[REFERRAL].sessions)) == ([], 0, 2)


def test_a_record_that_stays_unreadable_stays_and_can_be_discarded() -> None:
    story = Story(ACME)
    story.hear(story.junk())
    assert story.ask(MENDED, RETRY).stuck is not None
    story.ask(MENDED, DISCARD)
    assert story.told == [(None, "parked", "attribute_missing"), (None, "refused", "discarded")]
    assert story.endings == {"parked": 0, "refused": 1}
