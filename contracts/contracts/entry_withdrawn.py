"""EntryWithdrawn: an earlier event is void. It travels on the topic, and through the gate, of what it voids."""

from pydantic import ConfigDict, JsonValue, model_validator
from pydantic.config import JsonDict

from contracts import vocabulary as v
from contracts.envelope import Payload, Uuid
from contracts.rules import broken

_FIT_NOTES = "footing.fit-notes-counted.v1"  # about a practice: the one that names no referral
_FOLLOW_UP = "footing.follow-up-due.v1"  # our own: the one that ends because it was met
_PARTNERS_REASONS = [reason for reason in v.WITHDRAWAL_REASONS if reason != "met"]


def _schema_of(types: list[str], referral: str, reasons: list[str]) -> JsonDict:
    """One of the ways in which target, referral and reason fit together, in plain JSON Schema."""
    return {
        "required": ["referral_id"] if referral == "string" else [],
        "properties": {
            "referral_id": {"type": referral},
            "withdraws": {"properties": {"type": {"enum": [*types]}}},
            "reason": {"enum": [*reasons]},
        },
    }


_WAYS: list[JsonValue] = [
    _schema_of([t for t in v.WITHDRAWABLE_TYPES if t not in (_FIT_NOTES, _FOLLOW_UP)], "string", _PARTNERS_REASONS),
    _schema_of([_FIT_NOTES], "null", _PARTNERS_REASONS),
    _schema_of([_FOLLOW_UP], "string", list(v.WITHDRAWAL_REASONS)),
]


def _read_as(types: JsonDict, referral: str, reasons: JsonDict) -> JsonDict:
    """The same for tolerant readers, who also meet types and reasons that are in no list of theirs."""
    return {
        "required": ["referral_id"] if referral == "string" else [],
        "properties": {
            "referral_id": {"type": referral},
            "withdraws": {"properties": {"type": types}},
            "reason": reasons,
        },
    }


_NOT_MET: JsonDict = {"not": {"enum": ["met"]}}
READERS_WAYS: list[JsonValue] = [
    _read_as({"not": {"enum": [_FIT_NOTES]}}, "string", _NOT_MET),
    _read_as({"enum": [_FIT_NOTES]}, "null", _NOT_MET),
    _read_as({"not": {"enum": [*v.WITHDRAWABLE_TYPES]}}, "null", _NOT_MET),
    _read_as({"enum": [_FOLLOW_UP]}, "string", {}),
]
"""What a tolerant reader asks of target, referral and reason, of which it may know neither type nor reason."""


class Target(Payload):
    """The event that is void, by its CloudEvents type and id; always the same partner's."""

    type: v.WithdrawableType
    """The type of the event that is void."""
    id: Uuid
    """The id of the event that is void: one of yours."""


class EntryWithdrawn(Payload):
    """Voids one event. `referral_id` is that of the voided event: absent for fit notes, required for all others."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _WAYS})

    referral_id: Uuid | None = None
    """The referral of the event that is void; absent for fit notes, required for all others."""
    synthetic: bool = False
    """Whether it is made up, as the event that is void."""
    withdraws: Target
    """The event that is void."""
    reason: v.WithdrawalReason
    """Why it is void."""

    @model_validator(mode="after")
    def _fits_its_target(self) -> "EntryWithdrawn":
        voided = self.withdraws.type
        if self.referral_id is None and voided not in (_FIT_NOTES, v.NOT_KNOWN_HERE):
            raise broken("field_missing", "referral_id", "the referral of the event that is void")
        if self.referral_id is not None and voided == _FIT_NOTES:
            raise broken("field_unknown", "referral_id", "no such field where fit notes are withdrawn")
        if self.reason == "met" and voided != _FOLLOW_UP:
            raise broken("code_unknown", "reason", "one of " + ", ".join(_PARTNERS_REASONS))
        return self

    def subject(self) -> str | None:
        """The referral; None for fit notes, whose practice only the voided event names."""
        return self.referral_id

    def target(self) -> str | None:
        """The event that is void."""
        return self.withdraws.id
