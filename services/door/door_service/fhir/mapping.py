"""Which event a BaRS message is, under which ids; docs/partners/fhir.md has the mapping as a table."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from contracts.envelope import Problem
from contracts.texts import AN_INSTANT, instant
from door_service.fhir import names, referring
from door_service.fhir.bundle import Element, Message, Unmapped
from door_service.fhir.known import Known
from servicekit.days import day_of
from servicekit.partners import Partner

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:footing:fhir")
_REFERRAL_MADE: Final = "footing.referral-made.v1"
_OUTCOME_RECORDED: Final = "footing.outcome-recorded.v1"
_ENTRY_WITHDRAWN: Final = "footing.entry-withdrawn.v1"


@dataclass(frozen=True, slots=True)
class Mapped:
    """An event in structured mode, and for each field of it where in the message it was said."""

    event: dict[str, Any]
    places: Mapping[str, str]

    def refused(self, problem: Problem) -> Unmapped:
        """What the codec or a rule objects to, with the FHIRPath of what the field was made of."""
        steps = (problem.field or "").split(".")
        prefixes = (".".join(steps[:n]) for n in range(len(steps), 0, -1))
        place = next((self.places[prefix] for prefix in prefixes if prefix in self.places), "Bundle")
        return Unmapped(problem.code, place, problem.expected or "")


def mapped(message: Message, partner: Partner, known: Known) -> Mapped:
    """The event that a message is. Raises `Unmapped`."""
    request = message.request
    status = request.part("status").one_of(*_WAYS)
    reasons, way = _WAYS[status]
    reason = message.header.part("reason").coded(names.REASONS)
    if reason.one_of("new", "update", "delete") not in reasons:
        raise Unmapped("code_unknown", reason.path, f"{' or '.join(reasons)}, where the status is {status}")
    if request.part("doNotPerform").value not in (None, False):
        raise request.part("doNotPerform").unlike("absent or false")
    said = _Said(message, partner)
    way(said, known)
    return said.as_event()


class _Said:
    """An event in the making: each field remembers from where in the message it came."""

    def __init__(self, message: Message, partner: Partner) -> None:
        self.message, self.partner = message, partner
        self.name = referring.name(message)
        self.data: dict[str, Any] = {}
        self.places: dict[str, str] = {}
        self.kind, self.time = "", message.bundle
        self.say("referral_id", self.derived("referral"), self.name.path)
        self.say("synthetic", referring.is_synthetic(message), "Bundle.meta.security")

    def derived(self, what: str) -> str:
        """An id that follows from partner and referral: the same whenever the message comes again."""
        return str(uuid.uuid5(_NAMESPACE, f"{what}|{self.partner.name}|{self.name.value}"))

    def say(self, field: str, value: Any, place: str) -> None:
        """A field of the payload, and where it comes from."""
        self.data[field] = value
        self.places[f"data.{field}"] = place

    def happened(self, kind: str, at: Element) -> datetime:
        """Of which type it is, and when it happened."""
        self.kind, self.time = kind, at
        try:
            return instant(at.needed(AN_INSTANT))
        except ValueError:
            raise at.unlike(AN_INSTANT) from None

    def as_event(self) -> Mapped:
        """All of it, with the envelope."""
        recorded = self.message.bundle.part("timestamp")
        event = {
            "specversion": "1.0",
            "id": self.derived(self.kind),
            "source": f"urn:footing:partner:{self.partner.name}:fhir",
            "type": self.kind,
            "subject": self.data["referral_id"],
            "time": self.time.value,
            "recordedtime": recorded.needed(AN_INSTANT),
            "data": self.data,
        }
        envelope = {
            "id": self.name.path,
            "type": f"{self.message.header.path}.event",
            "time": self.time.path,
            "recordedtime": recorded.path,
        }
        return Mapped(event, {**envelope, **self.places})


def _active(said: _Said, known: Known) -> None:
    """A new referral."""
    said.happened(_REFERRAL_MADE, said.message.request.part("authoredOn"))
    for field, value, place in referring.facts(said.message, said.partner, known):
        said.say(field, value, place)


def _revoked(said: _Said, _: Known) -> None:
    """The person withdrew: the case is closed."""
    at = said.happened(_OUTCOME_RECORDED, said.message.bundle.part("timestamp"))
    said.say("outcome_id", said.derived("closure"), said.name.path)
    said.say("closure", {"reason": "withdrew", "on": day_of(at).isoformat()}, said.time.path)


def _entered_in_error(said: _Said, _: Known) -> None:
    """There never was such a referral."""
    said.happened(_ENTRY_WITHDRAWN, said.message.bundle.part("timestamp"))
    said.say("withdraws", {"type": _REFERRAL_MADE, "id": said.derived(_REFERRAL_MADE)}, said.name.path)
    said.say("reason", "entered_in_error", said.time.path)


_WAYS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[_Said, Known], None]]]] = {
    "active": (("new",), _active),
    "revoked": (("update", "delete"), _revoked),
    "entered-in-error": (("update", "delete"), _entered_in_error),
}
"""By `ServiceRequest.status`: the message reasons that go with it, and what is said then."""
