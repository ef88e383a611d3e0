"""What a tolerant reader takes, as a schema made from what a gate takes.

It ignores fields that it does not know, reads a text that is in no code list as `not_known_here`, and takes repeats.
Lists of numbers stay closed. A test holds this against the models.
"""

from collections.abc import Mapping
from typing import Any, Final

from contracts.compatibility.profile import Schema
from contracts.entry_withdrawn import READERS_WAYS

# Where a rule ties codes together it has to say itself what it makes of codes that it does not know.
_RULES_OF_READERS: Final[Mapping[str, Schema]] = {"entry-withdrawn.v1": {"anyOf": READERS_WAYS}}


def tolerant(name: str, schema: Schema) -> dict[str, Any]:
    """The schema of readers of `name`, made from the one of its gate."""
    own = _RULES_OF_READERS.get(name)
    if own is None:
        return {**_opened(schema)}
    return {**_opened({keyword: said for keyword, said in schema.items() if keyword != "oneOf"}), **own}


def closed(schema: Any) -> Any:
    """What we write ourselves, of a schema that lets readers meet more: these fields and no others."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    within = {keyword: closed(said) for keyword, said in schema.items()}
    is_whole = schema.get("type") == "object" and "properties" in schema
    return {**within, "additionalProperties": False} if is_whole else within


def _opened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_opened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        keyword: said
        for keyword, said in schema.items()
        if keyword not in ("additionalProperties", "uniqueItems")
        and not (keyword == "enum" and schema.get("type") == "string")
    }
    for keyword in ("properties", "$defs"):
        if keyword in kept:
            kept[keyword] = {name: _opened(inner) for name, inner in kept[keyword].items()}
    for keyword in ("items", "anyOf", "oneOf"):
        if keyword in kept:
            kept[keyword] = _opened(kept[keyword])
    return kept
