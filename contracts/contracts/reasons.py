"""Every reason for which an event is refused: its stable code, what it means, what a partner does about it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason code. `stateless`: it follows from the record alone, so that `footing check` can say it offline."""

    code: str
    meaning: str
    remedy: str
    stateless: bool = True


_STATELESS = (
    Reason(
        "record_empty", "The record has no value.", "Send the event as the value; to void one, send an EntryWithdrawn."
    ),
    Reason(
        "too_large",
        "The value is larger than 256 KiB, or holds thousands of names.",
        "Send one event a record, without anything the contract lacks.",
    ),
    Reason("header_not_utf8", "A CloudEvents header is not UTF-8.", "Encode header values as UTF-8."),
    Reason("not_json", "The value is not JSON.", "Send UTF-8 JSON, as the content type says."),
    Reason(
        "content_type_unknown",
        "The content type is neither JSON nor a CloudEvent.",
        "Use application/json or application/cloudevents+json.",
    ),
    Reason(
        "attribute_missing", "A required CloudEvents attribute is missing.", "Add the attribute that `field` names."
    ),
    Reason("attribute_invalid", "A CloudEvents attribute has the wrong form.", "See `expected`."),
    Reason("type_unknown", "No event of this type exists, or not in this version.", "Use a type of the contract."),
    Reason(
        "wrong_topic", "This type of event does not travel on this topic.", "Publish to the inbox topic of the event."
    ),
    Reason(
        "source_not_yours",
        "`source` names another partner than the inbox or credential.",
        "Use urn:footing:partner:<your name>.",
    ),
    Reason("key_missing", "The record has no key.", "Use the referral id as the key."),
    Reason(
        "key_differs",
        "Key, subject, partitionkey and the payload's id do not agree.",
        "Use the referral id in all of them.",
    ),
    Reason(
        "time_too_early", "The event is said to have happened before the year 2000.", "Check the clock or the import."
    ),
    Reason("time_differs", "`time` and `started_at` differ.", "Set `time` to when the session started."),
    Reason("field_missing", "A required field is missing or null.", "Add the field that `field` names."),
    Reason("field_unknown", "The contract has no such field.", "Leave it out; never send names, notes or diagnoses."),
    Reason("field_repeated", "A name stands twice in one JSON object.", "Send each field once."),
    Reason("field_invalid", "A field has the wrong type, form or size.", "See `expected`."),
    Reason("code_unknown", "A code is not in its list.", "Use a code of the list in the contract."),
    Reason("too_long", "A text or list is longer than allowed.", "See `expected`."),
    Reason("not_voluntary", "The referral is not voluntary.", "Support is voluntary: refer only who agreed."),
    Reason("kinds_not_one", "An outcome carries none or several kinds.", "Send one event for each kind of outcome."),
    Reason(
        "period_invalid",
        "A period ends before it starts, or is longer than a year.",
        "Send a period of at most a year.",
    ),
)
_STATEFUL = (
    Reason(
        "time_in_future",
        "The event is said to happen more than 5 minutes from now.",
        "Publish it once it has happened.",
    ),
    Reason("partner_disabled", "The partner is disabled.", "Ask the operators of Footing."),
    Reason(
        "event_not_yours",
        "The partner does not publish this type of event.",
        "Ask for it to be added to your registration.",
    ),
    Reason(
        "synthetic_only", "The partner is in testing and may publish synthetic events only.", "Set `synthetic` to true."
    ),
    Reason("synthetic_differs", "`synthetic` differs from the referral's.", "Repeat what the referral says."),
    Reason("scheme_unknown", "No scheme of this id exists.", "`footing schemes list` names them."),
    Reason(
        "scheme_not_yours",
        "The partner does not publish for this scheme.",
        "Ask for it to be added to your registration.",
    ),
    Reason("scheme_closed", "The scheme takes no referral on this day.", "Check `time` and the scheme's dates."),
    Reason("route_not_taken", "The scheme does not take this source of referral on this day.", "See `expected`."),
    Reason("area_unknown", "The scheme has no such area.", "Use an area of the scheme."),
    Reason("area_ambiguous", "Code or practice leave more than one area.", "Say `scheme_area`."),
    Reason("practice_unknown", "The practice register has no such practice.", "Check the ODS code."),
    Reason(
        "person_missing", "The scheme is about people and no `person_token` is given.", "Add your own opaque token."
    ),
    Reason("person_not_expected", "The scheme is about employers and a person is given.", "Leave `person_token` out."),
    Reason(
        "id_reused",
        "An event of this id and type with other content was taken before.",
        "Use a new id for a new event.",
    ),
    Reason(
        "already_recorded",
        "This session, outcome or period was recorded under another event id.",
        "Correct it with `supersedes`.",
    ),
    Reason("already_superseded", "The target was corrected before.", "Correct the event that `expected` names."),
    Reason("already_withdrawn", "The target was withdrawn before.", "Nothing: it is void."),
    Reason("target_mismatch", "The target is not of a kind that this event can correct or void.", "Check id and type."),
    Reason("referral_withdrawn", "The referral was withdrawn as entered in error.", "Nothing: it is void."),
    Reason(
        "referral_exists",
        "A referral of this id was made before.",
        "Use a new referral id, or correct with `supersedes`.",
    ),
    Reason("erased", "What is kept about this referral was erased.", "Nothing: publish no more about it."),
    Reason(
        "too_many_waiting",
        "Too many events wait for their referral or target.",
        "Send the referrals first, then these again.",
    ),
    Reason("too_many_events", "The referral has 2,000 events.", "Check what repeats."),
    Reason(
        "discarded",
        "The event was parked, and the operators of Footing gave it up.",
        "Ask them why, then send what is true under a new id.",
    ),
)

REASONS: Final = {
    reason.code: reason
    for reason in (*_STATELESS, *(Reason(r.code, r.meaning, r.remedy, stateless=False) for r in _STATEFUL))
}
