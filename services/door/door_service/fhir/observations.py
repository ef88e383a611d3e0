"""What is observed about the person's work: Observations that name a field of the referral."""

from collections.abc import Iterator
from typing import Final

from door_service.fhir import names
from door_service.fhir.bundle import Element, Message, Unmapped

_NOT_STATED: Final = {
    "employment-status": "ZZ",
    "sickness-absence": "Z",
    "weekly-hours": "97",
    "main-barrier": "not_recorded",
    "fit-note": "not_known",
    "employer-size": "not_known",
    "age-band": "not_known",
}
"""Coded fields, and the code of each for what nobody said."""
_DAYS: Final = ("absence-started-on", "out-of-work-since")
_NEEDS: Final = "support-needs"
_FIELDS: Final = (*_NOT_STATED, *_DAYS, _NEEDS)
_VOID: Final = ("entered-in-error", "cancelled")


def circumstances(message: Message, patient: Element) -> Iterator[tuple[str, object, str]]:
    """Each field of the referral that Observations are about: its name, its value, where it was said."""
    said: dict[str, list[Element]] = {}
    for field, value in _said(message, patient):
        said.setdefault(field, []).append(value)
        if field != _NEEDS and len(said[field]) > 1:
            raise Unmapped("field_repeated", value.path, f"one Observation of {field}")
    for field in _FIELDS:
        values = [value.value for value in said.get(field, ())]
        place = said[field][0].path if field in said else "Bundle.entry"
        if field == _NEEDS:
            yield _named(field), values, place
        elif values or field in _NOT_STATED:
            yield _named(field), values[0] if values else _NOT_STATED[field], place


def _said(message: Message, patient: Element) -> Iterator[tuple[str, Element]]:
    for observation in message.of_type("Observation"):
        code = observation.part("code").coded(names.FIELD)
        if code.value is None or observation.part("status").text() in _VOID:
            continue
        if message.found(observation.part("subject"), "Patient") != patient:
            continue
        field = code.one_of(*_FIELDS)
        if field in _DAYS:
            value = observation.part("valueDateTime", "value")
        else:
            value = observation.part("valueCodeableConcept", "value").coded(names.codes_of(field))
        if value.text() is not None:
            yield field, value


def _named(field: str) -> str:
    return field.replace("-", "_")
