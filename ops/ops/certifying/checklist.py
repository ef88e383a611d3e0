"""The list of what a partner has met and handled before it is ready, and how far it is. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.broken import BY_REASON
from contracts.reasons import REASONS
from contracts.topics import EVENT_TYPES
from ops.certifying.evidence import Evidence, Proof
from servicekit.partners import Partner

WITHDRAWN = "footing.entry-withdrawn.v1"


@dataclass(frozen=True, slots=True)
class Result:
    """One item of the list: what it is, whether it has passed, by what; else what is to be done."""

    id: str
    title: str
    passed: bool
    proof: Proof | None = None
    to_do: str | None = None


def results(partner: Partner, seen: Evidence) -> list[Result]:
    """Every item of the partner's list, held against what was seen."""
    return [
        *_events(partner, seen),
        _item("mode:binary", "An event in binary mode is accepted", seen.in_mode(structured=False),
              "Send an event in binary mode: attributes as headers, the payload as the value or body."),
        _item("mode:structured", "An event in structured mode is accepted", seen.in_mode(structured=True),
              "Send an event in structured mode: one JSON object, application/cloudevents+json."),
        _item("duplicate", "The same event sent twice counts once", seen.duplicates[0] if seen.duplicates else None,
              "Send an event that was accepted again, as it is: its receipt says `duplicate`."),
        _item("correction", "A correction is accepted", seen.correction(),
              "Send an event with `supersedes`, the id of the one that it corrects."),
        _item("late", "An event is accepted a day or more late", seen.late(),
              "Send an event whose `time` is when it happened, however long ago."),
        _item("withdrawal", "A withdrawal is accepted", seen.accepted_of(WITHDRAWN),
              "Send an EntryWithdrawn on the topic of the event that it voids."),
        _item("resend", "A refused event is accepted, mended, under its id", seen.resent(),
              "Mend an event that was refused because of its record, and send it again under the same id."),
        *_refusals(partner, seen),
    ]  # fmt: skip


def _events(partner: Partner, seen: Evidence) -> Iterator[Result]:
    for event in sorted(partner.events):
        proof = seen.accepted_of(f"footing.{event}.v1")
        yield _item(f"event:{event}", f"{event} is accepted", proof, f"Send a {event} that a gate accepts.")


def _refusals(partner: Partner, seen: Evidence) -> Iterator[Result]:
    """Each mistake that a record of this partner can have, by the ways in that it uses."""
    published = {kind.event for kind in EVENT_TYPES.values() if kind.event in partner.events} | {"entry-withdrawn"}
    by_kafka = seen.uses_kafka or not seen.uses_door
    for reason, mistake in BY_REASON.items():
        if REASONS[reason].stateless and published & mistake.fields.keys() and (by_kafka or mistake.by_http):
            what = REASONS[reason]
            to_do = (
                f"You were refused so. {what.remedy} Then send it again."
                if seen.met(reason)
                else f"Send a record with {mistake.words}, read the refusal, and send it right."
            )
            title = f"Refused as {reason}, then sent right"
            yield _item(f"refusal:{reason}", title, seen.handled(reason), to_do)


def _item(name: str, title: str, proof: Proof | None, to_do: str) -> Result:
    return Result(name, title, proof is not None, proof, None if proof else to_do)
