"""What the person agreed to: without a Consent there is no referral, and each permission has to be said."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from contracts.vocabulary import PURPOSES, RECIPIENTS
from door_service.fhir import names
from door_service.fhir.bundle import Element, Message, Unmapped

_OF_A_RULE: Final = frozenset({"id", "extension", "type", "actor", "purpose"})
_OF_THE_FIRST: Final = _OF_A_RULE | {"provision"}  # the rule that the others stand in
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Agreed:
    """The permissions given, and where the person agreed."""

    given: list[dict[str, str]]
    place: str


def permissions(message: Message, patient: Element) -> Agreed:
    """What may be told to whom. Raises `Unmapped` if the person agreed to nothing at all."""
    given: dict[Pair, None] = {}
    denied: set[Pair] = set()
    consents = _agreed(message, patient)
    for consent in consents:
        for rule in _rules(consent.part("provision")):
            pairs = _pairs(rule)
            if rule.part("type").one_of("permit", "deny") == "deny":
                denied.update(pairs)
            else:
                given |= dict.fromkeys(pairs)
    stand = [
        {"recipient": recipient, "purpose": purpose}
        for recipient, purpose in (pair for pair in given if pair not in denied)
    ]
    return Agreed(stand, consents[0].path)


def _agreed(message: Message, patient: Element) -> list[Element]:
    """The Consents by which the person chose this. That somebody is taken to agree is not enough."""
    consents = message.of_type("Consent")
    theirs = [each for each in consents if message.found(each.part("patient"), "Patient") == patient]
    agreed = [consent for consent in theirs if _is_choice(consent)]
    if not agreed:
        place = f"{theirs[0].path}.policyRule" if theirs else "Bundle.entry"
        raise Unmapped("not_voluntary", place, f"an active Consent of the Patient, its policyRule {names.OPTED_IN}")
    return agreed


def _is_choice(consent: Element) -> bool:
    rule = consent.part("policyRule").coded(names.ACT_CODES)
    return consent.part("status").text() == "active" and rule.text() == names.OPTED_IN


def _rules(first: Element) -> Iterator[Element]:
    """The rules that name a recipient of ours, with no other bounds: to part of the time or data is not to all."""
    ours = [rule for rule in (first, *first.each("provision")) if any(_recipients(rule))]
    for rule in (first, *ours) if ours else ():
        if not set(rule.value) <= (_OF_THE_FIRST if rule is first else _OF_A_RULE):
            raise Unmapped(
                "field_unknown", rule.path, "type, actor and purpose alone: permissions have no other bounds"
            )
    yield from ours


def _pairs(rule: Element) -> list[Pair]:
    """Recipients times purposes, as far as they are of the contract."""
    said = [purpose for purpose in rule.each("purpose") if purpose.part("system").text() == names.PURPOSE]
    recipients = dict.fromkeys(role.one_of(*RECIPIENTS) for role in _recipients(rule))
    purposes = dict.fromkeys(purpose.part("code").one_of(*PURPOSES) for purpose in said)
    return list(product(recipients, purposes))


def _recipients(rule: Element) -> Iterator[Element]:
    roles = (actor.part("role").coded(names.RECIPIENT) for actor in rule.each("actor"))
    return (role for role in roles if role.value is not None)
