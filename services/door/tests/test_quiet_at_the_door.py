"""Who is quiet, as the door tells operators: from what the gates said of each partner, and nothing of any person."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from contracts import codec
from contracts.envelope import Event
from contracts.referral_made import ReferralMade
from door_service.canary import pair
from door_service.domain import Fates, Said
from door_service.heard import spoken
from door_service.standing import Known, standing
from servicekit.companion import Change
from servicekit.partners import Partner
from servicekit.quiet import Heard
from servicekit.working_time import MINUTES_A_DAY

REFERRAL, SESSION = "footing.referral-made.v1", "footing.session-held.v1"
MONDAY = datetime(2026, 11, 23, 9, 40, tzinfo=UTC)
ACME = Partner(
    name="acme",
    number=1,
    schemes=frozenset({"rhyl"}),
    events=frozenset({"referral-made", "session-held"}),
    expects={"session-held": MINUTES_A_DAY},
)


def said(fate: str, at: datetime, kind: str = SESSION) -> Said:
    return Said(type=kind, fate=fate, at=at, place="inbox.acme.session-held/0/7")


def change(*after: Said, before: tuple[Said, ...] = ()) -> Change[Fates]:
    return Change(Fates(id="acme/1", said=before), Fates(id="acme/1", said=(*before, *after)))


def test_what_is_accepted_is_counted_once_and_what_else_is_said_is_heard() -> None:
    waits, takes = said("waiting", MONDAY), said("accepted", MONDAY + timedelta(minutes=1))
    again = said("duplicate", MONDAY + timedelta(hours=2))
    found = spoken([change(takes, again, before=(waits,)), change(said("refused", MONDAY, REFERRAL))])
    sessions = found["acme", "session-held", date(2026, 11, 23)]
    assert (sessions.accepted, sessions.accepted_at, sessions.heard_at) == (1, takes.at, again.at)
    assert sessions.hours == {datetime(2026, 11, 23, 9, tzinfo=UTC)}
    assert found["acme", "referral-made", date(2026, 11, 23)].accepted == 0
    assert not spoken([change(before=(waits, takes))]), "nothing is new"


def test_a_partner_stands_as_the_worst_of_its_event_types() -> None:
    known = {("acme", event): Known(MONDAY, Heard(MONDAY)) for event in ("referral-made", "session-held")}
    found = standing(ACME, known, MONDAY + timedelta(days=3))
    assert (found.state, found.watched) == ("silent", True)
    assert [(stream.event, stream.state, stream.expected) for stream in found.events] == [
        ("referral-made", "not known", "nothing"),
        ("session-held", "silent", "said"),
    ]
    assert found.events[1].silent_at == MONDAY + timedelta(days=2)


@pytest.mark.parametrize("odd", [{"testing": True}, {"disabled": True}])
def test_nobody_is_woken_by_a_partner_that_may_not_speak_or_only_tries(odd: dict[str, bool]) -> None:
    assert not standing(msgspec.structs.replace(ACME, **odd), {}, MONDAY).watched


def test_the_canary_says_nothing_of_any_partner() -> None:
    canary = msgspec.structs.replace(ACME, schemes=frozenset({"canary"}))
    assert not standing(canary, {}, MONDAY).watched


def test_a_canary_is_a_referral_of_nobody_and_a_session_of_it_that_the_codec_takes() -> None:
    sent = pair("bird", MONDAY)
    made, held = (codec.decode_inbox(record) for record in sent.records)
    assert [record.topic for record in sent.records] == ["inbox.bird.referral-made", "inbox.bird.session-held"]
    assert isinstance(made, Event)
    assert isinstance(held, Event)
    assert isinstance(made.data, ReferralMade)
    assert (made.data.scheme_id, made.data.synthetic, made.data.person_token) == ("canary", True, None)
    assert (held.id, held.subject) == (sent.session_id, made.subject)
    assert pair("bird", MONDAY).session_id != sent.session_id
