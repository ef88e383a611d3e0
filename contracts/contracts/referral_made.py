"""ReferralMade: somebody whose health keeps them from work was referred to somebody who helps."""

from pydantic import Field, model_validator

from contracts import vocabulary as v
from contracts.envelope import Correctable, Day, OrganisationCode, Payload, SchemeId, Token, Uuid
from contracts.rules import broken


class Organisation(Payload):
    """Who referred: an organisation's code in its own system, as it was when the event happened."""

    system: v.OrganisationSystem
    code: OrganisationCode


class Permission(Payload):
    """One permission given: this recipient may be told for this purpose."""

    recipient: v.Recipient
    purpose: v.Purpose


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
    support_needs: tuple[v.SupportNeed, ...] = Field(default=(), max_length=9)
    voluntary: bool
    permissions: tuple[Permission, ...] = Field(max_length=15)

    @model_validator(mode="after")
    def _voluntary(self) -> "ReferralFacts":
        if not self.voluntary:
            raise broken("not_voluntary", "voluntary", "true: support is voluntary, without it nothing is taken")
        return self


class ReferralMade(ReferralFacts):
    """As a partner publishes it. `person_token` is the partner's own opaque name of the person in this scheme."""

    person_token: Token | None = None


class AcceptedReferral(ReferralFacts):
    """As it stands on the canonical topic: `person_ref` is random, `scheme_area` resolved by the gate."""

    person_ref: Uuid | None = None
