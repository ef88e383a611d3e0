"""The names that FHIR, the NHS and we ourselves give to code systems, identifiers and messages."""

from typing import Final

EVENTS: Final = "https://fhir.nhs.uk/CodeSystem/message-events-bars"
REASONS: Final = "https://fhir.nhs.uk/CodeSystem/message-reason-bars"
CATEGORIES: Final = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"
HTTP_ERRORS: Final = "https://fhir.nhs.uk/CodeSystem/http-error-codes"
REQUEST: Final = "servicerequest-request"
RESPONSE: Final = "servicerequest-response"
BUNDLE_PROFILE: Final = "https://fhir.nhs.uk/StructureDefinition/BARSBundleMessage"
DEFINITIONS: Final = (
    "https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-request-referral",
    "https://fhir.nhs.uk/MessageDefinition/bars-message-servicerequest-request-cancelled",
)

ODS_CODE: Final = "https://fhir.nhs.uk/id/ods-organization-code"  # also written with a capital I: compared without case
NHS_NUMBER: Final = "https://fhir.nhs.uk/id/nhs-number"
CHI_NUMBER: Final = "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53"
SOURCE_EXTENSION: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-SourceOfServiceRequest"
ACT_CODES: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_REASONS: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
TEST_DATA: Final = "HTEST"
OPTED_IN: Final = "OPTIN"

SCHEME: Final = "urn:footing:scheme"
SCHEME_AREA: Final = "urn:footing:scheme-area"
REFERRAL: Final = "urn:footing:referral"
EVENT: Final = "urn:footing:event"
REASON: Final = "urn:footing:reason"
FIELD: Final = "urn:footing:field"
RECIPIENT: Final = "urn:footing:recipient"
PURPOSE: Final = "urn:footing:purpose"
SOURCE_CODE: Final = "urn:footing:code:source-code"
OURSELVES: Final = "urn:footing:door"


def codes_of(field: str) -> str:
    """The code system of a field's codes, such as `urn:footing:code:employment-status`."""
    return f"urn:footing:code:{field}"
