"""The whole system as processes, on Kafka and MongoDB of its own: what crosses services is tried on it from outside.

Of its own, because figures must come out exactly, and other tests speak on the same canonical topics.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]
from pymongo import MongoClient

from ops import localstack
from ops.localstack import Stack
from ops.partners import EVENTS, Registry
from ops.services import Services, start_services
from ops.simulator import partner
from ops.simulator.scenarios import SCENARIOS
from schemes import load
from schemes.loader import default_folder
from servicekit.settings import ServiceSettings
from support.outsider import Outsider

STRANGER: Final = "inbox.stranger.session-held"  # made by hand; nobody of this name is registered
NEWCOMER: Final = "new-town"  # a scheme that a test adds
TOLD: Final = [SCENARIOS[name] for name in ("james-wigg", "surgeries", "roll-out-2008", "fit-notes")]
SURGERYS: Final = ["somerset", "paisley-argyll"]  # of a partner that speaks FHIR: in Scotland people have CHI numbers
_SESSION_TIMEOUT_MS: Final = "4000"  # so that a killed service's partitions are taken over soon


@dataclass(frozen=True)
class Whole:
    """The parts, the five services (one that dies comes back by itself), the partners, a plain client of MongoDB."""

    stack: Stack
    services: Services
    settings: ServiceSettings
    schemes: Path
    tokens: dict[str, str]
    partners: dict[str, Outsider]
    client: MongoClient[dict[str, Any]]

    def environment(self) -> dict[str, str]:
        """What an operator's command needs to find it."""
        return {"KAFKA_URL": self.stack.kafka_url, "MONGO_URL": self.stack.mongo_url, "SCHEMES_DIR": str(self.schemes)}

    def database(self, service: str) -> Any:
        return self.client[f"footing_{service}"]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """Everything, running. Partners: acme and other (schemes apart), learner, maker (in testing), away (disabled)."""
    with running("whole", tmp_path_factory.mktemp("whole") / "schemes") as whole:
        yield whole


@contextmanager
def running(name: str, folder: Path) -> Iterator[Whole]:
    """One more of it, in which nobody else has said anything; `folder` is where its schemes will stand."""
    shutil.copytree(default_folder(), folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "tests"))
    with ExitStack() as ends:
        stack = ends.enter_context(
            localstack.start(
                f"{name}-{os.getpid()}",
                owner_pid=os.getpid(),
                ephemeral=True,
                say=lambda _: None,
                kafka_settings={"group.min.session.timeout.ms": "1000"},
            )
        )
        settings = ServiceSettings(kafka_url=stack.kafka_url, mongo_url=stack.mongo_url, http_port=0)
        tokens = _registered(Registry(settings))
        _by_hand(stack.kafka_url, STRANGER)
        services = ends.enter_context(
            start_services(
                stack,
                environment={"SCHEMES_DIR": str(folder), "SESSION_TIMEOUT_MS": _SESSION_TIMEOUT_MS},
                supervised=True,
                say=lambda _: None,
            )
        )
        client: MongoClient[dict[str, Any]] = ends.enter_context(MongoClient(stack.mongo_url))
        outsiders = {
            name: Outsider(stack.kafka_url, services.urls["door"], name, token) for name, token in tokens.items()
        }
        for outsider in outsiders.values():
            ends.callback(outsider.close)
        yield Whole(stack, services, settings, folder, tokens, outsiders, client)


def _registered(registry: Registry) -> dict[str, str]:
    """Partners are there before the services, which find a topic made later only after some seconds."""
    own, events = ["bridgend", NEWCOMER], sorted(set(EVENTS) - {"fit-notes-counted"})
    tokens = {
        "acme": registry.add("acme", schemes=own, events=events).token,
        "other": registry.add("other", schemes=["somerset"], events=["referral-made", "session-held"]).token,
        "learner": registry.add("learner", schemes=own, events=["referral-made"], testing=True).token,
        "maker": registry.add("maker", schemes=["east-lancashire"], events=sorted(EVENTS), testing=True).token,
        "surgery": registry.add("surgery", schemes=SURGERYS, events=["referral-made", "outcome-recorded"]).token,
        "corpus": registry.add("corpus", schemes=sorted(load()), events=sorted(EVENTS)).token,
        "away": registry.add("away", schemes=own, events=["referral-made"]).token,
    }
    registry.disable("away")
    registry.limit("corpus", 100_000)  # it sends more at once than a partner does
    for scenario in TOLD:
        partner.register(scenario.partners, registry)
    return tokens


def _by_hand(kafka_url: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka_url})
    admin.create_topics([NewTopic(topic, 2, 1)])[topic].result()
