"""Everything that a visitor can see: real Kafka and MongoDB, the services, what simulated partners said, releases."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import httpx
from confluent_kafka import Producer
from support.outsider import until
from support.settling import settle

import schemes
from contracts import samples
from ops import localstack
from ops.demo.watch import Watch
from ops.localstack import Stack
from ops.partners import Registry
from ops.services import BOARD, SERVICES, start_services
from ops.simulator import partner, to_kafka
from ops.simulator.cast import Cast, Group
from ops.simulator.partner import SimulatedPartner
from ops.simulator.scenarios import SCENARIOS
from ops.simulator.telling import Telling, of_casts
from schemes import register
from servicekit.settings import ServiceSettings

_TOLD: Final = ("james-wigg", "surgeries", "fit-for-work-2010", "workwell-2025")
_NEWCOMER: Final = SimulatedPartner("newcomer", ("james-wigg",), ("referral-made", "session-held"))
_FOR_ALL: Final = {"LIVE_WITHOUT_SIGN_IN": "true"}  # all of it is made up, and on loopback
_RELEASES: Final = (
    ("draft", "--synthetic", "--profile", "open", "--id", "made-up-exact", "--note", "Every event is made up."),
    ("publish", "made-up-exact"),
    ("draft", "--synthetic", "--id", "made-up", "--note", "Every event is made up."),
    ("publish", "made-up"),
)
# People enough of one kind that something can be said of each area, small numbers being protected.
_ABSENT: Final = Cast(
    scheme_id="workwell", refers="workwell-hubs", provides="workwell-coaches",
    groups=(Group(entry="absent", people=900, in_work=600, in_work_at_52=450),),
    days=(date(2024, 10, 7), date(2025, 6, 2)), sources=("A1", "D1", "B1"), practices=30, sessions=1,
)  # fmt: skip
_SETTLING_SECONDS: Final = 120.0


@dataclass(frozen=True)
class World:
    """Where the pages are, and how to say something that changes them."""

    settings: ServiceSettings
    pages: str
    door: str
    board: str
    stack: Stack
    watch: Watch
    staff_token: str

    def somebody_is_seen(self) -> None:
        """One more made-up person is referred to the James Wigg Practice, and held a session with."""
        referral = samples.referral_made(_NEWCOMER.name)
        producer = Producer({"bootstrap.servers": self.settings.kafka_url})
        for said in (referral, samples.about("session-held", referral)):
            record = samples.record(said)
            producer.produce(record.topic, record.value, record.key, headers=list(record.headers))
        producer.flush()


@contextmanager
def running(say: Callable[[str], None]) -> Iterator[World]:
    """Everything, until the block ends."""
    with ExitStack() as ends:
        stack = ends.enter_context(
            localstack.start(f"host-{os.getpid()}", owner_pid=os.getpid(), ephemeral=True, say=lambda _: None)
        )
        settings = ServiceSettings(kafka_url=stack.kafka_url, mongo_url=stack.mongo_url, http_port=0)
        told = [SCENARIOS[name] for name in _TOLD]
        partners = [_NEWCOMER, *(each for scenario in told for each in scenario.partners)]
        partner.register(partners, Registry(settings))
        services = ends.enter_context(start_services(stack, names=(*SERVICES, BOARD), environment=_FOR_ALL, say=say))
        stack.record({f"{name.upper()}_URL": url for name, url in services.urls.items()})
        watch = ends.enter_context(Watch(settings))
        telling = Telling(schemes=schemes.load(), register=register.load(), yearly=True)
        for said in (*(scenario.tell(telling) for scenario in told), of_casts((_ABSENT,))(replace(telling, seed=2))):
            to_kafka.send(said, settings, None, lambda: None)
        settle(watch, _SETTLING_SECONDS)
        say("what partners said is counted")
        token = json.loads(_footing(stack, "staff", "add", "visitor", "--json"))["token"]
        for words in _RELEASES:
            _footing(stack, "release", *words)
        say("releases are published")
        _progress_known(services.urls["outcomes"])
        urls = services.urls
        yield World(settings, urls["outcomes"], urls["door"], urls[BOARD], stack, watch, token)


def _progress_known(url: str) -> None:
    """Wait until the service has found out how far things are: a page from before says that it is not known."""
    figures = f"{url}/api/schemes/bridgend/figures"
    until(lambda: httpx.get(figures).json()["progress"]["freshness_seconds"] is not None)


def _footing(stack: Stack, *words: str) -> str:
    """What an operator's command prints."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("footing")), *words],
        env={**os.environ, "KAFKA_URL": stack.kafka_url, "MONGO_URL": stack.mongo_url},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8", check=True,
    ).stdout  # fmt: skip
