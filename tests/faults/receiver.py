"""Whoever is told by notify: a small HTTP server on loopback, which takes what it is sent, or fails."""

import base64
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ops.localstack import ports


class Receiver(ThreadingHTTPServer):
    """Fails while `is_broken`; counts what it took."""

    daemon_threads = True
    is_broken = False
    taken = 0


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Any = self.server
        self.rfile.read(int(self.headers.get("content-length", 0)))
        receiver.taken += not receiver.is_broken
        self.send_response(500 if receiver.is_broken else 204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: what notify logs is what the page looks at."""


@contextmanager
def running() -> Iterator[Receiver]:
    """The server, until the block ends."""
    with Receiver((ports.HOST, 0), _Answers) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        try:
            yield receiver
        finally:
            receiver.shutdown()


def settings(receiver: Receiver, folder: Path) -> dict[str, str]:
    """How notify is told of it: everybody is reached there, and it is tried again soon."""
    folder.mkdir(parents=True)
    secret, recipients = folder / "secret", folder / "recipients.yaml"
    secret.write_text(f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}\n")
    address = f"http://{ports.HOST}:{receiver.server_address[1]}/"
    recipients.write_text(f"recipients:\n  - {{channel: webhook, address: '{address}', secret_file: '{secret}'}}\n")
    return {
        "NOTIFY_RECIPIENTS": str(recipients),
        "NOTIFY_FIRST_PAUSE_SECONDS": "1",
        "NOTIFY_LONGEST_PAUSE_SECONDS": "5",
    }
