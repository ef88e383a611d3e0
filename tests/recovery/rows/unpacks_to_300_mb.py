"""A value of 300 MB of zeros, gzipped to some hundred kilobytes, in an inbox that was made to take it."""

import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)

from recovery.ledger import Acknowledged
from recovery.row import Injected, Row
from recovery.world import World

_INBOX: Final = "inbox.acme.session-held"
_MOST_MEGABYTES: Final = 256
_SEND: Final = """
import sys, confluent_kafka
settings = {"bootstrap.servers": sys.argv[1], "compression.codec": "gzip", "message.max.bytes": 10**9}
producer = confluent_kafka.Producer(settings)
producer.produce(sys.argv[2], bytes(300 * 2**20), b"bomb", partition=0,
                 on_delivery=lambda error, message: print("no" if error else message.offset()))
producer.flush(60)
"""


def run(world: World, chance: Random, times: int) -> Injected:
    """The case service must stay alive and small, and go on with what comes behind it."""
    injected = Injected()
    _compression(world, "producer")
    try:
        with world.load(rate=40):
            while injected.number < times:
                life = world.lives.of("case")
                offset = int(_sent(world))
                world.ledger.add([Acknowledged("acme", "session-held", "", "", ("parked",), False, _INBOX, 0, offset)])
                world.note(f"300 MB stand at offset {offset}")
                world.until(partial(_is_past, world, offset), "the case service is past it")
                injected.faults["values that unpack to 300 MB"] += 1
                if world.lives.of("case") is not life or (peak := _peak(life.pid)) >= _MOST_MEGABYTES:
                    injected.violations.append("the case service died of it, or grew beyond 256 MB")
                else:
                    world.note(f"the case service took {peak} MB at most")
    finally:
        _compression(world, "uncompressed")
    return injected


def _sent(world: World) -> str:
    """In a process of its own, which takes the memory with it."""
    command = [sys.executable, "-c", _SEND, world.stage.direct_kafka_url, _INBOX]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=90).stdout.strip()


def _is_past(world: World, offset: int) -> bool:
    row = world.database("case").positions.find_one({"_id": f"gate/{_INBOX}/0"})
    return row is not None and row["next"] > offset


def _peak(pid: int) -> int:
    """Megabytes that were resident at most."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


def _compression(world: World, kind: str) -> None:
    admin = AdminClient({"bootstrap.servers": world.stage.direct_kafka_url})
    entry = ConfigEntry("compression.type", kind, incremental_operation=AlterConfigOpType.SET)
    [done] = admin.incremental_alter_configs([ConfigResource("topic", _INBOX, incremental_configs=[entry])]).values()
    done.result()


ROW = Row("unpacks-to-300-mb", "a value that unpacks to 300 MB; worker under 256 MB", run, short=0, long=3)
