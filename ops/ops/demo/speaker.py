"""Says the scenarios of the demo, one after the other, in a thread of its own."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from ops.simulator import to_kafka
from ops.simulator.partner import SimulatedPartner
from ops.simulator.scenarios import SCENARIOS
from ops.simulator.telling import Scenario, Telling
from ops.simulator.wire import Said
from servicekit.settings import ServiceSettings

# The one with the first figures comes first, the largest last.
ORDER: Final = ("james-wigg", "surgeries", "fit-for-work-2010", "workwell-2025", "fit-notes", "roll-out-2008")
WHOLE: Final = ("james-wigg", "surgeries", "fit-notes")
BEGUN: Final = ("roll-out-2008",)  # everybody is referred and seen, as its figures need; a share is followed up


@dataclass
class Speaker:
    """`sent` events are with Kafka. `share` of all people are told of where not the whole is told."""

    settings: ServiceSettings
    telling: Telling
    share: float
    sent: int = 0
    saying: str = ""
    failed: BaseException | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def partners(self) -> tuple[SimulatedPartner, ...]:
        """The partners who will speak."""
        return tuple(partner for name in ORDER for partner in SCENARIOS[name].partners)

    @property
    def speaks(self) -> bool:
        """Whether there is more to say."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin to speak."""
        self._thread = threading.Thread(target=self._speak, name="speaker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Say nothing more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _speak(self) -> None:
        try:
            for name in ORDER:
                self.saying = SCENARIOS[name].title
                to_kafka.send(self._records(SCENARIOS[name]), self.settings, None, self._heard)
        except BaseException as failure:  # told in the main thread
            self.failed = failure
        self.saying = ""

    def _records(self, scenario: Scenario) -> Iterator[Said]:
        sliced = self.telling.sliced(self.share, beginnings=scenario.name in BEGUN)
        told = scenario.tell(self.telling if scenario.name in WHOLE else sliced)
        return takewhile(lambda _: not self._stopping.is_set(), told)

    def _heard(self) -> None:
        self.sent += 1
