"""A FHIR message as it was sent: elements that know where they stand, and the Bundle that holds them.

Only the elements that are asked for are looked at: others may be anything, and go nowhere.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json

from contracts.envelope import UUID_PATTERN
from contracts.texts import IN_WORDS
from door_service.fhir import names

_UUID: Final = re.compile(UUID_PATTERN)
# A message has some hundreds of names, one with long questionnaires some thousands. Walking more would hold others up.
_MOST_ENTRIES: Final = 6_000
_LEAST: Final = "a message Bundle whose first entry is its MessageHeader"


class Unmapped(Exception):  # noqa: N818  an answer to the sender
    """The message cannot become an event: a reason code of the contract, the FHIRPath, and what was expected."""

    def __init__(self, code: str, path: str, expected: str) -> None:
        super().__init__(code)
        self.code, self.path, self.expected = code, path, expected


@dataclass(frozen=True, slots=True)
class Element:
    """An element of the message, or its absence (`value` None). `path` is FHIRPath of names and indexes alone."""

    value: Any
    path: str

    def part(self, name: str, shown: str | None = None) -> "Element":
        """One element within. `shown` is its name in FHIRPath, which leaves out the type of a choice."""
        if self.value is not None and not isinstance(self.value, dict):
            raise self.unlike("an object")
        return Element((self.value or {}).get(name), f"{self.path}.{shown or name}")

    def each(self, name: str) -> tuple["Element", ...]:
        """The elements of a list within."""
        held = self.part(name)
        if held.value is not None and not isinstance(held.value, list):
            raise held.unlike("a list")
        return tuple(Element(inner, f"{held.path}[{n}]") for n, inner in enumerate(held.value or ()))

    def text(self) -> str | None:
        """The text that it is; None if it is absent."""
        if self.value is None or isinstance(self.value, str):
            return self.value
        raise self.unlike("a text")

    def needed(self, expected: str) -> str:
        """The text that it is. Raises `Unmapped` if it is absent."""
        text = self.text()
        if not text:
            raise Unmapped("field_missing", self.path, expected)
        return text

    def one_of(self, *codes: str) -> str:
        """The code that it is, of these. Raises `Unmapped` if it is absent or another."""
        expected = f"one of {', '.join(codes)}" if len(codes) > 1 else codes[0]
        code = self.needed(expected)
        if code not in codes:
            raise Unmapped("code_unknown", self.path, expected)
        return code

    def coded(self, system: str) -> "Element":
        """The code of this CodeableConcept in a code system; where it has none, an absent element."""
        for coding in self.each("coding"):
            if coding.part("system").text() == system:
                return coding.part("code")
        return Element(None, f"{self.path}.coding")

    def identified(self, system: str) -> Iterator["Element"]:
        """The values of its identifiers in a system (compared without case) that are in use."""
        for identifier in self.each("identifier"):
            said = identifier.part("system").text() or ""
            if said.lower() == system and identifier.part("use").text() != "old":
                yield identifier.part("value")

    def unlike(self, expected: str) -> Unmapped:
        """It has not the form that was expected."""
        return Unmapped("field_invalid", self.path, expected)


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose focus is a ServiceRequest, known by its Bundle's id, which the answer names.

    `by_name`: its resources by `fullUrl` and by `<type>/<id>`.
    """

    id: str
    bundle: Element
    header: Element
    request: Element
    request_url: str | None
    resources: tuple[Element, ...]
    by_name: Mapping[str, Element]

    def found(self, reference: Element, kind: str) -> Element | None:
        """The resource of this type that a Reference leads to, if it leads to one within the message."""
        resource = self.by_name.get(reference.part("reference").text() or "")
        return understood(resource) if resource is not None and kind_of(resource) == kind else None

    def of_type(self, kind: str) -> tuple[Element, ...]:
        """All resources of a type, in the order of the Bundle."""
        return tuple(understood(each) for each in self.resources if kind_of(each) == kind)


def read(body: bytes) -> Message:
    """The message of an HTTP body. Raises `Unmapped`."""
    bundle = Element(_parsed(body), "Bundle")
    if kind_of(bundle) != "Bundle":
        raise bundle.unlike(_LEAST)
    understood(bundle).part("type").one_of("message")
    entries = bundle.each("entry")
    resources = tuple(entry.part("resource") for entry in entries)
    if not resources or kind_of(resources[0]) != "MessageHeader":
        raise Unmapped("field_missing", "Bundle.entry", _LEAST)
    header = understood(resources[0])
    event = header.part("eventCoding", "event")
    event.part("system").one_of(names.EVENTS)
    event.part("code").one_of(names.REQUEST)
    by_name = _by_name(entries, resources)
    request = _focus(header, by_name)
    url = next(entry.part("fullUrl").text() for entry, each in zip(entries, resources, strict=True) if each == request)
    return Message(_id(bundle), bundle, header, request, url, resources, by_name)


def _id(bundle: Element) -> str:
    """A UUID, as BaRS has it: it says nothing about anybody."""
    given = bundle.part("id")
    if not _UUID.fullmatch(given.needed(IN_WORDS[UUID_PATTERN])):
        raise given.unlike(IN_WORDS[UUID_PATTERN])
    return str(given.value)


def _focus(header: Element, by_name: Mapping[str, Element]) -> Element:
    expected = "one reference, to a ServiceRequest of this Bundle"
    focus = header.part("focus")
    references = header.each("focus")
    if len(references) != 1:
        raise focus.unlike(expected)
    reference = references[0].part("reference")
    request = by_name.get(reference.needed(expected))
    if request is None or kind_of(request) != "ServiceRequest":
        raise reference.unlike(expected)
    return understood(request)


def _by_name(entries: tuple[Element, ...], resources: tuple[Element, ...]) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for entry, resource in zip(entries, resources, strict=True):
        identity = resource.part("id").text()
        for name in (entry.part("fullUrl").text(), f"{kind_of(resource)}/{identity}" if identity else None):
            if name and found.setdefault(name, resource) is not resource:
                raise Unmapped("field_repeated", entry.path, "a fullUrl and an id of its own")
    return found


def understood(resource: Element) -> Element:
    """The resource, if nothing in it says that it means something else than it seems to."""
    for name in ("modifierExtension", "implicitRules"):
        modifier = resource.part(name)
        if modifier.value:
            raise Unmapped("field_unknown", modifier.path, "nothing that changes the meaning of the rest")
    return resource


def kind_of(resource: Element) -> str:
    """The type of a resource; empty if it has none."""
    return resource.part("resourceType").text() or ""


def _parsed(body: bytes) -> Any:
    """The JSON of the body. Parsed twice: first to bound its depth, then to see whether a name stands twice."""
    if body.count(b",") > _MOST_ENTRIES:
        raise Unmapped("too_large", "Bundle", f"at most {_MOST_ENTRIES} names and entries")
    try:
        from_json(body, allow_inf_nan=False)
        return json.loads(body, object_pairs_hook=_once, parse_int=_number, parse_float=_number)
    except ValueError:
        raise Unmapped("not_json", "Bundle", "a FHIR Bundle as UTF-8 JSON") from None


def _number(_digits: str) -> object:
    """No number is ever asked for: a mere something in its place, which is neither a text nor true or false."""
    return ...


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise Unmapped("field_repeated", "Bundle", "each name once in an object")
    return told
