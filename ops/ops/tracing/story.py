"""The story of a referral across services: what was said of it, what became of that, who was told, what is in hand.

Read from what each service keeps. Of a referral that was erased nothing is told but that it was.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final

from contracts.topics import EVENT_TYPES, GATES, inbox_parts
from door_service.domain import Fates, Said
from door_service.store import FATES
from ops.tracing.places import Places
from outcomes_service.lineage import Identity, lineage
from outcomes_service.projections.facts import AnyFact, Voided
from outcomes_service.store import Kept, kept_of
from servicekit.documents import from_stored
from servicekit.reading import OURSELVES

_DOCUMENTS: Final = {"referral": "referrals", "case": "cases", "outcomes": "outcomes", "notify": "referrals"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. `place` is that of the record, `about` says more of it: a reason, measures, days.

    `at` is a day where no more is kept of it.
    """

    at: datetime | date
    service: str
    what: str
    type: str | None = None
    event_id: str | None = None
    partner: str | None = None
    place: str | None = None
    about: str | None = None


@dataclass(slots=True)
class Story:
    """A referral as all services know it. `in_hand`: what waits or is parked now, the oldest first."""

    referral_id: str
    erased_at: datetime | None = None
    scheme_id: str | None = None
    area: str | None = None
    synthetic: bool | None = None
    read_model: str | None = None
    steps: list[Step] = field(default_factory=list)
    in_hand: list[Step] = field(default_factory=list)

    @property
    def is_known(self) -> bool:
        """Whether anybody has heard of the referral."""
        return bool(self.steps or self.in_hand or self.erased_at or self.scheme_id)


async def of_referral(places: Places, referral_id: str) -> Story:
    """Everything that is known of a referral, in the order in which it happened."""
    documents = {
        service: await places.of(service)[name].find_one({"_id": referral_id}) or {}
        for service, name in _DOCUMENTS.items()
    }
    kept = await kept_of(places.of("outcomes"), referral_id)
    erased = [document["erased_at"] for document in documents.values() if document.get("erased_at")]
    if kept is not None and kept.journey.erased_at is not None:
        erased.append(kept.journey.erased_at)
    if erased:
        return Story(referral_id, erased_at=min(erased))
    story = Story(referral_id)
    if kept is not None:
        story.read_model, story.scheme_id = kept.read_model, kept.journey.scheme_id
        story.area, story.synthetic = kept.journey.area, kept.journey.synthetic
    counted = _counted(kept, places)
    said = [step async for step in _receipts(places, referral_id)]
    story.steps = [*said, *_without_receipt(said, kept), *_due(documents["case"], documents["notify"])]
    story.steps = [_with(step, counted) for step in story.steps]
    story.steps += [step async for step in _told(places, referral_id)]
    story.steps.sort(key=_by_time)
    story.in_hand = [step for service, document in documents.items() for step in _waiting(service, document)]
    story.in_hand += [step async for step in _parked(places, referral_id)]
    story.in_hand.sort(key=_by_time)
    return story


def _counted(kept: Kept | None, places: Places) -> dict[Identity, str]:
    """What each event behind its gate is counted in, in a few words."""
    if kept is None:
        return {}
    said: dict[Identity, str] = {}
    for fact in kept.journey.facts:
        of = Identity(fact.partner, fact.type, fact.id)
        found = lineage(kept.journey, kept.person, of, places.known, places.today)
        measures = dict.fromkeys(each.measure for each in found.counted_in if not each.open)
        nothing = f"counted in nothing: {found.not_counted.code}" if found.not_counted else ""
        said[of] = f"counted in {', '.join(measures)}" if measures else nothing
    return said


async def _receipts(places: Places, referral_id: str) -> AsyncIterator[Step]:
    """What every partner was told became of what it said about the referral."""
    async for stored in places.of("door")[FATES].find({"said.referral_id": referral_id}).sort("_id", 1):
        fates = from_stored(Fates, stored)
        partner, _, event_id = fates.id.partition("/")
        for said in fates.said:
            if said.referral_id == referral_id:
                yield _receipt(said, partner, event_id)


def _receipt(said: Said, partner: str, event_id: str) -> Step:
    inbox = inbox_parts(said.place.rsplit("/", 2)[0])
    service = "door" if said.fate == "received" or inbox is None else GATES[inbox[1]]
    about = " ".join(text for text in (said.reason, said.field) if text) or None
    return Step(said.at, service, said.fate, _event(said.type), event_id, partner, said.place, about)


def _without_receipt(said: list[Step], kept: Kept | None) -> Iterator[Step]:
    """What stands in the journey and was receipted to nobody, or longer ago than receipts are kept."""
    known = {(step.partner, step.type, step.event_id) for step in said if step.what == "accepted"}
    for fact in kept.journey.facts if kept else ():
        if (fact.partner, fact.type, fact.id) not in known:
            yield Step(fact.accepted, _gate_of(fact), "accepted", fact.type, fact.id, fact.partner)


def _gate_of(fact: AnyFact) -> str:
    event = fact.voids[0] if isinstance(fact, Voided) else fact.type
    kind = EVENT_TYPES.get(f"footing.{event}.v1")
    return GATES.get(kind.topic or "", "") if kind else ""


def _with(step: Step, counted: dict[Identity, str]) -> Step:
    """An accepted event with what it is counted in."""
    of = Identity(step.partner or "", step.type or "", step.event_id or "")
    return replace(step, about=counted.get(of)) if step.what == "accepted" else step


def _due(case: dict[str, Any], notify: dict[str, Any]) -> Iterator[Step]:
    """What case announced as due; the day of it stands with notify, which heard it."""
    ended = {
        (told["what"], told.get("checkpoint_weeks")): told.get("withdrawn", False) for told in case.get("told", ())
    }
    for entry in notify.get("entries", ()):
        partner, kind, event_id = entry["key"].split("/")
        for fact in entry.get("facts", ()) if partner == OURSELVES else ():
            said = fact.get("details", {})
            what, weeks = said.get("what"), said.get("checkpoint_weeks")
            about = f"{what}{f' at {weeks} weeks' if weeks is not None else ''}, due on {said.get('due_on')}"
            word = "no longer due" if ended.get((what, weeks)) else "due"
            on = date.fromisoformat(entry["accepted_on"])
            yield Step(on, "case", word, _event(kind), event_id, partner, None, about)


async def _told(places: Places, referral_id: str) -> AsyncIterator[Step]:
    """Who was, is to be or may no longer be told something."""
    async for row in places.of("notify")["notifications"].find({"referral_id": referral_id}):
        at = row.get("ended_at") or row.get("attempted_at") or row["accepted_at"]
        why = f", {row['reason']}" if row.get("reason") else ""
        yield Step(
            at, "notify", row["state"], about=f"{row['recipient']}: {row['what']}, attempts: {row['attempts']}{why}"
        )


def _waiting(service: str, document: dict[str, Any]) -> Iterator[Step]:
    for entry in document.get("waiting", ()):
        place = f"{entry['topic']}/{entry['partition']}/{entry['offset']}"
        yield Step(entry["since"], service, "waits", _event(entry["type"]), entry["event_id"], entry["partner"], place)


async def _parked(places: Places, referral_id: str) -> AsyncIterator[Step]:
    """What could not be handled, in the order of the loops that hold it."""
    for service in (*_DOCUMENTS, "door"):
        async for entry in places.of(service)["parked"].find({"key": referral_id}).sort({"loop": 1, "n": 1}):
            record = entry["record"]
            headers = {name: (value or b"").decode(errors="replace") for name, value in record["headers"]}
            place = f"{record['topic']}/{record['partition']}/{record['offset']}"
            about = f"{entry['loop']}: {entry['cause']}"
            kind = _event(headers.get("ce_type", ""))
            yield Step(entry["at"], service, "parked", kind, headers.get("ce_id"), None, place, about)


def _event(kind: str) -> str:
    """`session-held` of footing.session-held.v1; another name as it is."""
    return EVENT_TYPES[kind].event if kind in EVENT_TYPES else kind


def _by_time(step: Step) -> datetime:
    return step.at if isinstance(step.at, datetime) else datetime.combine(step.at, time.min, UTC)
