"""Who referred, and to which scheme: the organisations and the service of a message."""

import re
from typing import Final

from door_service.fhir import names
from door_service.fhir.bundle import Element, Message, Unmapped

# A letter must be in it, and it is short: neither a person's number nor a date has this form.
_ODS_CODE: Final = re.compile(r"(?=.*[A-Z])[A-Z0-9]{3,8}")


def service(message: Message) -> tuple[Element, Element | None]:
    """The scheme that performs the request, and the area of it if that is said. Raises `Unmapped`."""
    performers = message.request.part("performer")
    for performer in message.request.each("performer"):
        found = message.found(performer, "HealthcareService")
        if found is None:
            continue
        scheme = next(found.identified(names.SCHEME), Element(None, f"{found.path}.identifier"))
        scheme.needed(f"the id of a scheme (system {names.SCHEME})")
        return scheme, next(found.identified(names.SCHEME_AREA), None)
    raise Unmapped("field_missing", performers.path, "a reference to the HealthcareService of this Bundle")


def referrer(message: Message) -> Element | None:
    """The ODS code of the requester's organisation, else of the sender; None if neither says one."""
    for organisation in (_requesters(message), message.found(message.header.part("sender"), "Organization")):
        code = next(organisation.identified(names.ODS_CODE), None) if organisation is not None else None
        if code is not None:
            if not _ODS_CODE.fullmatch(code.needed("an ODS code")):
                raise code.unlike("an ODS code: 3-8 capitals and digits, a capital among them")
            return code
    return None


def _requesters(message: Message) -> Element | None:
    """The organisation that asks: itself, or the one for which the practitioner who asks works."""
    requester = message.request.part("requester")
    organisation = message.found(requester, "Organization")
    role = message.found(requester, "PractitionerRole")
    practitioner = message.found(requester, "Practitioner")
    if role is None and practitioner is not None:
        roles = message.of_type("PractitionerRole")
        held = [each for each in roles if message.found(each.part("practitioner"), "Practitioner") == practitioner]
        role = held[0] if held else None
    return organisation if role is None else message.found(role.part("organization"), "Organization")
