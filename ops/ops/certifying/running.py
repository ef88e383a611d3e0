"""Sends the list as the partner: samples of its events, good and wrong, all of them synthetic."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final

from contracts import exemplars, samples
from contracts.broken import BY_REASON, Mistake
from contracts.codec import STRUCTURED
from contracts.envelope import Event, Record
from contracts.ids import new_id
from contracts.publishing.fates import Fate, PublishError
from contracts.publishing.over_http import HttpPublisher
from contracts.publishing.publisher import Publisher
from contracts.reasons import REASONS
from contracts.referral_made import ReferralMade
from ops.certifying.evidence import Proof, Refused
from ops.errors import Missing
from schemes import Schemes, objects_to
from schemes.model import Scheme
from schemes.register import Register
from servicekit.days import day_of
from servicekit.partners import Partner

_ABOUT_A_REFERRAL: Final = (
    "session-held", "session-not-held", "outcome-recorded", "permission-given", "permission-withdrawn",
)  # fmt: skip
_AT_ONCE: Final = 8


class Run:
    """One run of the list through an open publisher. `ids` are those of the events that were sent.

    `refused` is what was answered to the mistakes, `taken` an event that was not refused in each mode: what a door
    answers stands in no receipt.
    """

    def __init__(self, publisher: Publisher, partner: Partner, scheme: Scheme | None, register: Register) -> None:
        self._publisher, self._partner = publisher, partner
        self._scheme, self._register = scheme, register
        self._several = asyncio.Semaphore(_AT_ONCE)
        self.refused: list[Refused] = []
        self.taken: dict[str, Proof] = {}
        self.ids: set[str] = set()

    async def all(self) -> None:
        """Everything on the list, what others rest on first. Raises `Missing`."""
        referral = self._referral()
        said = [event for event in (referral, *self._others(referral)) if event is not None]
        for event in said:  # the referral first
            await self._say(event)
        if not said:
            raise Missing(
                f"{self._partner.name} publishes nothing that can be tried without another's referral.",
                f"Watch what it sends: footing certify {self._partner.name}",
            )
        await self._say(said[-1])  # the same again
        await self._say(self._fresh(said[-1]), structured=True)
        await self._correct_and_withdraw(said)
        await asyncio.gather(*(self._mistake(mistake, said) for mistake in self._mistakes()))

    def _referral(self) -> Event[Any] | None:
        if self._scheme is None or "referral-made" not in self._partner.events:
            return None
        made = referral_for(self._scheme, self._register)
        return None if made is None else exemplars.event(made, id=new_id(), partner=self._partner.name)

    def _others(self, referral: Event[Any] | None) -> Iterator[Event[Any]]:
        if referral is not None:
            for name in _ABOUT_A_REFERRAL:
                if name in self._partner.events:
                    yield samples.about(name, referral)
        if "fit-notes-counted" in self._partner.events:
            yield samples.fit_notes_counted(self._partner.name)

    def _fresh(self, like: Event[Any]) -> Event[Any]:
        """Another sample of the event, about the same referral where it is about one."""
        name = like.type.split(".")[1]
        if name == "fit-notes-counted":
            return samples.fit_notes_counted(self._partner.name)
        if name == "referral-made":
            return self._referral() or like
        about = exemplars.event(exemplars.referral_made(referral_id=like.subject), partner=self._partner.name)
        return samples.about(name, about)

    async def _correct_and_withdraw(self, said: list[Event[Any]]) -> None:
        """Correct an event that can be corrected, and void the correction."""
        wrong = next((event for event in reversed(said) if hasattr(event.data, "supersedes")), None)
        if wrong is None:
            return
        right = exemplars.event(
            wrong.data.model_copy(update={"supersedes": wrong.id}), id=new_id(), partner=self._partner.name
        )
        await self._say(right)
        void = exemplars.entry_withdrawn(right)
        await self._say(exemplars.event(void, id=new_id(), partner=self._partner.name))

    def _mistakes(self) -> Iterator[Mistake]:
        by_http = isinstance(self._publisher, HttpPublisher)
        for reason, mistake in BY_REASON.items():
            if REASONS[reason].stateless and (mistake.by_http or not by_http):
                yield mistake

    async def _mistake(self, mistake: Mistake, said: list[Event[Any]]) -> None:
        """Send an event with the mistake in it, then the same event as it should be, under the same id."""
        like = next((event for event in said if event.type.split(".")[1] in mistake.fields), None)
        if like is None:
            return
        event = self._fresh(like)
        name = event.type.split(".")[1]
        async with self._several:
            fate = await self._send(event, mistake.made_in(name, samples.record(event)))
            if fate is not None and fate.fate == "refused":
                proof = Proof(event.id, event.type, fate.at or datetime.now(UTC))
                self.refused.append(Refused(fate.reason or "", proof))
            await self._say(event)

    async def _say(self, event: Event[Any], *, structured: bool = False) -> None:
        record = samples.record(event)
        fate = await self._send(event, as_structured(record) if structured else record)
        if fate is not None and fate.fate != "refused":
            mode = "structured" if structured else "binary"
            self.taken.setdefault(mode, Proof(event.id, event.type, fate.at or datetime.now(UTC)))

    async def _send(self, event: Event[Any], record: Record) -> Fate | None:
        """What became of it; None if nobody says: then its item does not pass."""
        self.ids.add(event.id)
        try:
            return await self._publisher.send(event, record)
        except PublishError:
            return None


def as_structured(record: Record) -> Record:
    """The same record in structured mode: attributes and payload in one JSON object."""
    said = {name.removeprefix("ce_"): (value or b"").decode() for name, value in record.headers if name[:3] == "ce_"}
    value = json.dumps({**said, "datacontenttype": "application/json", "data": json.loads(record.value or b"{}")})
    return record._replace(value=value.encode(), headers=(("content-type", STRUCTURED.encode()),))


def scheme_for(partner: Partner, schemes: Schemes, register: Register) -> Scheme | None:
    """A scheme of the partner's that takes a sample; None if it has no referral to make. Raises `Missing`."""
    if "referral-made" not in partner.events:
        return None
    for name in sorted(partner.schemes):
        scheme = schemes.get(name)
        if scheme is not None and referral_for(scheme, register) is not None:
            return scheme
    raise Missing(f"No scheme of {partner.name} takes a sample of a referral.", "See: footing schemes list")


def referral_for(scheme: Scheme, register: Register) -> ReferralMade | None:
    """A referral of somebody made up that the scheme takes, in an area of its."""
    day = day_of(exemplars.WHEN)
    token = secrets.token_urlsafe(24) if scheme.about == "people" else None
    sources = scheme.sources_on(day)
    for source, area in product(sources, (None, *(area.id for area in scheme.areas))):
        made = exemplars.referral_made(
            referral_id=new_id(), scheme_id=scheme.id, scheme_area=area, source_code=source, person_token=token
        )
        if objects_to(made, scheme, day, register) is None:
            return made
    return None
