"""A real broker behind a proxy, killed and started again on the same data and ports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ops.localstack import kafka, ports
from recovery.parts.hanging import Breakable
from recovery.parts.members import Started
from recovery.parts.proxy import Proxy

NAME: Final = "kafka"


@dataclass
class Broker(Breakable):
    """Clients that come by the proxy are told the proxy's port; `direct_url` has a listener of its own."""

    layout: kafka.Layout
    direct_port: int
    proxy: Proxy
    java: Sequence[str]
    started: Started

    @property
    def url(self) -> str:
        """By the proxy."""
        return f"{ports.HOST}:{self.proxy.port}"

    @property
    def direct_url(self) -> str:
        """Past the proxy, also after discovery."""
        return f"{ports.HOST}:{self.direct_port}"

    def start(self) -> None:
        """Start it, on the data that it left. It does not answer yet."""
        self.process = kafka.start(self.layout, self.java, self._settings())
        self.started(NAME, self.process)

    def await_ready(self) -> None:
        """Wait until it answers."""
        assert self.process is not None
        kafka.await_ready(self.layout, self.process)

    def _settings(self) -> dict[str, str]:
        listeners = {
            "PLAINTEXT": self.layout.port, "DIRECT": self.direct_port, "CONTROLLER": self.layout.controller_port,
        }  # fmt: skip
        return {
            "listeners": ",".join(f"{name}://{ports.HOST}:{port}" for name, port in listeners.items()),
            "advertised.listeners": f"PLAINTEXT://{self.url},DIRECT://{self.direct_url}",
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
            "inter.broker.listener.name": "DIRECT",
            "group.min.session.timeout.ms": "1000",  # so that a killed service's partitions are taken over soon
        }
