"""Events by the hundred thousand: records of the contract's own builders, with the identities put in anew."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple

from contracts import codec, exemplars
from contracts.envelope import Event, Payload, Record
from contracts.outcome_recorded import Closure, Programme, WorkStatus
from contracts.session_held import ProgrammeWeek
from contracts.topics import inbox

OPEN_AT_ONCE: Final = 2_000  # referrals whose events come between each other's
SCHEME: Final = "workwell"
_AREAS: Final = ("greater-manchester", "south-yorkshire", "north-central-london", "black-country", "frimley")
_FIRST_DAY: Final = datetime(2025, 1, 6, 9, tzinfo=UTC)
_DAYS: Final = 90
_VARIANTS: Final = 300  # stories differ in area and days, so that a batch touches as many cells as a real one
_WEEKS: Final = 12
_NAMES: Final = (exemplars.SESSION, exemplars.OUTCOME, exemplars.PERSON)


class Template(NamedTuple):
    """A record in which the exemplars' identities stand."""

    record: Record

    def told(self, topic: str, referral: bytes, event: bytes, other: bytes) -> Record:
        """The record about this referral. `other` is whatever else the payload names: session, outcome, person."""
        value = (self.record.value or b"").replace(exemplars.REFERRAL.encode(), referral)
        for name in _NAMES:
            value = value.replace(name.encode(), other)
        headers = tuple(
            (name, event if name == "ce_id" else referral if name in ("ce_subject", "ce_partitionkey") else said)
            for name, said in self.record.headers
        )
        return Record(topic, -1, -1, referral, value, headers)


Story = Sequence[Template]


class Stories:
    """Stories of one length, drawn and named by a seed. Identities are of version 7: they grow with time."""

    def __init__(self, variants: Sequence[Story], seed: int = 1) -> None:
        self._variants, self._random = variants, random.Random(seed)
        self._clock = int(_FIRST_DAY.timestamp() * 1000)

    def referrals(self, count: int) -> list[bytes]:
        """So many new identities of referrals."""
        return [self._identity() for _ in range(count)]

    def tell(self, referrals: Iterable[bytes], partners: Sequence[str] = ()) -> Iterator[Record]:
        """The stories of these referrals, `OPEN_AT_ONCE` of them between each other, each in its own order.

        With `partners`: for their inboxes, a referral's events all by one of them; else as accepted events.
        """
        coming = (self._begun(referral, partners) for referral in referrals)
        open_ones = list(islice(coming, OPEN_AT_ONCE))
        while open_ones:
            place = self._random.randrange(len(open_ones))
            record = next(open_ones[place], None)
            if record is not None:
                yield record
            elif (following := next(coming, None)) is not None:
                open_ones[place] = following
            else:
                open_ones[place] = open_ones[-1]
                open_ones.pop()

    def _begun(self, referral: bytes, partners: Sequence[str]) -> Iterator[Record]:
        partner = self._random.choice(partners) if partners else None
        for template in self._random.choice(self._variants):
            topic = inbox(partner, template.record.topic) if partner else template.record.topic
            record = template.told(topic, referral, self._identity(), self._identity())
            yield _said_by(record, partner) if partner else record

    def _identity(self) -> bytes:
        self._clock += 1
        time, chance = f"{self._clock:012x}", f"{self._random.getrandbits(72):018x}"
        return f"{time[:8]}-{time[8:]}-7{chance[:3]}-8{chance[3:6]}-{chance[6:]}".encode()


def journeys(events: int) -> Stories:
    """Accepted stories of 3 events (referral, session, result) or 20 (14 sessions, result, closure, checkpoints)."""
    return Stories([_journey(variant, events) for variant in range(_VARIANTS)])


def sessions(events: int) -> Stories:
    """Stories of so many sessions of a referral that is known already, as a partner says them."""
    return Stories([_sessions(_place(variant)[1], events, accepted=False) for variant in range(_VARIANTS)], seed=2)


def referrals() -> Stories:
    """Stories of the referral alone, accepted."""
    return Stories([[_accepted(_referral(*_place(variant)), 1)] for variant in range(_VARIANTS)], seed=3)


def _journey(variant: int, events: int) -> Story:
    area, start = _place(variant)
    told = [_accepted(_referral(area, start), 1)]
    held = 1 if events == 3 else events - 6
    told += _sessions(start, held, accepted=True)
    end = (start + timedelta(weeks=_WEEKS)).date()
    outcomes: list[dict[str, Any]] = [{"programme": Programme(result="completed", on=end, weeks=_WEEKS)}]
    if events > 3:
        outcomes.append({"programme": None, "closure": Closure(reason="completed", on=end)})
        outcomes += [{"programme": None, "work_status": _status(end, weeks)} for weeks in (13, 26, 52)]
    told += [_accepted(_outcome(start, differs), 2 + held + n) for n, differs in enumerate(outcomes)]
    return told


def _sessions(start: datetime, count: int, *, accepted: bool) -> list[Template]:
    said = [_session(start + timedelta(days=6 * (n + 1)), min(n + 1, _WEEKS)) for n in range(count)]
    return [_accepted(event, n + 2) if accepted else Template(codec.encode(event)) for n, event in enumerate(said)]


def _place(variant: int) -> tuple[str, datetime]:
    chance = random.Random(variant)
    start = _FIRST_DAY + timedelta(days=chance.randrange(_DAYS), minutes=chance.randrange(480))
    return chance.choice(_AREAS), start


def _referral(area: str, start: datetime) -> Event[Payload]:
    made = exemplars.accepted_referral(scheme_id=SCHEME, scheme_area=area, main_barrier="msk", age_band="35-44")
    return exemplars.event(made, time=start)


def _session(start: datetime, week: int) -> Event[Payload]:
    programme = ProgrammeWeek(name=SCHEME, week=week, weeks=_WEEKS)
    return exemplars.event(exemplars.session_held(started_at=start, programme=programme))


def _outcome(start: datetime, differs: dict[str, Any]) -> Event[Payload]:
    return exemplars.event(exemplars.outcome_recorded(**differs), time=start + timedelta(weeks=_WEEKS + 60))


def _status(end: date, weeks: int) -> WorkStatus:
    on = end + timedelta(weeks=weeks)
    return WorkStatus(
        checkpoint_weeks=weeks, status="returned_to_work", status_on=on, evidence="self_report", definition="seed"
    )


def _accepted(event: Event[Payload], sequence: int) -> Template:
    accepted = event.time + timedelta(seconds=30 + sequence)
    return Template(codec.encode(replace(event, accepted_at=accepted, sequence=sequence)))


def _said_by(record: Record, partner: str) -> Record:
    source = f"urn:footing:partner:{partner}".encode()
    headers = tuple((name, source if name == "ce_source" else said) for name, said in record.headers)
    return record._replace(headers=headers)
