"""FHIR messages as tests send them: the door's own fixtures, each changed as a test needs."""

import json
import uuid
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[2] / "services/door/tests/fhir"
NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"
CHI_NUMBER: Final = "urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53"
KEY_LINE: Final = f"test1 {'5a' * 32}\n"
Message = dict[str, Any]


def key_file(folder: Path) -> Path:
    """A key that nobody else may read, as the door wants it."""
    file = folder / "fhir.key"
    file.touch(mode=0o600)
    file.write_text(KEY_LINE, encoding="ascii")
    return file


def message(name: str = "referral") -> Message:
    """A fixture, ready to be changed."""
    told: Message = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return told


def resource(told: Message, kind: str, number: int = 0) -> dict[str, Any]:
    """The resource of this type, the first unless another is asked for."""
    found = [entry["resource"] for entry in told["entry"] if entry["resource"]["resourceType"] == kind]
    chosen: dict[str, Any] = found[number]
    return chosen


def without(told: Message, kind: str) -> None:
    """Leave out all resources of a type."""
    told["entry"] = [entry for entry in told["entry"] if entry["resource"]["resourceType"] != kind]


def observed(
    told: Message, field: str, *, code: str | None = None, day: str | None = None, status: str = "final"
) -> None:
    """One more Observation about the Patient."""
    value: dict[str, Any] = {"valueDateTime": day} if day else {}
    if code is not None:
        value = {"valueCodeableConcept": {"coding": [{"system": f"urn:footing:code:{field}", "code": code}]}}
    observation = {
        "resourceType": "Observation",
        "status": status,
        "code": {"coding": [{"system": "urn:footing:field", "code": field}]},
        "subject": resource(told, "ServiceRequest")["subject"],
        **value,
    }
    told["entry"].append({"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": observation})


def called(told: Message, name: str) -> Message:
    """The message under a new id, about a referral of this name."""
    told["id"] = str(uuid.uuid4())
    resource(told, "ServiceRequest")["identifier"][0]["value"] = name
    return told


def numbered(told: Message, number: str, system: str = NHS_NUMBER) -> Message:
    """The message about the person of this number."""
    resource(told, "Patient")["identifier"] = [{"system": system, "value": number}]
    return told


def scottish(told: Message, number: str = "2902000006") -> Message:
    """The message about a person and a scheme of Scotland."""
    resource(told, "HealthcareService")["identifier"] = [
        {"system": "urn:footing:scheme", "value": "paisley-argyll"},
        {"system": "urn:footing:scheme-area", "value": "argyll"},
    ]
    for organisation in (resource(told, "Organization"), resource(told, "Organization", 1)):
        organisation.pop("identifier", None)
    return numbered(told, number, CHI_NUMBER)
