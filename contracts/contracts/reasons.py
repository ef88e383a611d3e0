"""Every reason for which an event or a request is refused: the one list of codes, for code, pages, commands and tests.

With each comes a field path and what was expected there, in our words; never the value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Found = Literal["record", "gate", "door"]

ATTRIBUTE: Final = "<attribute>"
FIELD: Final = "<field>"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason code: what it means and what a partner does about it.

    `fields`: the paths that may come with it. `<attribute>` stands for the name of any attribute, `<field>` for any
    path of the payload, such as `data.plan.aim`; `value` is the record's value (the body, at the door) as a whole.
    `found`: by the record alone, so that `footing check` can say it offline; at a gate, by what is known there; or by
    the door, about a request, so that it stands in no receipt. `status`: the HTTP status of it at the door.
    """

    code: str
    fields: tuple[str, ...]
    meaning: str
    remedy: str
    found: Found
    status: int

    @property
    def stateless(self) -> bool:
        """It follows from the record alone."""
        return self.found == "record"

    def comes_with(self, field: str) -> bool:
        """Whether this field path may come with it."""
        is_of_payload = field == "data" or field.startswith("data.")
        kind = FIELD if is_of_payload else ATTRIBUTE
        return field in self.fields or kind in self.fields


_RECORD: Final = (
    ("record_empty", "value", "The record has no value.",
     "Send the event as the value; to void one, send an EntryWithdrawn.", 400),
    ("too_large", "value", "The value is larger than 256 KiB, or holds thousands of names; at the door also a batch "
     "larger than 8 MiB.", "Send one event a record, without anything the contract lacks; make smaller batches.", 413),
    ("header_not_utf8", ATTRIBUTE, "A CloudEvents header is not UTF-8.", "Encode header values as UTF-8.", 400),
    ("not_json", "value", "The value is not JSON.", "Send UTF-8 JSON, as the content type says.", 400),
    ("content_type_unknown", "content-type datacontenttype", "The content type is neither JSON nor a CloudEvent.",
     "Use application/json or application/cloudevents+json; for a batch at the door "
     "application/cloudevents-batch+json.", 415),
    ("attribute_missing", ATTRIBUTE, "A required CloudEvents attribute is missing.",
     "Add the attribute that `field` names.", 422),
    ("attribute_invalid", ATTRIBUTE, "A CloudEvents attribute has the wrong form.", "See `expected`.", 422),
    ("type_unknown", "type", "No event of this type exists, or not in this version.",
     "Use a type of the contract.", 422),
    ("wrong_topic", "type data.withdraws.type topic", "This type of event does not travel on this topic.",
     "Publish to the inbox topic of the event.", 422),
    ("source_not_yours", "source", "`source` names another partner than the inbox or credential.",
     "Use urn:footing:partner:<your name>.", 403),
    ("key_missing", "key", "The record has no key.", "Use the referral id as the key.", 422),
    ("key_differs", "key partitionkey subject", "Key, subject, partitionkey and the payload's id do not agree.",
     "Use the referral id in all of them.", 422),
    ("time_too_early", "time", "The event is said to have happened before the year 2000.",
     "Check the clock or the import.", 422),
    ("time_differs", "time", "`time` and `started_at` differ.", "Set `time` to when the session started.", 422),
    ("field_missing", FIELD, "A required field is missing or null.", "Add the field that `field` names.", 422),
    ("field_unknown", FIELD, "The contract has no such field.",
     "Leave it out; never send names, notes or diagnoses.", 422),
    ("field_repeated", f"{FIELD} {ATTRIBUTE}", "A name stands twice in one JSON object.", "Send each field once.", 422),
    ("field_invalid", FIELD, "A field has the wrong type, form or size.", "See `expected`.", 422),
    ("code_unknown", FIELD, "A code is not in its list.", "Use a code of the list in the contract.", 422),
    ("too_long", FIELD, "A text or list is longer than allowed.", "See `expected`.", 422),
    ("not_voluntary", "data.voluntary", "The referral is not voluntary.",
     "Support is voluntary: refer only who agreed.", 422),
    ("kinds_not_one", "data.outcome_id", "An outcome carries none or several kinds.",
     "Send one event for each kind of outcome.", 422),
    ("period_invalid", "data.period.to", "A period ends before it starts, or is longer than a year.",
     "Send a period of at most a year.", 422),
)  # fmt: skip
_GATE: Final = (
    ("time_in_future", "time", "The event is said to happen more than 5 minutes from now.",
     "Publish it once it has happened.", 422),
    ("partner_disabled", "source", "The partner is disabled.", "Ask the operators of Footing.", 403),
    ("event_not_yours", "type", "The partner does not publish this type of event.",
     "Ask for it to be added to your registration.", 403),
    ("synthetic_only", "data.synthetic", "The partner is in testing and may publish synthetic events only.",
     "Set `synthetic` to true.", 403),
    ("synthetic_differs", "data.synthetic", "`synthetic` differs from the referral's, or from what is corrected.",
     "Repeat what it says there.", 422),
    ("scheme_unknown", "data.scheme_id", "No scheme of this id exists.", "`footing schemes list` names them.", 422),
    ("scheme_not_yours", "data.scheme_id", "The partner does not publish for this scheme.",
     "Ask for it to be added to your registration.", 403),
    ("scheme_closed", "data.scheme_id", "The scheme takes no referral on this day.",
     "Check `time` and the scheme's dates.", 422),
    ("route_not_taken", "data.source_code", "The scheme does not take this source of referral on this day.",
     "See `expected`.", 422),
    ("area_unknown", "data.scheme_area data.referrer_organisation.code", "The scheme has no such area.",
     "Use an area of the scheme.", 422),
    ("area_ambiguous", "data.scheme_area", "Code or practice leave more than one area.", "Say `scheme_area`.", 422),
    ("practice_unknown", "data.referrer_organisation.code data.practice.code",
     "The practice register has no such practice.", "Check the ODS code.", 422),
    ("person_missing", "data.person_token", "The scheme is about people and no `person_token` is given.",
     "Add your own opaque token.", 422),
    ("person_not_expected", "data.person_token", "The scheme is about employers and a person is given.",
     "Leave `person_token` out.", 422),
    ("id_reused", "id", "An event of this id and type with other content was taken before.",
     "Use a new id for a new event.", 422),
    ("already_recorded", "data.session_id data.outcome_id data.period",
     "This session, outcome or period was recorded under another event id.", "Correct it with `supersedes`.", 422),
    ("already_superseded", "data.supersedes data.withdraws.id", "The target was corrected before.",
     "Correct the event that `expected` names.", 422),
    ("already_withdrawn", "data.supersedes data.withdraws.id", "The target was withdrawn before.",
     "Nothing: it is void.", 422),
    ("target_mismatch", "data.supersedes data.withdraws.id data.withdraws.type",
     "The target is not of a kind that this event can correct or void.", "Check id and type.", 422),
    ("referral_withdrawn", "data.referral_id", "The referral was withdrawn as entered in error.",
     "Nothing: it is void.", 422),
    ("referral_exists", "data.referral_id", "A referral of this id was made before.",
     "Use a new referral id, or correct with `supersedes`.", 422),
    ("erased", "data.referral_id", "What is kept about this referral was erased.",
     "Nothing: publish no more about it.", 422),
    ("too_many_waiting", "subject", "Too many events wait for their referral or target.",
     "Send the referrals first, then these again.", 422),
    ("too_many_events", "subject", "The referral has 2,000 events.", "Check what repeats.", 422),
    ("discarded", "id", "The event was parked, and the operators of Footing gave it up.",
     "Ask them why, then send what is true under a new id.", 422),
)  # fmt: skip
_DOOR: Final = (
    ("unauthorised", "authorization", "The credential is missing or is nobody's.",
     "Send `Authorization: Bearer <your token>`; if you lost it, ask for a new one.", 401),
    ("unknown", "id", "No event of this id is yours.", "Check the id, and that you sent it as this partner.", 404),
    ("too_slow", "value", "The body did not come in time.", "Send it in one go.", 408),
    ("compressed", "content-encoding", "Compressed bodies are not taken.", "Send the body as it is.", 415),
    ("batch_invalid", "value", "The batch is not an array of 1 to 1,000 events.", "See `expected`.", 400),
    ("request_invalid", "request", "This is no HTTP request that can be read, or it ends too soon.",
     "Send it by an ordinary HTTP client.", 400),
    ("header_repeated", "authorization content-type content-encoding", "A header stands twice.", "Send it once.", 400),
    ("head_too_large", "request", "The request has too many headers, or too long ones.",
     "Send only what the contract names.", 431),
    ("path_unknown", "request", "There is nothing at this path.", "See /openapi.json for what there is.", 404),
    ("method_unknown", "request", "This method cannot be used here.", "Use one that the header `allow` names.", 405),
    ("too_many_requests", "request", "You send more than your limit allows; nothing was written.",
     "Send the same again after as many seconds as Retry-After says, or ask for a higher limit.", 429),
    ("fault", "request", "The request met a fault of ours.",
     "Send the same again later; if that does not help, tell the operators of Footing.", 500),
    ("unavailable", "request", "Nothing can be taken just now; nothing was written.",
     "Send the same again after as many seconds as Retry-After says: an event that comes twice counts once.", 503),
)  # fmt: skip


def _listed() -> Mapping[str, Reason]:
    tables: tuple[tuple[Found, tuple[tuple[str, str, str, str, int], ...]], ...] = (
        ("record", _RECORD), ("gate", _GATE), ("door", _DOOR),
    )  # fmt: skip
    return {
        code: Reason(code, tuple(fields.split()), meaning, remedy, found, status)
        for found, rows in tables
        for code, fields, meaning, remedy, status in rows
    }


REASONS: Final = _listed()
