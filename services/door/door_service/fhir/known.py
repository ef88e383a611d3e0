"""What the FHIR door knows beside a message: the schemes, the practices, the key of person tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import schemes
from door_service.fhir.identity import Key, read_key
from schemes import Scheme, register
from schemes.register import Register


@dataclass(frozen=True, slots=True)
class Known:
    """The same schemes and practices as the gate's."""

    schemes: Mapping[str, Scheme]
    register: Register
    key: Key


def known(key_file: Path) -> Known:
    """What is known at start. Raises `Unfit` where the file of the key is not as it must be."""
    return Known(schemes.load(), register.load(), read_key(key_file))
