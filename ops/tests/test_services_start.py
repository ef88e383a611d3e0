"""The five services as processes: ready, killed, brought back, and gone at the end."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ops.errors import Missing
from ops.localstack import Stack
from ops.services import Services, start_services

SOON = {"SESSION_TIMEOUT_MS": "2000"}  # so that the group lets go soon of a member that was killed


@pytest.fixture
def services(real_parts: Stack, unique_names: Any) -> Iterator[Services]:
    """Two of the services, in databases of this test's own."""
    with start_services(
        real_parts,
        names=("referral", "case"),
        environment={"DATABASE_PREFIX": f"{unique_names.prefix}_", **SOON},
        supervised=False,
    ) as started:
        yield started


def test_a_killed_service_comes_back_at_its_address_and_all_end(services: Services) -> None:
    url, before = services.urls["case"], services.pid("case")
    services.kill("case")
    assert not psutil.pid_exists(before)
    services.restart("case")
    assert services.urls["case"] == url
    after = services.pid("case")
    assert after != before
    services.stop()
    assert not psutil.pid_exists(after)
    assert not psutil.pid_exists(services.pid("referral"))


def test_a_supervised_service_comes_back_by_itself(real_parts: Stack, unique_names: Any) -> None:
    said: list[str] = []
    with start_services(
        real_parts,
        names=("case",),
        environment={"DATABASE_PREFIX": f"{unique_names.prefix}_", **SOON},
        supervised=True,
        say=said.append,
    ) as services:
        before = services.pid("case")
        services.kill("case")
        services.await_ready()
        assert services.pid("case") != before
        assert said == [f"the case service ended ({-signal.SIGKILL}); started again"]


def test_a_service_that_cannot_start_is_told_with_the_end_of_its_log(real_parts: Stack) -> None:
    with pytest.raises(Missing) as missing:
        start_services(real_parts, names=("case",), environment={"BATCH_RECORDS": "none"})
    assert missing.value.message == "The case service ended while it started."
    assert "batch_records" in missing.value.hint


def test_a_service_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    (tmp_path / "lingers_service").mkdir()
    (tmp_path / "lingers_service" / "__main__.py").write_text(
        "import signal\nprint('up', flush=True)\nsignal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "ops.leash", "lingers_service"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline() == b"up\n"
        child.stdin.close()  # as the kernel does when the parent dies
        assert child.wait(10) == -signal.SIGTERM
