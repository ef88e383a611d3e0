"""The document that FastStream generates from the services' own subscriptions is a subset of the contract by hand."""

import copy
import json
import re
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any, get_args

import pytest
from faststream.specification.asyncapi import AsyncAPI
from pydantic import BaseModel
from support.asyncapi import contract, official

import case_service.app
import door_service.app
import door_service.handlers
import notify_service.app
import outcomes_service.app
import referral_service.app
from contracts import connectivity
from contracts.receipt import Receipt
from contracts.topics import CANONICAL_TOPICS, EVENT_TYPES
from door_service.domain import LARGEST_BODY_BYTES, MOST_EVENTS
from ops.bundling import pointed_at
from servicekit.loop import Loop
from servicekit.running import Service
from servicekit.settings import ServiceSettings
from servicekit.subscribing import subscribe
from servicekit.topics import INBOX, RECEIPTS

SERVICES = (referral_service, case_service, outcomes_service, notify_service, door_service)
WRITTEN_AS = {door_service.handlers.Receipted: Receipt}  # what a loop's reader wraps for its handlers
A_PARTNER = "acme"


def listening(loop: Loop[Any, Any]) -> Any:
    """A listener whose `handle` says what the loop hears, for FastStream to describe."""
    kinds = (WRITTEN_AS.get(kind, kind) for kind in {**loop.hears.gate, **loop.hears.follow})
    heard = [kind for kind in kinds if issubclass(kind, BaseModel)]  # shapes are the same payloads, read quickly

    class Hearing:
        async def handle(self, records: Any) -> None: ...
        async def revoked(self) -> None: ...
        async def assigned(self, held: Any) -> None: ...

    Hearing.handle.__annotations__["records"] = list[reduce(or_, heard)]  # type: ignore[misc, valid-type]  # put together at run time
    return Hearing()


def generated(service: Service) -> Iterator[dict[str, Any]]:
    """What FastStream says of each subscription of a service, made as the service makes it."""
    for loop in service.loops:
        seat = subscribe(
            service.settings, group=loop.group(service.name), pattern=loop.topics, listener=listening(loop)
        )
        yield json.loads(AsyncAPI(seat._broker, title=service.name).to_specification().to_json())


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    with pytest.MonkeyPatch.context() as environment:
        for name, said in {"KAFKA_URL": "127.0.0.1:1", "MONGO_URL": "mongodb://127.0.0.1:1", "HTTP_PORT": "0"}.items():
            environment.setenv(name, said)
        return [document for service in SERVICES for document in generated(service.app.build())]


def in_full(schema: Any, document: Any) -> Any:
    """A schema with what it refers to taken in, without the titles, which FastStream gives to every field."""
    if isinstance(schema, list):
        return [in_full(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return in_full(pointed_at(document, schema["$ref"].removeprefix("#")), document)
    beside = ("$defs", "$schema", "$id", "title")
    return {name: in_full(said, document) for name, said in schema.items() if name not in beside}


def by_name(document: dict[str, Any]) -> dict[str, Any]:
    """The payloads of a document by the names of their models, each in full."""
    schemas = document["components"]["schemas"].values()
    return {said["title"]: in_full(said, document) for said in schemas if "title" in said}


def heard_in(document: dict[str, Any], channel: dict[str, Any]) -> set[str]:
    """The names of the models that a generated channel hears."""
    (message,) = document["components"]["messages"].values()
    items = pointed_at(document, message["payload"]["$ref"].removeprefix("#"))["items"]
    return {said["$ref"].rpartition("/")[2] for said in items.get("anyOf", [items])}


def partners_topics(pattern: str) -> Iterator[str]:
    """Every topic of a partner that a pattern matches, of all that could be meant."""
    names = {*CANONICAL_TOPICS, *(kind.event for kind in EVENT_TYPES.values())}
    for topic in (f"receipts.{A_PARTNER}", *(f"inbox.{A_PARTNER}.{name}" for name in sorted(names))):
        if re.search(pattern, topic):
            yield topic


def beyond(document: dict[str, Any], of: dict[str, Any]) -> Iterator[str]:
    """What a generated document says of partners' channels that the contract does not."""
    channels = {said["address"].replace("{partner}", A_PARTNER): said for said in of["channels"].values()}
    promised, read = by_name(of), by_name(document)
    for channel in document["channels"].values():
        heard = heard_in(document, channel)
        for topic in partners_topics(channel["address"]):
            if topic not in channels:
                yield f"{topic} is listened to, and no channel"
                continue
            for reference in channels[topic]["messages"].values():
                name = pointed_at(of, reference["$ref"].removeprefix("#"))["name"]
                if name == connectivity.TYPE:
                    continue  # the door, which says it, does not listen to itself
                model = EVENT_TYPES[name].payload if name in EVENT_TYPES else Receipt
                if model.__name__ not in heard:
                    yield f"{name} may come on {topic}, and nobody hears it"
                elif read[model.__name__] != promised[model.__name__]:
                    yield f"{name} is read otherwise than {topic} promises"


def test_what_is_generated_is_valid_by_the_official_schema(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        found = [f"{list(error.path)}: {error.message[:200]}" for error in official().iter_errors(document)]
        assert found == [], document["info"]["title"]


def test_what_is_generated_says_nothing_of_partners_that_the_contract_does_not(
    documents: list[dict[str, Any]],
) -> None:
    assert [each for document in documents for each in beyond(document, contract())] == []


def test_every_channel_on_kafka_is_listened_to_by_one_service(documents: list[dict[str, Any]]) -> None:
    heard = [
        topic
        for document in documents
        for channel in document["channels"].values()
        for topic in partners_topics(channel["address"])
    ]
    promised = {said["address"].replace("{partner}", A_PARTNER) for said in contract()["channels"].values()}
    assert sorted(heard) == sorted(promised - {"/events"})


def test_a_channel_a_message_or_a_field_that_the_contract_lacks_is_found(documents: list[dict[str, Any]]) -> None:
    def found(less: dict[str, Any]) -> set[str]:
        return {each for document in documents for each in beyond(document, less)}

    without_channel = copy.deepcopy(contract())
    del without_channel["channels"]["permissions"]
    assert found(without_channel) == {"inbox.acme.permissions is listened to, and no channel"}

    without_field = copy.deepcopy(contract())
    del without_field["components"]["schemas"]["session-held.v1"]["properties"]["site"]
    assert found(without_field) == {"footing.session-held.v1 is read otherwise than inbox.acme.session-held promises"}

    too_much = copy.deepcopy(contract())
    too_much["channels"]["permissions"]["messages"]["sessionHeld"] = {"$ref": "#/components/messages/sessionHeld"}
    assert found(too_much) == {"footing.session-held.v1 may come on inbox.acme.permissions, and nobody hears it"}


def test_a_service_can_prove_who_it_is_in_each_way_that_the_contract_names() -> None:
    named = {"PLAIN": "plain", "SCRAM-SHA-256": "scramSha256", "SCRAM-SHA-512": "scramSha512"}
    mechanisms = get_args(ServiceSettings.model_fields["kafka_sasl_mechanism"].annotation)
    schemes = contract()["components"]["securitySchemes"]
    of_kafka = {each["$ref"].rpartition("/")[2] for each in contract()["servers"]["kafka"]["security"]}
    assert {schemes[name]["type"] for name in of_kafka} == {named[each] for each in mechanisms} | {"X509"}
    assert schemes["token"]["scheme"] == "bearer"


def test_topics_are_made_as_the_contract_says() -> None:
    inbox = contract()["components"]["channelBindings"]["inbox"]["kafka"]["topicConfiguration"]
    receipts = contract()["channels"]["receipts"]["bindings"]["kafka"]["topicConfiguration"]
    for said, made in ((inbox, INBOX), (receipts, RECEIPTS)):
        assert [made["retention.ms"], made["max.message.bytes"]] == [
            str(said["retention.ms"]), str(said["max.message.bytes"]),
        ]  # fmt: skip
        assert [made["cleanup.policy"]] == said["cleanup.policy"]


def test_the_door_takes_the_kinds_of_content_that_the_contract_names() -> None:
    messages = contract()["components"]["messages"]
    names = [said["$ref"].rpartition("/")[2] for said in contract()["channels"]["events"]["messages"].values()]
    assert {messages[name]["contentType"] for name in names} == set(LARGEST_BODY_BYTES)
    assert messages["batch"]["payload"]["maxItems"] == MOST_EVENTS
    said = {name: messages[name]["description"] for name in ("overHttp", "batch")}
    assert f"{LARGEST_BODY_BYTES['application/json']:,} bytes" in said["overHttp"]
    assert f"{LARGEST_BODY_BYTES['application/cloudevents-batch+json'] // 1024**2} MiB" in said["batch"]
