"""What a scheme file says. Names here are the names in the file; `README.md` shows one."""

from datetime import date
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from schemes import vocabulary as v

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=600)]
CANARY: Final = "canary"
"""The scheme that is no service, and the only one that may say so; views name it, so that it has one name."""
Basis = Literal["seed", "published", "own"]
"""Where a fact comes from: the articles the project started from, published elsewhere, or our own choice."""


class Part(BaseModel):
    """Base of every record in a scheme file: nothing unknown, nothing converted, nothing changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Dated(Part):
    """Holds from the first to the last day, both included; an absent end is open."""

    from_: date | None = Field(default=None, alias="from")
    to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the record holds on this day."""
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day <= self.to)


AnyDated = TypeVar("AnyDated", bound=Dated)


class OrganisationCode(Dated):
    """An ODS code that an area had for a time. Two areas may share one, and an area may have several at once."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{2,9}$")]


class Area(Part):
    """A stable place of a scheme, whatever codes its organisations had."""

    id: Id
    title: Text
    codes: tuple[OrganisationCode, ...] = ()

    def codes_on(self, day: date) -> tuple[str, ...]:
        """Organisation codes of the area on this day."""
        return tuple(code.code for code in self.codes if code.holds_on(day))


class Site(Part):
    """Where sessions are held: one surgery, or `number` alike whose names the source does not give."""

    id: Id
    title: Text
    area: Id
    practice: Annotated[str, Field(pattern=r"^[A-Z][0-9]{5}$")] | None = None
    number: Annotated[int, Field(ge=1, le=200)] = 1

    @property
    def ids(self) -> tuple[str, ...]:
        """The site's id, or one for each of several: `host-01`, `host-02`."""
        return (self.id,) if self.number == 1 else tuple(f"{self.id}-{n:02d}" for n in range(1, self.number + 1))


class TakenRoute(Dated):
    """A way in that the scheme takes."""

    route: v.Route


class ByArea(Dated):
    """Holds in these areas, or in every area that no other record names."""

    areas: tuple[Id, ...] = ()


class Eligibility(ByArea):
    """For whom the scheme is meant; an empty list: no condition. Never a reason to refuse: see `rules.objects_to`."""

    entry_groups: tuple[v.EntryGroup, ...] = ()
    main_barriers: tuple[v.MainBarrier, ...] = ()
    employer_sizes: tuple[v.EmployerSize, ...] = ()


class Programme(ByArea):
    """How long support is planned to last, how long at most, and when the person is asked again (weeks after it)."""

    weeks: Annotated[int, Field(ge=1, le=260)]
    longest_weeks: Annotated[int, Field(ge=1, le=260)] | None = None
    checkpoints: tuple[Literal[0, 4, 13, 26, 52], ...] = ()


class Capacity(Dated):
    """What the service can give. `days_a_week` and `minutes_a_day` are of one adviser."""

    advisers: Annotated[int, Field(ge=1)]
    days_a_week: Annotated[int, Field(ge=1, le=7)]
    minutes_a_day: Annotated[int, Field(ge=1, le=720)]


class Target(Dated):
    """What the scheme set out to reach; `eligible_practices` could refer, whether or not they are meant to."""

    practices: Annotated[int, Field(ge=1)] | None = None
    people: Annotated[int, Field(ge=1)] | None = None
    eligible_practices: Annotated[int, Field(ge=1)] | None = None


class Promise(Dated):
    """What every person referred may expect."""

    what: Literal["first_contact"]
    within_days: Annotated[int, Field(ge=0, le=365)]


class Fund(Dated):
    """Money in pounds. Several schemes may share one; `schemes.funds` says which."""

    id: Id
    title: Text
    amount_gbp: Annotated[int, Field(ge=1)]
    basis: Basis


class Scheme(Part):
    """One service as configuration. Only referrals are bound to `opens` and `closes`: what became of them is not.

    `canary`: it is no service. Referrals of it show that the way from an inbox to the read models is open; gates take
    them, and nobody counts or lists them.
    """

    id: Id
    title: Text
    about: Literal["people", "employer", "aggregate"]
    country: Literal["england", "wales", "scotland"]
    identity: Literal["nhs_number", "chi"] | None = None
    opens: date
    closes: date | None = None
    providers: Annotated[tuple[Text, ...], Field(min_length=1)]
    areas: Annotated[tuple[Area, ...], Field(min_length=1)]
    sites: tuple[Site, ...] = ()
    routes: tuple[TakenRoute, ...] = ()
    eligibility: tuple[Eligibility, ...] = ()
    interventions: tuple[v.Intervention, ...] = ()
    delivered_by: tuple[v.DeliveredBy, ...] = ()
    session_minutes: Annotated[int, Field(ge=5, le=480)] | None = None
    programme: tuple[Programme, ...] = ()
    conversion_from: v.Intervention | None = None
    capacity: tuple[Capacity, ...] = ()
    targets: tuple[Target, ...] = ()
    funds: tuple[Id, ...] = ()
    promises: tuple[Promise, ...] = ()
    definitions: Annotated[tuple[v.Definition, ...], Field(min_length=1)]
    measures: Annotated[tuple[v.Measure, ...], Field(min_length=1)]
    breakdowns: tuple[v.Breakdown, ...] = ()
    opt_out_of_comparison: bool = False
    illustration: bool = False
    canary: bool = False
    basis: dict[str, Basis]
    caveats: tuple[Text, ...] = ()

    def is_open(self, day: date) -> bool:
        """Whether referrals are taken on this day."""
        return self.opens <= day and (self.closes is None or day <= self.closes)

    def area(self, area_id: str) -> Area | None:
        """The area of that id, if the scheme has it."""
        return next((area for area in self.areas if area.id == area_id), None)

    def takes(self, source_code: str, day: date) -> bool:
        """Whether a referral from this source is taken on this day."""
        return source_code in self.sources_on(day)

    def sources_on(self, day: date) -> tuple[str, ...]:
        """Source codes that the scheme takes on this day, in code order."""
        return tuple(sorted({code for taken in self.routes if taken.holds_on(day) for code in v.ROUTES[taken.route]}))

    def programme_on(self, area_id: str | None, day: date) -> Programme | None:
        """Length and checkpoints for this area and day: the area's own, else the general one."""
        return _for_area(self.programme, area_id, day)

    def eligibility_on(self, area_id: str | None, day: date) -> Eligibility | None:
        """For whom the scheme is meant in this area on this day: the area's own, else the general one."""
        return _for_area(self.eligibility, area_id, day)

    def capacity_on(self, day: date) -> Capacity | None:
        """What the service can give on this day."""
        return _on(self.capacity, day)

    def promise_on(self, what: str, day: date) -> Promise | None:
        """The promise of this kind that held on this day."""
        return _on(tuple(promise for promise in self.promises if promise.what == what), day)


AnyByArea = TypeVar("AnyByArea", bound=ByArea)


def _on(records: tuple[AnyDated, ...], day: date) -> AnyDated | None:
    return next((record for record in records if record.holds_on(day)), None)


def _for_area(records: tuple[AnyByArea, ...], area_id: str | None, day: date) -> AnyByArea | None:
    general = None
    for record in records:  # asked for every case that is counted: nothing is built for it
        if record.holds_on(day):
            if area_id in record.areas:
                return record
            if general is None and not record.areas:
                general = record
    return general
