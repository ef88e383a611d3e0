"""ReferralMade: somebody whose health keeps them from work was referred to somebody who helps."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from contracts import vocabulary as v
from contracts.envelope import Correctable, Day, OrganisationCode, Payload, SchemeId, Token, Uuid
from contracts.rules import NoRepeats, broken


class Organisation(Payload):
    """Who referred: an organisation's code in its own system, as it was when the event happened."""

    system: v.OrganisationSystem
    code: OrganisationCode


class Permission(Payload):
    """One permission given: this recipient may be told for this purpose."""

    recipient: v.Recipient
    purpose: v.Purpose


def _is_voluntary(said: bool) -> bool:
    if not said:
        raise broken("not_voluntary", "", "true: support is voluntary, without it nothing is taken")
    return said


class ReferralFacts(Correctable):
    """What a referral says on either side of the gate, whoever the person is."""

    scheme_id: SchemeId
    scheme_area: SchemeId | None = None
    source_code: v.SourceOfReferral
    referrer_organisation: Organisation | None = None
    employment_status: v.EmploymentStatus
    sickness_absence: v.SicknessAbsence
    weekly_hours: v.WeeklyHours | None = None
    absence_started_on: Day | None = None
    out_of_work_since: Day | None = None
    main_barrier: v.MainBarrier | None = None
    fit_note: v.FitNote | None = None
    employer_size: v.EmployerSize | None = None
    age_band: v.AgeBand | None = None
    support_needs: Annotated[tuple[v.SupportNeed, ...], NoRepeats()] = Field(default=(), max_length=9)
    voluntary: Annotated[bool, AfterValidator(_is_voluntary), WithJsonSchema({"const": True})]
    permissions: Annotated[tuple[Permission, ...], NoRepeats()] = Field(max_length=15)


class ReferralMade(ReferralFacts):
    """As a partner publishes it. `person_token` is the partner's own opaque name of the person in this scheme."""

    person_token: Token | None = None


class AcceptedReferral(ReferralFacts):
    """As it stands on the canonical topic: `person_ref` is random, `scheme_area` resolved by the gate."""

    person_ref: Uuid | None = None
