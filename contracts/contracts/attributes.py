"""The attributes of the envelope (CloudEvents 1.0): their names, who says them, in which form, what they mean."""

from dataclasses import dataclass
from typing import Final, Literal

from contracts.texts import AN_INSTANT, IN_WORDS, UUID_PATTERN

Use = Literal["required", "optional", "ours"]

A_SUBJECT: Final = "the referral id, or ods:<practice code> for fit notes"
A_SOURCE: Final = "urn:footing:partner:<partner>[:<system>]"
VISIBLE: Final = "1-512 visible ASCII characters without spaces"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute. `ours`: the gate sets it on canonical records; whatever a partner says there is not read."""

    name: str
    use: Use
    form: str
    meaning: str


_ALL: Final = (
    Attribute("specversion", "required", "1.0", "The version of CloudEvents."),
    Attribute(
        "id", "required", IN_WORDS[UUID_PATTERN],
        "The event, for ever: sending the same event again is safe and counts once; other content under the same id is "
        "refused.",
    ),
    Attribute("source", "required", A_SOURCE, "Who says it: you, and, if you like, which of your systems."),
    Attribute("type", "required", "footing.<event>.v1", "What kind of event it is, and in which version."),
    Attribute("subject", "required", A_SUBJECT, "What it is about. Equals the Kafka key and what the payload names."),
    Attribute(
        "time", "required", AN_INSTANT,
        "When it happened in the world: at most 5 minutes ahead, not before 2000. Of a session: when it started.",
    ),
    Attribute("partitionkey", "optional", "the subject", "Equals the subject where it is said."),
    Attribute("datacontenttype", "optional", "application/json in UTF-8", "The format of the payload."),
    Attribute("dataschema", "optional", VISIBLE, "The schema that you wrote by. Carried, never asked for."),
    Attribute("recordedtime", "optional", AN_INSTANT, "When your system recorded it. Carried."),
    Attribute("acceptedtime", "ours", AN_INSTANT, "When the gate accepted it."),
    Attribute("sequence", "ours", "a whole number", "The version of the referral's document that the event made."),
    Attribute("correlationid", "optional", VISIBLE, "What it belongs to on your side. Carried."),
    Attribute("causationid", "optional", VISIBLE, "What it follows from on your side. Carried."),
    Attribute("traceparent", "optional", VISIBLE, "The trace that it is part of (W3C Trace Context). Carried."),
)  # fmt: skip

ATTRIBUTES: Final = {attribute.name: attribute for attribute in _ALL}
"""By name. Others are ignored and not carried on: nothing unforeseen travels with an event."""
