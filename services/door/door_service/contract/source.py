"""The whole contract as pages need it, put together from models, lists, pages of topics and examples."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml

from contracts.code_lists import CodeList
from contracts.envelope import Payload
from contracts.schemas import models, schema
from contracts.topics import CANONICAL_TOPICS, EVENT_TYPES, GATES, EventType, inbox, types_on
from door_service.contract import examples
from door_service.contract.examples import Example
from door_service.contract.fields import Row, code_lists, rows

VERSION: Final = version("footing-contracts")


@dataclass(frozen=True, slots=True)
class Place:
    """A topic that an event travels on: where a partner publishes it, who decides, where it stands when accepted."""

    inbox: str | None
    page: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventPage:
    """What there is to say of one type of event."""

    kind: EventType
    title: str
    summary: str
    places: list[Place]
    fields: list[Row]
    behind_the_gate: list[Row]  # fields that only the canonical record has
    code_lists: list[CodeList[str] | CodeList[int]]
    examples: dict[str, list[Example]]

    @property
    def is_for_partners(self) -> bool:
        """Whether partners publish it; else it is our own."""
        return any(place.inbox for place in self.places)


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything that the pages show, beside the lists of reasons and attributes."""

    version: str
    events: list[EventPage]
    receipt: list[Row]
    connectivity: list[Row]
    receipts_topic: dict[str, Any]
    receipts: list[Example]
    schemas: dict[str, dict[str, Any]]
    policy: str
    changelog: str


def read(folder: Path) -> Contract:
    """The contract of this installation; `folder` is where its files stand."""
    schemas = {name: schema(name, model) for name, model in models().items()}
    topics = {name: _topic(folder, name) for name in (*CANONICAL_TOPICS, "receipts")}
    return Contract(
        version=VERSION,
        events=[_event(folder, kind, schemas, topics) for kind in EVENT_TYPES.values()],
        receipt=rows(schemas["receipt.v1"]),
        connectivity=rows(schemas["connectivity.v1"]),
        receipts_topic=topics["receipts"],
        receipts=[*examples.read(folder / "examples", "receipt"), *examples.read(folder / "examples", "connectivity")],
        schemas=schemas,
        policy=(folder / "CHANGE_POLICY.md").read_text(encoding="utf-8"),
        changelog=(folder / "CHANGELOG.md").read_text(encoding="utf-8"),
    )


def _topic(folder: Path, name: str) -> dict[str, Any]:
    page: dict[str, Any] = yaml.safe_load((folder / "topics" / f"{name}.yaml").read_text(encoding="utf-8"))
    return page


def _event(
    folder: Path, kind: EventType, schemas: dict[str, dict[str, Any]], topics: dict[str, dict[str, Any]]
) -> EventPage:
    fields = rows(schemas[f"{kind.event}.v1"])
    known = {row.path for row in fields}
    behind = rows(schemas.get(f"{kind.event}.canonical.v1", {"properties": {}}))
    found = examples.read(folder / "examples", kind.event)
    return EventPage(
        kind=kind,
        title=kind.payload.__name__,
        summary=_summary(kind.payload),
        places=[
            Place(inbox("<partner>", topic) if topic in GATES else None, topics[topic])
            for topic in CANONICAL_TOPICS
            if kind.name in types_on(topic)
        ],
        fields=fields,
        behind_the_gate=[row for row in behind if row.path not in known],
        code_lists=code_lists(fields),
        examples={verdict: [one for one in found if f"/{verdict}/" in one.path] for verdict in examples.VERDICTS},
    )


def _summary(payload: type[Payload]) -> str:
    return (payload.__doc__ or "").strip()
