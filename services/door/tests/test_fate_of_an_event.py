"""What a partner is told became of an event: the same for any order of receipts, and never replaced by an echo."""

from itertools import permutations

import pytest
from support.events import at, numbered, session_held

from contracts.envelope import Event, Record, Refusal
from door_service.domain import MOST_KEPT, Fates, Said, told, with_receipt
from door_service.handlers import on_receipt, read_receipt
from servicekit.endings import Accept
from servicekit.hears import Moment
from servicekit.outgoing import receipt
from servicekit.reading import Item

ID = numbered(3)
SESSION = "footing.session-held.v1"


def _said(fate: str, second: int, offset: int = 7, **more: str) -> Said:
    place = f"inbox.acme.session-held/0/{offset}"
    return Said(type=SESSION, fate=fate, at=at(f"2026-01-05T10:00:{second:02}"), place=place, **more)


def _after(*said: Said) -> Fates:
    fates = Fates(id=f"acme/{ID}")
    for each in said:
        fates = with_receipt(fates, each)
    return fates


@pytest.mark.parametrize(
    ("said", "fate"),
    [
        ([_said("received", 1)], "received"),
        ([_said("received", 1), _said("waiting", 2)], "waiting"),
        ([_said("received", 2), _said("waiting", 1)], "waiting"),
        ([_said("waiting", 1), _said("parked", 2)], "parked"),
        ([_said("parked", 2), _said("accepted", 3)], "accepted"),
        ([_said("received", 9), _said("accepted", 3)], "accepted"),
        ([_said("waiting", 1), _said("refused", 2, reason="scheme_closed")], "refused"),
        ([_said("accepted", 1), _said("duplicate", 2, 8)], "accepted"),
        ([_said("accepted", 1), _said("id_reused", 2, 8)], "accepted"),
        ([_said("accepted", 1), _said("refused", 2, 8, reason="field_missing")], "accepted"),
        ([_said("refused", 1, reason="time_in_future"), _said("accepted", 2, 8)], "accepted"),
        ([_said("duplicate", 2, 8)], "received"),
    ],
)
def test_the_fate_is_the_same_in_any_order_and_however_often_it_is_said(said: list[Said], fate: str) -> None:
    for order in permutations(said):
        answer = told(_after(*order, *order), None)
        assert answer is not None
        assert answer["fate"] == fate
        assert len(answer["history"]) == len(said)


def test_a_refusal_says_why() -> None:
    refused = _said(
        "refused", 2, reason="code_unknown", field="data.mechanism", expected="one of the codes of the list"
    )
    answer = told(_after(_said("received", 1), refused), None)

    assert answer is not None
    assert (answer["event_id"], answer["reason"], answer["field"]) == (ID, "code_unknown", "data.mechanism")
    assert [step["fate"] for step in answer["history"]] == ["received", "refused"]


def test_events_of_several_types_under_one_id_are_told_apart() -> None:
    other = Said(type="footing.referral-made.v1", fate="refused", at=at("2026-01-05T10:01"), place="x/0/1")
    fates = _after(_said("accepted", 1), other)

    first, second = told(fates, None), told(fates, "footing.referral-made.v1")
    assert first is not None
    assert second is not None
    assert (first["type"], first["fate"], first["same_id"]) == (SESSION, "accepted", ["footing.referral-made.v1"])
    assert (second["type"], second["fate"]) == ("footing.referral-made.v1", "refused")
    assert told(fates, "footing.outcome-recorded.v1") is None


def test_a_partner_that_resends_for_ever_makes_no_document_grow_for_ever() -> None:
    fates = _after(*(_said("duplicate", 1, offset) for offset in range(MOST_KEPT + 50)), _said("accepted", 0))
    answer = told(fates, None)

    assert len(fates.said) == MOST_KEPT + 1
    assert answer is not None
    assert answer["fate"] == "accepted"


def test_the_receipt_of_a_gate_is_read_for_its_partner_alone() -> None:
    event = session_held(3, partner="acme")
    inbox = Record("inbox.acme.session-held", 1, 42, b"", b"", ())
    out = receipt(Item(inbox, "acme", event), "accepted", None, at("2026-01-05T10:00"))
    item = read_receipt(Record(out.topic, 0, 0, out.key, out.value, ()), None)  # type: ignore[arg-type]

    assert isinstance(item.read, Event)
    assert item.read.subject == f"acme/{event.id}"
    ending = on_receipt(Fates(id=item.read.subject), item.read, Moment(at("2026-01-05T10:00"), None, None))
    assert isinstance(ending, Accept)
    (said,) = ending.document.said
    assert (said.fate, said.place, said.referral_id) == ("accepted", "inbox.acme.session-held/1/42", event.subject)


def test_a_record_without_an_id_is_known_by_its_place() -> None:
    value = (
        b'{"event_id": null, "type": null, "referral_id": null, "fate": "parked", "at": "2026-01-05T10:00:00Z",'
        b'"position": {"topic": "inbox.acme.session-held", "partition": 0, "offset": 5}}'
    )
    item = read_receipt(Record("receipts.acme", 0, 9, b"", value, ()), None)  # type: ignore[arg-type]

    assert isinstance(item.read, Event)
    assert item.read.subject == "acme/inbox.acme.session-held/0/5"


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b'{"fate": "eaten"}', b"\xff"])
def test_what_is_no_receipt_stops_nothing(value: bytes | None) -> None:
    item = read_receipt(Record("receipts.acme", 0, 0, None, value, ()), None)  # type: ignore[arg-type]
    assert isinstance(item.read, Refusal)
