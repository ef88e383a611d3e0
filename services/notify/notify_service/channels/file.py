"""JSON lines, one file a recipient: for a demonstration, and for trying out who is told what."""

import asyncio
import json
from pathlib import Path

from notify_service.channels.channel import Undelivered
from notify_service.domain import Notice
from notify_service.settings import Address, NotifySettings


class FileChannel:
    """Appends below one folder; nothing is ever written beside it."""

    def __init__(self, settings: NotifySettings) -> None:
        self._folder = settings.notify_folder

    async def send(self, notice: Notice, address: Address) -> None:
        """Append one line `{id, type, data}`."""
        line = json.dumps({"id": notice.id, "type": notice.cell.what, "data": notice.data}) + "\n"
        name = (address.address or notice.queue).replace("/", "-")
        try:
            await asyncio.to_thread(_append, self._folder / f"{name}.jsonl", line)
        except OSError as error:
            raise Undelivered(f"file_{error.errno}") from None

    async def close(self) -> None:
        """Nothing stays open."""


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(line)
