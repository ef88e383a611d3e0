"""Each row of the table in docs/partners/fhir.md: what is said becomes this field; what cannot be mapped is named."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support import fhir
from support.fhir import Message, message, observed, resource, scottish, without

import schemes
from contracts.codec import content_hash
from door_service.domain import Taken
from door_service.fhir import bundle
from door_service.fhir.bundle import Unmapped
from door_service.fhir.identity import Key
from door_service.fhir.known import Known
from door_service.fhir.taking import taken
from schemes import register
from servicekit.partners import Partner

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
KNOWN = Known(schemes.load(), register.load(), Key("test1", b"\x5a" * 32))
ACME = Partner(
    name="acme",
    number=1,
    schemes=frozenset({"james-wigg", "paisley-argyll", "small-business-support"}),
    events=frozenset({"referral-made", "outcome-recorded"}),
)
PAGE = Path(__file__).parents[3] / "docs/partners/fhir.md"
R, H, P = "Bundle.entry[1].resource", "Bundle.entry[0].resource", "Bundle.entry[4].resource"
CONSENT, SERVICE = "Bundle.entry[10].resource", "Bundle.entry[7].resource"
RULE = f"{CONSENT}.provision.provision[0]"
LAST = "Bundle.entry[13].resource"  # where `observed` puts what it adds
ABSENT = object()

Change = Callable[[Message], Any]
Refusal = tuple[str, str]  # reason code, FHIRPath


def event_of(told: Message | bytes, partner: Partner = ACME) -> Taken:
    sent = told if isinstance(told, bytes) else json.dumps(told).encode()
    return taken(bundle.read(sent), partner, KNOWN, NOW)


def refusal_of(told: Message | bytes, partner: Partner = ACME) -> Refusal:
    with pytest.raises(Unmapped) as refused:
        event_of(told, partner)
    return refused.value.code, refused.value.path


def said_of(told: Message) -> dict[str, Any]:
    """What the record says: headers without their prefix, and the payload's fields."""
    record = event_of(told).record
    headers = {name.removeprefix("ce_"): (value or b"").decode() for name, value in record.headers}
    payload: dict[str, Any] = json.loads(record.value or b"")
    return {**headers, **payload}


def _set(place: str, value: Any) -> Change:
    """Set, or with ABSENT take away, what stands at a path such as `1.resource.status` within the entries."""

    def change(told: Message) -> None:
        *steps, last = [int(step) if step.isdecimal() else step for step in place.split(".")]
        held: Any = told
        for step in steps:
            held = held[step]
        if value is ABSENT:
            del held[last]
        else:
            held[last] = value

    return change


def _coded(field: str, code: str) -> Change:
    return lambda told: observed(told, field, code=code)


def _day(field: str, day: str) -> Change:
    return lambda told: observed(told, field, day=day)


def _as_it_is(_: Message) -> None:
    pass


def _status(status: str, reason: str) -> Change:
    def change(told: Message) -> None:
        resource(told, "ServiceRequest")["status"] = status
        resource(told, "MessageHeader")["reason"]["coding"][0]["code"] = reason

    return change


TAKEN: list[tuple[str, Change, dict[str, Any]]] = [
    ("`Bundle.timestamp`", _as_it_is, {"recordedtime": "2026-03-02T09:31:05Z"}),
    ("`Bundle.timestamp`", _status("revoked", "update"), {"time": "2026-03-02T09:31:05Z"}),
    ("`Bundle.meta.security`", _as_it_is, {"synthetic": True}),
    (
        "`Bundle.meta.security`",
        lambda told: (_set("meta.security", ABSENT)(told), fhir.numbered(told, "9434765919")),
        {"synthetic": False},
    ),
    ("`MessageHeader.event`", _as_it_is, {"type": "footing.referral-made.v1"}),
    ("`MessageHeader.reason`", _status("revoked", "delete"), {"type": "footing.outcome-recorded.v1"}),
    ("`ServiceRequest.status`", _as_it_is, {"type": "footing.referral-made.v1"}),
    (
        "`ServiceRequest.status`",
        _status("revoked", "update"),
        {"type": "footing.outcome-recorded.v1", "closure": {"reason": "withdrew", "on": "2026-03-02"}},
    ),
    (
        "`ServiceRequest.status`",
        _status("entered-in-error", "delete"),
        {"type": "footing.entry-withdrawn.v1", "reason": "entered_in_error"},
    ),
    ("`ServiceRequest.doNotPerform`", _set("entry.1.resource.doNotPerform", False), {}),
    ("`ServiceRequest.authoredOn`", _as_it_is, {"time": "2026-03-02T09:30:00Z"}),
    (
        "`ServiceRequest.authoredOn`",
        _set("entry.1.resource.authoredOn", "2026-03-02T09:30:00.5+01:00"),
        {"time": "2026-03-02T08:30:00.500000Z"},
    ),
    ("`Extension-UKCore-SourceOfServiceRequest`", _as_it_is, {"source_code": "A1"}),
    ("`HealthcareService.identifier`: scheme", _as_it_is, {"scheme_id": "james-wigg"}),
    ("`HealthcareService.identifier`: area", scottish, {"scheme_area": "argyll"}),
    ("`HealthcareService.identifier`: area", _as_it_is, {"scheme_area": ABSENT}),
    (
        "`Organization.identifier`",
        _as_it_is,
        {"referrer_organisation": {"system": "ods", "code": "F83023"}},
    ),
    (
        "`Organization.identifier`",
        lambda told: (without(told, "PractitionerRole"), without(told, "Practitioner")),
        {"referrer_organisation": {"system": "ods", "code": "F83023"}},
    ),
    (
        "`Organization.identifier`",
        lambda told: (
            _set("entry.1.resource.requester", {"reference": "urn:uuid:5f1c8d2e-6b0a-4c8e-9a57-0d3c1b7a9e0b"})(told),
            _set(
                "entry.9.resource.identifier",
                [{"system": "https://fhir.nhs.uk/id/ods-organization-code", "value": "QMJ"}],
            )(told),
        ),
        {"referrer_organisation": {"system": "ods", "code": "QMJ"}},
    ),
    (
        "`Organization.identifier`",
        lambda told: (
            _set("entry.1.resource.requester", {"reference": "urn:uuid:5f1c8d2e-6b0a-4c8e-9a57-0d3c1b7a9e08"})(told),
            without(told, "Practitioner"),
        ),
        {"referrer_organisation": {"system": "ods", "code": "F83023"}},
    ),
    ("`Organization.identifier`", lambda told: without(told, "Organization"), {"referrer_organisation": ABSENT}),
    (
        "`Patient.identifier`",
        _as_it_is,
        {"person_token": "test1-A7OtB9JWQwn_aCFzeO7HfN1psSzNrh2XrV-KLiTvhqU"},
    ),
    (
        "`Patient.identifier`",
        lambda told: fhir.numbered(told, "999 000-0018"),
        {"person_token": "test1-A7OtB9JWQwn_aCFzeO7HfN1psSzNrh2XrV-KLiTvhqU"},
    ),
    ("`Consent.policyRule`", _as_it_is, {"voluntary": True}),
    (
        "`Consent.provision`",
        _as_it_is,
        {
            "permissions": [
                {"recipient": "referring_gp", "purpose": "receipt"},
                {"recipient": "referring_gp", "purpose": "progress"},
            ]
        },
    ),
    (
        "`Consent.provision`",
        lambda told: resource(told, "Consent")["provision"]["provision"].append(
            {
                "type": "deny",
                "actor": resource(told, "Consent")["provision"]["provision"][0]["actor"],
                "purpose": [{"system": "urn:footing:purpose", "code": "progress"}],
            }
        ),
        {"permissions": [{"recipient": "referring_gp", "purpose": "receipt"}]},
    ),
    (
        "`Consent.provision`",
        lambda told: resource(told, "Consent").update(provision=resource(told, "Consent")["provision"]["provision"][0]),
        {
            "permissions": [
                {"recipient": "referring_gp", "purpose": "receipt"},
                {"recipient": "referring_gp", "purpose": "progress"},
            ]
        },
    ),
    ("`Consent.provision`", _set("entry.10.resource.provision", ABSENT), {"permissions": []}),
    ("Observation `employment-status`", _as_it_is, {"employment_status": "01"}),
    ("Observation `sickness-absence`", _as_it_is, {"sickness_absence": "Y"}),
    (
        "Observation `employment-status`",
        lambda told: without(told, "Observation"),
        {"employment_status": "ZZ", "sickness_absence": "Z"},
    ),
    ("Observation `sickness-absence`", lambda told: without(told, "Observation"), {"sickness_absence": "Z"}),
    ("Observation `weekly-hours`", _as_it_is, {"weekly_hours": "97"}),
    ("Observation `weekly-hours`", _coded("weekly-hours", "01"), {"weekly_hours": "01"}),
    ("Observation `main-barrier`", _as_it_is, {"main_barrier": "not_recorded"}),
    ("Observation `main-barrier`", _coded("main-barrier", "msk"), {"main_barrier": "msk"}),
    ("Observation `fit-note`", _as_it_is, {"fit_note": "not_known"}),
    ("Observation `fit-note`", _coded("fit-note", "not_fit"), {"fit_note": "not_fit"}),
    ("Observation `employer-size`", _as_it_is, {"employer_size": "not_known"}),
    ("Observation `employer-size`", _coded("employer-size", "small"), {"employer_size": "small"}),
    ("Observation `age-band`", _as_it_is, {"age_band": "not_known"}),
    ("Observation `age-band`", _coded("age-band", "45-54"), {"age_band": "45-54"}),
    ("Observation `support-needs`", _as_it_is, {"support_needs": []}),
    (
        "Observation `support-needs`",
        lambda told: (observed(told, "support-needs", code="debt"), observed(told, "support-needs", code="health")),
        {"support_needs": ["debt", "health"]},
    ),
    (
        "Observation `absence-started-on`",
        _day("absence-started-on", "2026-01-12"),
        {"absence_started_on": "2026-01-12"},
    ),
    ("Observation `absence-started-on`", _as_it_is, {"absence_started_on": ABSENT}),
    ("Observation `out-of-work-since`", _day("out-of-work-since", "2025-11-01"), {"out_of_work_since": "2025-11-01"}),
    ("Observation `out-of-work-since`", _as_it_is, {"out_of_work_since": ABSENT}),
    (
        "Observation `weekly-hours`",
        lambda told: observed(told, "weekly-hours", code="01", status="entered-in-error"),
        {"weekly_hours": "97"},
    ),
    (
        "Observation `weekly-hours`",
        lambda told: (observed(told, "weekly-hours", code="01"), _set("entry.13.resource.subject", ABSENT)(told)),
        {"weekly_hours": "97"},
    ),
    (
        "everything else",
        lambda told: told["entry"].append({"resource": {"resourceType": "Flag", "code": {"text": "x"}, "odd": [1]}}),
        {"type": "footing.referral-made.v1"},
    ),
]
REFUSED: list[tuple[str, Change, Refusal]] = [
    ("`Bundle.id`", _set("id", ABSENT), ("field_missing", "Bundle.id")),
    ("`Bundle.id`", _set("id", "9990000018"), ("field_invalid", "Bundle.id")),
    ("`Bundle.timestamp`", _set("timestamp", ABSENT), ("field_missing", "Bundle.timestamp")),
    ("`Bundle.timestamp`", _set("timestamp", "2026-03-02"), ("attribute_invalid", "Bundle.timestamp")),
    (
        "`Bundle.timestamp`",
        lambda told: (_status("revoked", "update")(told), _set("timestamp", "2026-03-02")(told)),
        ("field_invalid", "Bundle.timestamp"),
    ),
    ("`Bundle.meta.security`", _set("meta.security", ABSENT), ("field_missing", "Bundle.meta.security")),
    (
        "`MessageHeader.event`",
        _set("entry.0.resource.eventCoding.code", "booking-request"),
        ("code_unknown", f"{H}.event.code"),
    ),
    (
        "`MessageHeader.event`",
        _set("entry.0.resource.eventCoding.system", "urn:x"),
        ("code_unknown", f"{H}.event.system"),
    ),
    ("`MessageHeader.event`", _set("entry.0.resource.eventCoding", ABSENT), ("field_missing", f"{H}.event.system")),
    ("`MessageHeader.reason`", _status("active", "update"), ("code_unknown", f"{H}.reason.coding[0].code")),
    ("`MessageHeader.reason`", _status("active", "changed"), ("code_unknown", f"{H}.reason.coding[0].code")),
    ("`MessageHeader.reason`", _set("entry.0.resource.reason", ABSENT), ("field_missing", f"{H}.reason.coding")),
    ("`MessageHeader.focus`", _set("entry.0.resource.focus", []), ("field_invalid", f"{H}.focus")),
    (
        "`MessageHeader.focus`",
        _set("entry.0.resource.focus.0.reference", "urn:uuid:5f1c8d2e-6b0a-4c8e-9a57-0d3c1b7a9e06"),
        ("field_invalid", f"{H}.focus[0].reference"),
    ),
    (
        "`ServiceRequest.identifier`",
        _set("entry.1.resource.identifier.0.value", "943 476 5919"),
        ("field_invalid", f"{R}.identifier[0].value"),
    ),
    (
        "`ServiceRequest.identifier`",
        _set("entry.1.resource.identifier.0.value", "case-999 000 0018"),
        ("field_invalid", f"{R}.identifier[0].value"),
    ),
    ("`ServiceRequest.status`", _status("on-hold", "update"), ("code_unknown", f"{R}.status")),
    ("`ServiceRequest.status`", _set("entry.1.resource.status", ABSENT), ("field_missing", f"{R}.status")),
    (
        "`ServiceRequest.doNotPerform`",
        _set("entry.1.resource.doNotPerform", True),
        ("field_invalid", f"{R}.doNotPerform"),
    ),
    ("`ServiceRequest.intent`", _set("entry.1.resource.intent", "proposal"), ("code_unknown", f"{R}.intent")),
    (
        "`ServiceRequest.category`",
        _set("entry.1.resource.category.0.coding.0.code", "validation"),
        ("code_unknown", f"{R}.category[0].coding[0].code"),
    ),
    ("`ServiceRequest.category`", _set("entry.1.resource.category", ABSENT), ("field_missing", f"{R}.category")),
    ("`ServiceRequest.authoredOn`", _set("entry.1.resource.authoredOn", ABSENT), ("field_missing", f"{R}.authoredOn")),
    (
        "`ServiceRequest.authoredOn`",
        _set("entry.1.resource.authoredOn", "2026-03-02"),
        ("field_invalid", f"{R}.authoredOn"),
    ),
    (
        "`ServiceRequest.authoredOn`",
        _set("entry.1.resource.authoredOn", "2026-03-10T12:06:00Z"),
        ("time_in_future", f"{R}.authoredOn"),
    ),
    (
        "`ServiceRequest.authoredOn`",
        _set("entry.1.resource.authoredOn", "1999-03-10T12:06:00Z"),
        ("time_too_early", f"{R}.authoredOn"),
    ),
    (
        "`Extension-UKCore-SourceOfServiceRequest`",
        _set("entry.1.resource.extension", ABSENT),
        ("field_missing", f"{R}.extension"),
    ),
    (
        "`Extension-UKCore-SourceOfServiceRequest`",
        _set("entry.1.resource.extension.0.valueCodeableConcept.coding.0.code", "A9"),
        ("code_unknown", f"{R}.extension[0].value.coding[0].code"),
    ),
    (
        "`Extension-UKCore-SourceOfServiceRequest`",
        _set("entry.1.resource.extension.0.valueCodeableConcept.coding.0.code", "M5"),
        ("route_not_taken", f"{R}.extension[0].value.coding[0].code"),
    ),
    (
        "`HealthcareService.identifier`: scheme",
        _set("entry.7.resource.identifier.1.value", "wakefield"),
        ("scheme_not_yours", f"{SERVICE}.identifier[1].value"),
    ),
    (
        "`HealthcareService.identifier`: scheme",
        _set("entry.7.resource.identifier.1.value", "small-business-support"),
        ("person_not_expected", f"{SERVICE}.identifier[1].value"),
    ),
    (
        "`HealthcareService.identifier`: scheme",
        lambda told: resource(told, "HealthcareService")["identifier"].pop(),
        ("field_missing", f"{SERVICE}.identifier"),
    ),
    (
        "`HealthcareService.identifier`: scheme",
        lambda told: without(told, "HealthcareService"),
        ("field_missing", f"{R}.performer"),
    ),
    (
        "`HealthcareService.identifier`: area",
        lambda told: (scottish(told), resource(told, "HealthcareService")["identifier"].pop()),
        ("area_ambiguous", "Bundle"),
    ),
    (
        "`HealthcareService.identifier`: area",
        lambda told: (scottish(told), _set("entry.7.resource.identifier.1.value", "jane-doe")(told)),
        ("area_unknown", f"{SERVICE}.identifier[1].value"),
    ),
    (
        "`Organization.identifier`",
        _set("entry.8.resource.identifier.0.value", "9434765919"),
        ("field_invalid", "Bundle.entry[8].resource.identifier[0].value"),
    ),
    (
        "`Organization.identifier`",
        _set("entry.8.resource.identifier.0.value", "A00000"),
        ("practice_unknown", "Bundle.entry[8].resource.identifier[0].value"),
    ),
    ("`Patient.identifier`", lambda told: without(told, "Patient"), ("field_missing", f"{R}.subject.reference")),
    ("`Patient.identifier`", _set("entry.4.resource.identifier", ABSENT), ("field_missing", f"{P}.identifier")),
    (
        "`Patient.identifier`",
        lambda told: fhir.numbered(told, "9990000019"),
        ("field_invalid", f"{P}.identifier[0].value"),
    ),
    (
        "`Patient.identifier`",
        lambda told: fhir.numbered(told, "2902000006", fhir.CHI_NUMBER),
        ("field_missing", f"{P}.identifier"),
    ),
    (
        "`Patient.identifier`",
        lambda told: scottish(told, "9990000018"),
        ("field_invalid", f"{P}.identifier[0].value"),
    ),
    (
        "`Patient.identifier`",
        lambda told: resource(told, "Patient")["identifier"].append({"system": fhir.NHS_NUMBER, "value": "9991112227"}),
        ("field_invalid", f"{P}.identifier[1].value"),
    ),
    ("`Consent.policyRule`", lambda told: without(told, "Consent"), ("not_voluntary", "Bundle.entry")),
    (
        "`Consent.policyRule`",
        _set("entry.10.resource.policyRule.coding.0.code", "IMPLIED"),
        ("not_voluntary", f"{CONSENT}.policyRule"),
    ),
    ("`Consent.policyRule`", _set("entry.10.resource.status", "inactive"), ("not_voluntary", f"{CONSENT}.policyRule")),
    ("`Consent.policyRule`", _set("entry.10.resource.patient", ABSENT), ("not_voluntary", "Bundle.entry")),
    (
        "`Consent.provision`",
        lambda told: resource(told, "Consent")["provision"]["provision"][0].update(period={"end": "2026-04-01"}),
        ("field_unknown", RULE),
    ),
    (
        "`Consent.provision`",
        lambda told: resource(told, "Consent")["provision"].update(period={"end": "2026-04-01"}),
        ("field_unknown", f"{CONSENT}.provision"),
    ),
    (
        "`Consent.provision`",
        _set("entry.10.resource.provision.provision.0.actor.0.role.coding.0.code", "neighbour"),
        ("code_unknown", f"{RULE}.actor[0].role.coding[0].code"),
    ),
    (
        "`Consent.provision`",
        _set("entry.10.resource.provision.provision.0.purpose.1.code", "gossip"),
        ("code_unknown", f"{RULE}.purpose[1].code"),
    ),
    (
        "`Consent.provision`",
        _set("entry.10.resource.provision.provision.0.type", ABSENT),
        ("field_missing", f"{RULE}.type"),
    ),
    (
        "Observation `employment-status`",
        _set("entry.11.resource.valueCodeableConcept.coding.0.code", "99"),
        ("code_unknown", "Bundle.entry[11].resource.value.coding[0].code"),
    ),
    (
        "Observation `employment-status`",
        _coded("employment-status", "02"),
        ("field_repeated", f"{LAST}.value.coding[0].code"),
    ),
    ("Observation `age-band`", _coded("age-band", "1971-02-03"), ("code_unknown", f"{LAST}.value.coding[0].code")),
    ("Observation `support-needs`", _coded("support-needs", "money"), ("code_unknown", f"{LAST}.value.coding[0].code")),
    (
        "Observation `absence-started-on`",
        _day("absence-started-on", "2026-01-12T10:00:00Z"),
        ("field_invalid", f"{LAST}.value"),
    ),
    (
        "Observation `weekly-hours`",
        lambda told: (
            observed(told, "weekly-hours", code="01"),
            _set("entry.13.resource.code.coding.0.code", "hours")(told),
        ),
        ("code_unknown", f"{LAST}.code.coding[0].code"),
    ),
    (
        "`modifierExtension`, `implicitRules`",
        _set("entry.1.resource.modifierExtension", [{"url": "urn:x", "valueBoolean": True}]),
        ("field_unknown", f"{R}.modifierExtension"),
    ),
    (
        "`modifierExtension`, `implicitRules`",
        _set("entry.10.resource.implicitRules", "urn:x"),
        ("field_unknown", f"{CONSENT}.implicitRules"),
    ),
]


def _ids(cases: list[tuple[str, Change, Any]]) -> list[str]:
    return [f"{number}-{row}" for number, (row, _, _) in enumerate(cases)]


@pytest.mark.parametrize(("_row", "change", "expected"), TAKEN, ids=_ids(TAKEN))
def test_what_is_said_becomes_this_field(_row: str, change: Change, expected: dict[str, Any]) -> None:
    told = message()
    change(told)
    said = said_of(told)
    assert {name: said.get(name, ABSENT) for name in expected} == expected


@pytest.mark.parametrize(("_row", "change", "expected"), REFUSED, ids=_ids(REFUSED))
def test_what_cannot_be_mapped_is_refused_by_its_place(_row: str, change: Change, expected: Refusal) -> None:
    told = message()
    change(told)
    assert refusal_of(told) == expected


def test_every_row_of_the_page_is_tried_and_no_other() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## Mapping")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!in the message|---)(.+?) \|", table, re.MULTILINE)
    assert len(rows) > 25
    assert sorted(rows) == sorted({row for row, *_ in (*TAKEN, *REFUSED)})


def test_the_message_again_is_the_same_event_even_in_a_new_bundle() -> None:
    first, again = event_of(message()), event_of(message())
    told = message()
    told["id"], told["timestamp"] = "0190a0b0-0000-4000-8000-000000000001", "2026-03-03T10:00:00Z"
    anew = event_of(told)
    assert first.event.id == again.event.id == anew.event.id == "67df135a-d210-5c93-a105-e930332cacf3"
    assert first.event.subject == anew.event.subject == "3f646851-4099-5491-954f-be01629b155d"
    assert content_hash(first.event) == content_hash(again.event) == content_hash(anew.event)


def test_another_referral_another_partner_or_another_of_its_events_has_another_id() -> None:
    other = Partner(name="other", number=2, schemes=ACME.schemes, events=ACME.events)
    ids = [
        event_of(message()).event.id,
        event_of(fhir.called(message(), "R-2026-000418")).event.id,
        event_of(message(), other).event.id,
        event_of(message("revoked")).event.id,
        event_of(message("entered-in-error")).event.id,
    ]
    assert len(set(ids)) == 5


def test_what_is_revoked_or_an_error_is_about_the_same_referral() -> None:
    made, revoked, error = event_of(message()), event_of(message("revoked")), event_of(message("entered-in-error"))
    assert made.event.subject == revoked.event.subject == error.event.subject
    assert json.loads(error.record.value or b"")["withdraws"] == {
        "type": "footing.referral-made.v1",
        "id": made.event.id,
    }
    assert (revoked.record.topic, error.record.topic) == ("inbox.acme.outcome-recorded", "inbox.acme.referral-made")


def test_a_referral_without_an_identifier_goes_by_its_id_and_that_is_its_url() -> None:
    by_id, by_url = message(), message()
    for told in (by_id, by_url):
        del resource(told, "ServiceRequest")["identifier"]
    del resource(by_url, "ServiceRequest")["id"]
    assert event_of(by_id).event.id == event_of(by_url).event.id != event_of(message()).event.id
    del by_url["entry"][1]["fullUrl"]
    resource(by_url, "MessageHeader")["focus"][0]["reference"] = "ServiceRequest/1"
    assert refusal_of(by_url) == ("field_invalid", f"{H}.focus[0].reference")


def test_a_reference_by_type_and_id_leads_to_the_resource_too() -> None:
    told = message()
    resource(told, "Patient")["id"] = "p1"
    for kind, name in (("ServiceRequest", "subject"), ("Consent", "patient")):
        resource(told, kind)[name] = {"reference": "Patient/p1"}
    assert said_of(told)["person_token"] == said_of(message())["person_token"]


@pytest.mark.parametrize(
    ("partner", "expected"),
    [
        (Partner(name="acme", number=1, schemes=ACME.schemes, events=frozenset()), ("event_not_yours", f"{H}.event")),
        (
            Partner(name="acme", number=1, schemes=frozenset(), events=ACME.events),
            ("scheme_not_yours", f"{SERVICE}.identifier[1].value"),
        ),
        (
            Partner(name="acme", number=1, schemes=ACME.schemes, events=ACME.events, disabled=True),
            ("partner_disabled", "Bundle"),
        ),
    ],
)
def test_who_may_not_say_it_is_refused(partner: Partner, expected: Refusal) -> None:
    assert refusal_of(message(), partner) == expected


def test_in_testing_only_test_data_is_taken() -> None:
    learner = Partner(name="acme", number=1, schemes=ACME.schemes, events=ACME.events, testing=True)
    assert event_of(message(), learner)
    real = fhir.numbered(message(), "9434765919")
    del real["meta"]["security"]
    assert refusal_of(real, learner) == ("synthetic_only", "Bundle.meta.security")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"", ("not_json", "Bundle")),
        (b"{", ("not_json", "Bundle")),
        (b"\xef\xbb\xbf{}", ("not_json", "Bundle")),
        (b'{"resourceType": "Bundle", "x": NaN}', ("not_json", "Bundle")),
        (b'{"resourceType": "\\ud800"}', ("not_json", "Bundle")),
        (b"[" * 100_000, ("not_json", "Bundle")),
        (b"[]", ("field_invalid", "Bundle")),
        (b"null", ("field_invalid", "Bundle")),
        (b'{"resourceType": "Patient"}', ("field_invalid", "Bundle")),
        (b'{"resourceType": "Bundle", "resourceType": "Bundle"}', ("field_repeated", "Bundle")),
        (b'{"resourceType": "Bundle", "type": "transaction"}', ("code_unknown", "Bundle.type")),
        (b'{"resourceType": "Bundle", "type": "message"}', ("field_missing", "Bundle.entry")),
        (b'{"resourceType": "Bundle", "type": "message", "entry": {}}', ("field_invalid", "Bundle.entry")),
        (b'{"resourceType": "Bundle", "type": "message", "entry": [5]}', ("field_invalid", "Bundle.entry[0]")),
        (b'{"resourceType": "Bundle", "type": 1e400}', ("field_invalid", "Bundle.type")),
    ],
)
def test_what_is_no_message_is_refused(sent: bytes, expected: Refusal) -> None:
    with pytest.raises(Unmapped) as refused:
        event_of(sent)
    assert (refused.value.code, refused.value.path) == expected


def test_two_resources_of_one_name_are_refused() -> None:
    told = message()
    told["entry"][5]["fullUrl"] = told["entry"][4]["fullUrl"]
    assert refusal_of(told) == ("field_repeated", "Bundle.entry[5]")
