"""The demo from beginning to end. Interrupted anywhere, it leaves nothing running."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pymongo.errors import PyMongoError

import schemes
from ops import localstack
from ops.demo import figures
from ops.demo.figures import CameOut
from ops.demo.releases import release_all
from ops.demo.screen import Screen
from ops.demo.speaker import Speaker
from ops.demo.watch import Standing, Watch
from ops.errors import Missing
from ops.localstack import Stack
from ops.partners import Registry, register_canary
from ops.services import BOARD, SERVICES, Services, start_services
from ops.simulator import partner
from ops.simulator.telling import Telling
from ops.staffing import StaffRegistry
from schemes import published, register
from servicekit.settings import ServiceSettings

_LOOK_EVERY_SECONDS: Final = 0.5
_ASK_EVERY_SECONDS: Final = 2.0
_STUCK_SECONDS: Final = 120.0  # nothing moves for so long: it will not settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How the demo shall be. `share` of the people are told of where not the whole is told."""

    name: str = "demo"
    seed: int = 1
    share: float = 0.2
    output: Path = Path("build/demo.json")


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is up, before or after it was told."""

    stack: Stack
    settings: ServiceSettings
    services: Services
    speaker: Speaker
    watch: Watch
    screen: Screen
    staff_token: str

    def settle(self) -> Standing:
        """Let the partners speak; wait until all they said has its end and is counted. Says figures as they come."""
        self.speaker.start()
        seen: set[str] = set()
        last, moved, asked = Standing(), time.monotonic(), 0.0
        pause = threading.Event()
        while True:
            spoken = not self.speaker.speaks  # before the look: what was said during it is not yet in it
            standing = self._look(last)
            now = time.monotonic()
            if self.speaker.failed is not None:
                raise self.speaker.failed
            if standing != last:
                last, moved = standing, now
            self.screen.progress(self.speaker.sent, self.speaker.saying, standing)
            if now - asked >= _ASK_EVERY_SECONDS:
                asked = now
                self._say_new_figures(seen)
            if (spoken and standing.settled) or now - moved > _STUCK_SECONDS:
                return standing
            pause.wait(_LOOK_EVERY_SECONDS)

    def figures(self) -> tuple[list[CameOut], dict[str, Any]]:
        """The acceptance figures, and all figures by scheme."""
        known = schemes.load()
        answers = figures.ask(self.services.urls["outcomes"], known)
        events = self.watch.events_of_schemes()
        events |= {s.id: self.watch.events_on("fit-notes-counted") for s in known.values() if s.about == "aggregate"}
        told = {
            scheme.id: {"title": scheme.title, "events": events.get(scheme.id, 0), "figures": answers[scheme.id]}
            for scheme in known.values()
        }
        return figures.compared(answers, events), told

    def _look(self, last: Standing) -> Standing:
        try:
            return self.watch.look()
        except PyMongoError:
            return last

    def _say_new_figures(self, seen: set[str]) -> None:
        missing = {expected.scheme for expected in published.to_come_out() if expected.id not in seen}
        for figure in figures.compared(figures.ask(self.services.urls["outcomes"], sorted(missing)), {}):
            wanted = figure.expected
            if wanted.id not in seen and figure.is_right and wanted.measure[:4] != "cost":
                seen.add(wanted.id)
                self.screen.say(f"{figure.reads} {wanted.what} ({wanted.scheme}; published: {wanted.published})")


@contextmanager
def brought_up(wishes: Wishes, screen: Screen) -> Iterator[Demo]:
    """Kafka, MongoDB, partners, the five services and the board; all of it ends with the block."""
    with ExitStack() as ends:
        stack = ends.enter_context(localstack.start(wishes.name, owner_pid=os.getpid(), ephemeral=True, say=screen.say))
        settings = ServiceSettings(kafka_url=stack.kafka_url, mongo_url=stack.mongo_url, http_port=0)
        telling = Telling(schemes=schemes.load(), register=register.load(), seed=wishes.seed, yearly=True)
        speaker = Speaker(settings, telling, wishes.share)
        partner.register(speaker.partners, Registry(settings))
        register_canary(settings)
        screen.say(f"{len(speaker.partners)} partners are registered; starting the services")
        services = ends.enter_context(start_services(stack, names=(*SERVICES, BOARD), supervised=True, say=screen.say))
        urls = {f"{name.upper()}_URL": url for name, url in services.urls.items()}
        stack.record({"DASHBOARD_URL": services.urls["outcomes"], **urls})
        screen.say(f"{', '.join(services.urls)} are ready; logs in {stack.known.folder}")
        watch = ends.enter_context(Watch(settings))
        ends.callback(speaker.stop)
        yield Demo(stack, settings, services, speaker, watch, screen, StaffRegistry(settings).token_of("demo"))


def tell(demo: Demo, wishes: Wishes) -> list[CameOut]:
    """Let it be told, show what came out, write it down, publish it; returns the figures that are wrong."""
    standing = demo.settle()
    demo.screen.quiet()
    came_out, told = demo.figures()
    demo.screen.table(came_out)
    write(wishes.output, came_out, told)
    if not standing.settled:
        hint = f"Look into the logs in {demo.stack.known.folder}."
        raise Missing(f"It did not settle: {standing.waiting} wait, {standing.behind} are not counted.", hint)
    address = demo.services.urls["outcomes"]
    for release in release_all(demo.settings, demo.screen.say):
        demo.screen.say(f"read it at {address}/?release={release.id}, and at {address}/releases/{release.id}.json")
    return [figure for figure in came_out if not figure.is_right]


def write(output: Path, came_out: list[CameOut], told: dict[str, Any]) -> None:
    """Results for machines."""
    output.parent.mkdir(parents=True, exist_ok=True)
    content = {"figures": [figure.as_json() for figure in came_out], "schemes": told}
    output.write_text(json.dumps(content, indent=2) + "\n")


def where_to_look(demo: Demo) -> list[str]:
    """Lines that say how to join."""
    kafka, mongo = demo.stack.kafka_url, demo.stack.mongo_url
    topic = "receipts.james-wigg-practice"
    return [
        f"Pages      {demo.services.urls['outcomes']}/",
        f"Staff      {demo.services.urls['outcomes']}/staff; sign in with {demo.staff_token}",
        f"Board      {demo.services.urls[BOARD]}/board",
        f"Receipts   kcat -b {kafka} -C -t {topic} -o -5 -e",
        'Journeys   python -c "import pymongo; '
        f"print(pymongo.MongoClient('{mongo}').footing_outcomes.journeys.find_one())\"",
        f'Shell      eval "$(.venv/bin/footing env --name {demo.stack.name})"',
    ]
