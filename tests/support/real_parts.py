"""Real Kafka and MongoDB for tests: one fresh stack for a whole run, started by the first test that asks for it."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ops import localstack


@dataclass(frozen=True)
class UniqueNames:
    """Names that no other test uses, so that tests share one broker and one database server without meeting.

    `database("outcomes")` and `topic("referral-made")` put the prefix in front; `prefix` itself is lower-case letters
    and digits, fit for a group id too.
    """

    prefix: str

    def database(self, name: str) -> str:
        """Return the name of a database of this test."""
        return f"{self.prefix}_{name}"

    def topic(self, name: str) -> str:
        """Return the name of a topic of this test."""
        return f"{self.prefix}.{name}"


@pytest.fixture(scope="session")
def real_parts(request: pytest.FixtureRequest) -> Iterator[localstack.Stack]:
    """Kafka and MongoDB of this test run; they end with it, however it ends."""
    plugins = request.config.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(line)

    with localstack.start(
        f"tests-{os.getpid()}",
        owner_pid=os.getpid(),
        ephemeral=True,
        say=say,
        kafka_settings={"group.min.session.timeout.ms": "1000"},  # a test that kills need not wait for the default
    ) as stack:
        yield stack


@pytest.fixture(scope="session")
def kafka_url(real_parts: localstack.Stack) -> str:
    """Address of a real broker, `host:port`."""
    return real_parts.kafka_url


@pytest.fixture(scope="session")
def mongo_url(real_parts: localstack.Stack) -> str:
    """Connection string of a real MongoDB, a replica set."""
    return real_parts.mongo_url


@pytest.fixture
def unique_names() -> UniqueNames:
    """Prefixes for the topics and databases of one test."""
    return UniqueNames(f"t{uuid.uuid4().hex[:10]}")
