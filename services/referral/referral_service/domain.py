"""A referral as its gate knows it, and what may be said about it. Facts that decisions need, nothing more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import AboutReferral, Event, Payload, Problem
from contracts.erasure_requested import ErasureRequested
from contracts.referral_made import AcceptedReferral, ReferralMade
from schemes import Schemes, objects_to
from schemes.register import Register
from schemes.rules import area_of_referral
from servicekit.days import day_of
from servicekit.documents import Document
from servicekit.entries import Entries
from servicekit.partners import Partner

PersonKey: TypeAlias = str
PERSONS: Final = "persons"  # the collection of the person map
OURSELVES: Final = "urn:footing:partner:footing:referral"


class Referral(Document, kw_only=True, omit_defaults=True):
    """One referral. Until `scheme_id` stands it is unknown; `person_ref` is absent where no person is concerned."""

    scheme_id: str | None = None
    synthetic: bool = False
    person_ref: str | None = None
    entries: Entries = Entries()
    withdrawn_at: datetime | None = None
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The reference data of this gate."""

    schemes: Schemes
    register: Register


@dataclass(frozen=True, slots=True)
class Persons:
    """What the person map says about the people of one batch: a random name for each, old or just drawn."""

    refs: Mapping[PersonKey, str] = field(default_factory=dict)


def person_key(partner: str, scheme_id: str, token: str) -> PersonKey:
    """A person is a partner's token within one scheme. None of the three can hold the separator."""
    return f"{partner}/{scheme_id}/{token}"


def objection(referral: Referral, event: Event[ReferralMade], partner: Partner, known: Known) -> Problem | None:
    """Why this referral is not taken, or None: the scheme's rule on the day it was made, and who may speak for it."""
    made = event.data
    scheme = known.schemes.taking(made.scheme_id)
    if scheme is not None and scheme.id not in partner.schemes:
        return Problem("scheme_not_yours", "data.scheme_id", "a scheme of your registration")
    found = objects_to(made, scheme, day_of(event.time), known.register)
    if found is not None:
        return Problem(found.code, found.field, found.expected)
    if referral.scheme_id is None:
        return None
    if made.supersedes is None and referral.withdrawn_at is None:
        return Problem("referral_exists", "data.referral_id", "a new referral id, or a correction with `supersedes`")
    return objection_to_more(referral, made)


def objection_to_more(referral: Referral, said: AboutReferral | EntryWithdrawn) -> Problem | None:
    """Why nothing more like this is said about a known referral, or None."""
    if referral.withdrawn_at is not None and not isinstance(said, EntryWithdrawn):
        return Problem("referral_withdrawn", "data.referral_id", "a referral that stands")
    if said.synthetic is not referral.synthetic:
        return Problem("synthetic_differs", "data.synthetic", str(referral.synthetic).lower())
    return None


def is_open_to(referral: Referral, partner: Partner) -> bool:
    """Whether the partner may know of this referral: to others it is as unknown as one never made."""
    return referral.scheme_id is not None and referral.scheme_id in partner.schemes


def accepted(event: Event[ReferralMade], known: Known, person_ref: str | None) -> AcceptedReferral:
    """The referral as it goes on: the token gone, the area resolved."""
    said = dict(event.data)
    del said["person_token"]
    scheme = known.schemes.taking(event.data.scheme_id)
    if scheme is None:
        raise LookupError("only what a scheme takes is accepted")
    area = area_of_referral(event.data, scheme, day_of(event.time), known.register)
    return AcceptedReferral.model_construct(**{**said, "scheme_area": area, "person_ref": person_ref})


def erasure_of(referral: Referral, reason: str, at: datetime) -> Event[Payload]:
    """What is said to everybody who keeps something about the referral, this gate included."""
    said = ErasureRequested(
        referral_id=referral.id, synthetic=referral.synthetic, person_ref=referral.person_ref, reason_code=reason
    )
    return Event(
        id=str(uuid5(NAMESPACE_URL, f"footing:erasure:{referral.id}:{referral.version}")),
        type="footing.erasure-requested.v1",
        source=OURSELVES,
        partner="footing",
        subject=referral.id,
        time=at,
        data=said,
        accepted_at=at,
    )


def without_facts(referral: Referral, at: datetime) -> Referral:
    """What is left of a referral once it is erased: that it was."""
    return Referral(id=referral.id, version=referral.version, erased_at=at)
