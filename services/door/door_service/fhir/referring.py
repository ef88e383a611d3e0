"""What a ServiceRequest and what it leads to say of a referral: field, value, and where in the message it stands."""

import re
from collections.abc import Iterator
from typing import Any, Final

from door_service.fhir import identity, names
from door_service.fhir.bundle import Element, Message, Unmapped
from door_service.fhir.consents import permissions
from door_service.fhir.known import Known
from door_service.fhir.observations import circumstances
from door_service.fhir.organisations import referrer, service
from schemes import Scheme
from servicekit.partners import Partner

_NUMBER_LIKE: Final = re.compile(r"[ -]*(?:[0-9][ -]*){10}")
_WITHOUT_NUMBER: Final = "a name that cannot be taken for a person's number, nor holds one: not just ten digits"
Fact = tuple[str, Any, str]


def name(message: Message) -> Element:
    """What its sender calls the referral: an identifier with its system, else the resource's id, else its URL."""
    request = message.request
    for identifier in request.each("identifier"):
        system, value = identifier.part("system").text(), identifier.part("value")
        if system and value.text():
            return _opaque(Element(f"{system}|{value.value}", value.path), str(value.value))
    own = request.part("id")
    said = own.text() or (message.request_url or "").removeprefix("urn:uuid:")
    if not said:
        raise Unmapped("field_missing", f"{request.path}.identifier", "an identifier with its system, an id, a fullUrl")
    return _opaque(Element(f"|{said}", own.path), said)


def is_synthetic(message: Message) -> bool:
    """Whether the message says that it is about nobody, as FHIR marks test data."""
    labels = message.bundle.part("meta").each("security")
    said = [(label.part("system").text(), label.part("code").text()) for label in labels]
    return (names.ACT_REASONS, names.TEST_DATA) in said


def facts(message: Message, partner: Partner, known: Known) -> Iterator[Fact]:
    """The fields of a new referral, beside its id and whether it is synthetic. Raises `Unmapped`."""
    request = message.request
    request.part("intent").one_of("plan")
    _category(request).one_of("referral")
    scheme_id, area = service(message)
    scheme = _scheme(scheme_id, partner, known)
    yield "scheme_id", scheme.id, scheme_id.path
    if area is not None:
        yield "scheme_area", area.value, area.path
    source = _source(request)
    yield "source_code", source.value, source.path
    organisation = referrer(message)
    if organisation is not None:
        yield "referrer_organisation", {"system": "ods", "code": organisation.value}, organisation.path
    patient = _patient(message)
    number = _number(patient, scheme, message)
    yield "person_token", identity.token(known.key, partner.name, scheme, str(number.value)), number.path
    yield from circumstances(message, patient)
    agreed = permissions(message, patient)
    yield "voluntary", True, agreed.place
    yield "permissions", agreed.given, agreed.place


def _opaque(name: Element, said: str) -> Element:
    """The name, unless it could be a person's number: its id would be found again by trying all numbers."""
    if _NUMBER_LIKE.fullmatch(said):
        raise name.unlike(_WITHOUT_NUMBER)
    return name


def _category(request: Element) -> Element:
    codes = [category.coded(names.CATEGORIES) for category in request.each("category")]
    return next((code for code in codes if code.value is not None), Element(None, f"{request.path}.category"))


def _scheme(said: Element, partner: Partner, known: Known) -> Scheme:
    """The scheme, which has to be the partner's own and about people."""
    if said.value not in partner.schemes:
        raise Unmapped("scheme_not_yours", said.path, "a scheme of your registration")
    scheme = known.schemes.get(str(said.value))
    if scheme is None:
        raise Unmapped("scheme_unknown", said.path, "the id of a scheme")
    if scheme.identity is None:
        raise Unmapped("person_not_expected", said.path, "a scheme about people: others take no FHIR message")
    return scheme


def _source(request: Element) -> Element:
    for extension in request.each("extension"):
        if extension.part("url").text() == names.SOURCE_EXTENSION:
            code = extension.part("valueCodeableConcept", "value").coded(names.SOURCE_CODE)
            code.needed(f"a code of {names.SOURCE_CODE}")
            return code
    raise Unmapped("field_missing", f"{request.path}.extension", f"the extension {names.SOURCE_EXTENSION}")


def _patient(message: Message) -> Element:
    subject = message.request.part("subject")
    patient = message.found(subject, "Patient")
    if patient is None:
        raise Unmapped("field_missing", f"{subject.path}.reference", "a reference to the Patient of this Bundle")
    return patient


def _number(patient: Element, scheme: Scheme, message: Message) -> Element:
    """The person's number, which goes nowhere but into the token."""
    number = identity.number_of(patient, str(scheme.identity))
    if identity.is_for_tests(number) and not is_synthetic(message):
        expected = f"{names.TEST_DATA} of {names.ACT_REASONS}: this number is nobody's"
        raise Unmapped("field_missing", "Bundle.meta.security", expected)
    called = name(message)
    if number.value in str(called.value).translate(identity.SEPARATORS):
        raise called.unlike(_WITHOUT_NUMBER)
    return number
