"""What one schema accepts and another refuses, each difference shown by an instance that jsonschema confirms."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import jsonschema
from jsonschema.exceptions import ValidationError, best_match

from contracts.compatibility.instances import along
from contracts.compatibility.negation import Way, ways
from contracts.compatibility.profile import Schema, bare, outside
from contracts.compatibility.scalars import CHECKER, Undecided, accepts

_NONE: Final = object()


@dataclass(frozen=True, slots=True)
class Shown:
    """An instance that is accepted by the one and refused by the other, and where and why it is."""

    instance: Any
    field: str
    refused_for: str


@dataclass(frozen=True, slots=True)
class NotShown:
    """A difference of which neither an instance nor a proof was found: people have to look."""

    why: str


Difference = Shown | NotShown


def differences(accepting: Schema, refusing: Schema) -> list[Difference]:
    """The differences, one for each field and keyword; none is a proof that all that is accepted is not refused."""
    return list(_differences(json.dumps(accepting), json.dumps(refusing)))


@lru_cache(maxsize=256)  # between two versions most schemas are as they were, as gate and as reader
def _differences(*texts: str) -> tuple[Difference, ...]:
    accepting, refusing = map(json.loads, texts)
    strange = [f"{place} (outside the profile)" for schema in (accepting, refusing) for place in outside(schema)]
    if strange:
        return tuple(NotShown(place) for place in dict.fromkeys(strange))
    said, refusal = bare(accepting), bare(refusing)
    if said == refusal:
        return ()
    found = {_place(difference): difference for difference in _found(accepting, refusing, said, ways(refusal))}
    return tuple(found.values())


def _found(accepting: Schema, refusing: Schema, said: Schema, to_violate: Iterator[Way]) -> Iterator[Difference]:
    for way in to_violate:
        try:
            instance = next(along([said], way), _NONE)
        except Undecided as undecided:
            yield NotShown(f"{undecided}: {way}")
            continue
        if instance is not _NONE:
            yield _confirmed(accepting, refusing, instance)


def _confirmed(accepting: Schema, refusing: Schema, instance: Any) -> Difference:
    """What the library says of the instance is what counts."""
    error = best_match(jsonschema.Draft202012Validator(refusing, format_checker=CHECKER).iter_errors(instance))
    if error is None or not accepts(accepting, instance):
        return NotShown(f"the library does not tell them apart by {instance}")
    return Shown(instance, _field(error), _why(error))


def _why(error: ValidationError) -> str:
    if error.validator in ("anyOf", "oneOf"):  # the library would say the whole instance again
        options: Any = error.validator_value
        fits = sum(accepts(option, error.instance) for option in options)
        return f"fits {fits} of {len(options)} ways ({error.validator})"
    return str(error.message)


def _field(error: ValidationError) -> str:
    """`data.plan.aim`, as problems name fields."""
    return "data" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)


def _place(difference: Difference) -> tuple[str, str]:
    return (difference.field, difference.refused_for) if isinstance(difference, Shown) else ("", difference.why)
