"""ReferralMade: somebody whose health keeps them from work was referred to somebody who helps."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from contracts import vocabulary as v
from contracts.envelope import Correctable, Day, OrganisationCode, Payload, SchemeId, Token, Uuid
from contracts.rules import NoRepeats, broken


class Organisation(Payload):
    """Who referred: an organisation's code in its own system, as it was when the event happened."""

    system: v.OrganisationSystem
    """Whose codes these are."""
    code: OrganisationCode
    """The organisation's code in that system, as it was when the event happened."""


class Permission(Payload):
    """One permission given: this recipient may be told for this purpose."""

    recipient: v.Recipient
    """Who may be told."""
    purpose: v.Purpose
    """What they may be told."""


def _is_voluntary(said: bool) -> bool:
    if not said:
        raise broken("not_voluntary", "", "true: support is voluntary, without it nothing is taken")
    return said


class ReferralFacts(Correctable):
    """What a referral says on either side of the gate, whoever the person is."""

    scheme_id: SchemeId
    """The scheme that the person is referred to; `footing schemes list` names them."""
    scheme_area: SchemeId | None = None
    """The area of the scheme; required where organisation and scheme leave more than one."""
    source_code: v.SourceOfReferral
    """Who referred, or how the person came."""
    referrer_organisation: Organisation | None = None
    """The organisation that referred. No person's name, ever."""
    employment_status: v.EmploymentStatus
    """Whether the person was employed when referred."""
    sickness_absence: v.SicknessAbsence
    """Whether the person was absent from work because of sickness when referred."""
    weekly_hours: v.WeeklyHours | None = None
    """How many hours a week the person worked."""
    absence_started_on: Day | None = None
    """The first day of the absence."""
    out_of_work_since: Day | None = None
    """The first day out of work."""
    main_barrier: v.MainBarrier | None = None
    """What mainly keeps the person from work; coarse on purpose, never a diagnosis."""
    fit_note: v.FitNote | None = None
    """What the latest fit note says."""
    employer_size: v.EmployerSize | None = None
    """How many people the employer employs."""
    age_band: v.AgeBand | None = None
    """The person's age when referred; never a date of birth."""
    support_needs: Annotated[tuple[v.SupportNeed, ...], NoRepeats()] = Field(default=(), max_length=9)
    """What else the person needs help with; each once."""
    voluntary: Annotated[bool, AfterValidator(_is_voluntary), WithJsonSchema({"const": True})]
    """That the person agreed to be referred: support is voluntary, without it nothing is taken."""
    permissions: Annotated[tuple[Permission, ...], NoRepeats()] = Field(max_length=15)
    """Who may be told what, as the person allowed; each once. May be empty: then nobody is told."""


class ReferralMade(ReferralFacts):
    """Somebody whose health keeps them from work, or their employer, was referred to a scheme that helps."""

    person_token: Token | None = None
    """Your own opaque name of the person in this scheme; required, but absent in schemes about employers."""


class AcceptedReferral(ReferralFacts):
    """As it stands on the canonical topic: `person_ref` is random, `scheme_area` resolved by the gate."""

    person_ref: Uuid | None = None
    """The random reference that stands for the person behind the gate."""
