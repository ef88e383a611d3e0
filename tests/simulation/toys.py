"""The service that is simulated, and all that its partner can ever say: the same few events in every history.

A session of 13 minutes meets a bug. A referral that is not voluntary falls due once, and that is announced.
"""

from datetime import date
from functools import cache
from typing import Any, Final
from uuid import UUID

import msgspec
from support import toy

from contracts.envelope import Event, Record
from contracts.referral_made import AcceptedReferral
from contracts.session_held import SessionHeld
from servicekit import reading
from servicekit.documents import Document
from servicekit.endings import Accept, Ignore, Wait
from servicekit.hears import Hears, Moment
from servicekit.loop import Loop
from servicekit.partners import Partner, Partners
from servicekit.reading import Item
from servicekit.tick import Tick

PARTNER: Final = "abc"
INBOX: Final = f"inbox.{PARTNER}.session-held"
MADE: Final = "referral-made"
SESSIONS: Final = "session-held"
RECEIPTS: Final = f"receipts.{PARTNER}"
DAY: Final = date(2025, 6, 1)
LANES: Final = (0, 3, 6)  # three are enough, and cheaper than eight
REFERRALS: Final = tuple(str(UUID(int=0x4000_8000_0000_0000_0001 + n, version=4)) for n in (10, 2, 1, 11, 9, 12))
FALLS_DUE: Final = REFERRALS[:1]
_EACH: Final = 12  # sessions a referral


class Toy(Document, kw_only=True, omit_defaults=True):
    opened: bool = False
    sessions: tuple[str, ...] = ()
    due_on: str | None = None
    told: int = 0


def on_session_held(document: Toy, event: Event[SessionHeld], _at: Moment[None]) -> Accept[Toy] | Wait:
    if event.data.minutes == toy.UNLUCKY_MINUTES:
        raise ValueError("a bug of the toy")
    if not document.opened:
        return Wait()
    sessions = (*document.sessions, f"{event.id} {event.data.minutes}")
    return Accept(msgspec.structs.replace(document, sessions=sessions), announce=(event,))


def on_referral_made(document: Toy, event: Event[AcceptedReferral], _at: Moment[None]) -> Accept[Toy]:
    due_on = "2025-05-01" if event.subject in FALLS_DUE else None
    return Accept(msgspec.structs.replace(document, opened=True, due_on=due_on))


def on_tick(document: Toy, _today: date, _at: Moment[None]) -> Accept[Toy] | Ignore:
    if document.due_on is None:
        return Ignore()
    told = msgspec.structs.replace(document, due_on=None, told=document.told + 1)
    return Accept(told, announce=(_reminder(document.id),))


# -- what is said ---------------------------------------------------------------------------------------------


class Said(msgspec.Struct, frozen=True):
    """One event as it goes into a log. `minutes` stands for all of its content; None where it is no session."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    event_id: str
    referral: str
    minutes: int | None


@cache
def session(referral: int, number: int, minutes: int) -> Said:
    """A session of this length; the same number with another length is a reused id."""
    subject, event_id = REFERRALS[referral], str(UUID(int=(referral + 1) * 1000 + number, version=4))
    headers = tuple(toy.headers("session-held", subject, partner=PARTNER, event_id=event_id))
    value = toy.session(subject, session_id=event_id, minutes=minutes)
    return Said(INBOX, subject.encode(), value, headers, event_id, subject, minutes)


@cache
def made(referral: int) -> Said:
    """The referral was accepted by its own gate."""
    subject, event_id = REFERRALS[referral], str(UUID(int=(referral + 1) * 1000 + 999, version=4))
    headers = toy.headers("referral-made", subject, partner=PARTNER, event_id=event_id)
    accepted = (*headers, ("ce_acceptedtime", b"2025-03-01T12:00:00Z"))
    return Said(MADE, subject.encode(), toy.referral_made(subject), accepted, event_id, subject, None)


@cache
def noise(number: int) -> Said:
    """Something that is no event: with a readable id it is refused, without one it is parked."""
    event_id = str(UUID(int=900_000 + number, version=4))
    headers = dict(toy.headers("session-held", REFERRALS[0], partner=PARTNER, event_id=event_id))
    if number % 2:
        del headers["ce_id"]
        event_id = ""
    return Said(INBOX, b"noise", b"{nonsense", tuple(headers.items()), event_id, "", None)


def reminder_id(referral: str) -> str:
    """The id of what is announced when the referral falls due."""
    return _reminder(referral).id


@cache
def _reminder(referral: str) -> Event[Any]:
    said = session(REFERRALS.index(referral), _EACH + 1, 45)
    item = _decoded(said.topic, said.key, said.value, said.headers)
    assert isinstance(item.read, Event)
    return item.read


# -- read once for all histories ------------------------------------------------------------------------------


class _Registry(Partners):
    """The registry, which no history changes."""

    def __init__(self) -> None:
        super().__init__(None)
        self._by_name[PARTNER] = Partner(
            name=PARTNER, number=1, schemes=frozenset({"bridgend"}), events=frozenset({"session-held"})
        )

    async def refresh(self, names: Any = ()) -> None:
        return None


PARTNERS: Final = _Registry()


@cache
def _decoded(topic: str, key: bytes, value: bytes, headers: Any) -> Item:
    return reading.read(Record(topic, 0, 0, key, value, headers), PARTNERS, remembers=True)


def read(record: Record, _partners: Partners) -> Item:
    item = _decoded(record.topic, record.key or b"", record.value or b"", record.headers)
    return Item(record, item.partner, item.read, item.identity, item.content)


LOOP: Final = Loop(
    "gate",
    Hears(gate={SessionHeld: on_session_held}, follow={AcceptedReferral: on_referral_made}),
    Toy,
    "toys",
    None,
    reader=read,
)
TICK: Final = Tick("gate", "due_on", on_tick)
