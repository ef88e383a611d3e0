"""Histories of referrals as gates let them through, drawn at random: corrections, withdrawals, odd days, erasure."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

from contracts.envelope import Event
from schemes.model import Scheme
from support.events import accepted_referral, erasure_requested, numbered, session_held, session_not_held, withdrawn
from support.outcomes import closed, programme, work_status

EVENTS_A_REFERRAL: Final = 1_000  # numbers kept free for the ids of each
_PERSONS: Final = 15
_STATUSES: Final = (
    "entered_work", "entered_work", "returned_to_work", "stayed_in_work", "entered_training", "left_work",
    "not_in_work", "unknown",
)  # fmt: skip
_CLOCKS: Final = ("T10:00", "T23:30", "T22:59:59.123456", "T00:15")  # half past eleven is tomorrow in summer


class History:
    """One referral's events in the order of acceptance. The last day told of is in the first half of 2025 at most."""

    def __init__(self, random: Random, number: int, schemes: list[Scheme]) -> None:
        self._random, self._next = random, number * EVENTS_A_REFERRAL
        self._accepted = datetime(2020, 1, 1, 9, tzinfo=UTC)
        self._start = date(2022, 1, 1) + timedelta(days=random.randrange(500))
        self.subject = numbered(9_000_000 + number)
        self.events: list[Event[Any]] = []
        partner = random.choice(("acme", "other"))
        self._about: dict[str, Any] = {"referral_id": self.subject, "synthetic": self._likely(0.3), "partner": partner}
        self._refer(random.choice(schemes))
        for _ in range(random.randrange(6)):
            self._meet()
        end = random.randrange(20, 140)
        for _ in range(random.choice((0, 1, 1, 1, 2, 2))):
            self._end(end)
        for _ in range(random.choice((0, 1, 1, 2))):
            self._close(end)
        for _ in range(random.randrange(9)):
            self._work(end)
        if self._likely(0.05):
            self._erase()

    def _refer(self, scheme: Scheme) -> None:
        # Two that correct each other may name different persons, areas and ways of working.
        def make(number: int, **data: Any) -> Event[Any]:
            employed = self._likely(0.5)
            said: dict[str, Any] = {
                "scheme_id": scheme.id,
                "scheme_area": self._random.choice(scheme.areas).id,
                "employment_status": "01" if employed else self._random.choice(("02", "04", "07", "ZZ")),
                "sickness_absence": self._random.choice(("Y", "N", "Z")) if employed else "8",
                "person_ref": numbered(7_000 + self._random.randrange(_PERSONS)),
                "referrer_organisation": self._random.choice(
                    (None, {"system": "ods", "code": "F83023"}, {"system": "ods", "code": "QE1"})
                ),
                "main_barrier": self._random.choice((None, "msk")),
                "age_band": self._random.choice((None, "25-34")),
            }
            return accepted_referral(number, on=self._time(self._random.randrange(3)), **said, **self._about, **data)

        self._say(make, correction=0.2, withdrawal=0.06)

    def _meet(self) -> None:
        day, session = self._random.randrange(1, 120), self._number()
        said: dict[str, Any] = {"interventions": (self._random.choice(("cv", "advice_call", "training")),)}
        if self._likely(0.7):
            said["programme"] = {"name": "get-ready", "week": 1, "weeks": self._random.choice((8, 10, 12))}
        if self._likely(0.4):
            said["plan"] = {"agreed": self._likely(0.7), "aim": "seek"}

        def held(number: int, **data: Any) -> Event[Any]:
            return session_held(number, on=self._time(day), session=session, **said, **self._about, **data)

        last = self._say(held, correction=0.12, withdrawal=0.1)
        if last is not None and self._likely(0.1):
            not_held = session_not_held(self._number(), session=session, supersedes=last.id, **self._about)
            self._accept(not_held)
            self._accept(withdrawn(last, id=numbered(self._number())))
            if self._likely(0.5):
                self._accept(held(self._number(), supersedes=not_held.id))

    def _end(self, end: int) -> None:
        result = self._random.choice(("completed", "completed", "left_early", "still_on"))
        on = self._day(end + self._random.choice((0, 0, -20, 15, 60)))
        self._say(lambda number, **data: programme(result, on=on, number=number, **self._about, **data))

    def _close(self, end: int) -> None:
        reason, on = self._random.choice(("goals_met", "withdrew")), self._day(end + self._random.choice((0, 7, 40)))
        self._say(lambda number, **data: closed(reason, on=on, number=number, **self._about, **data))

    def _work(self, end: int) -> None:
        weeks = self._random.choice((0, 0, 0, 13, 26, 52, 52))
        on = self._day(end + 7 * weeks + self._random.choice((-15, -14, -3, 0, 0, 5, 28, 29)))
        status, definition = self._random.choice(_STATUSES), self._random.choice(("seed",) * 5 + ("ips-grow",))

        def make(number: int, **data: Any) -> Event[Any]:
            return work_status(weeks, status, on=on, definition=definition, number=number, **self._about, **data)

        self._say(make)

    def _erase(self) -> None:
        asked = erasure_requested(self._number())
        self._accept(
            replace(asked, subject=self.subject, data=asked.data.model_copy(update={"referral_id": self.subject}))
        )

    def _say(
        self, make: Callable[..., Event[Any]], *, correction: float = 0.15, withdrawal: float = 0.12
    ) -> Event[Any] | None:
        """The event that stands in the end; None if it was withdrawn."""
        last = make(self._number())
        self._accept(last)
        if self._likely(correction):
            last = make(self._number(), supersedes=last.id)
            self._accept(last)
        if self._likely(withdrawal):
            self._accept(withdrawn(last, id=numbered(self._number())))
            return None
        return last

    def _accept(self, event: Event[Any]) -> None:
        self._accepted += timedelta(minutes=self._random.choice((1, 1, 60)))
        self.events.append(replace(event, accepted_at=self._accepted, sequence=len(self.events) + 1))

    def _number(self) -> int:
        self._next += 1
        return self._next

    def _likely(self, chance: float) -> bool:
        return self._random.random() < chance

    def _day(self, number: int) -> str:
        return (self._start + timedelta(days=number)).isoformat()

    def _time(self, number: int) -> str:
        return self._day(number) + self._random.choice(_CLOCKS)
