"""Speaks through the door: batches of CloudEvents over HTTP with each partner's token."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import httpx

from contracts.codec import STRUCTURED
from ops.errors import Missing
from ops.simulator.pace import Pace
from ops.simulator.wire import Said, structured

BATCH: Final = "application/cloudevents-batch+json"
_BATCH_EVENTS: Final = 100
_PATIENCE_SECONDS: Final = 60.0
_COME_AGAIN: Final = (httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS)


def send(
    records: Iterable[Said], door_url: str, tokens: Mapping[str, str], rate: float | None, heard: Callable[[], None]
) -> int:
    """Post what HTTP can say, in batches a partner; `heard` is called for each event that the door answered.

    Returns how many were posted: a record without a key, without a value or with bytes that are no JSON cannot be
    said here. Raises `Missing` if the door does not take the batches.
    """
    pace, count = Pace(rate), 0
    held: dict[str, list[bytes]] = defaultdict(list)
    with httpx.Client(base_url=door_url, timeout=30) as client:
        for record in records:
            event = as_event(record)
            if event is None:
                continue
            time.sleep(pace.early())
            batch = held[record.partner]
            batch.append(event)
            count += 1
            if len(batch) == _BATCH_EVENTS:
                _post(client, tokens[record.partner], held.pop(record.partner), heard)
        for partner, batch in held.items():
            _post(client, tokens[partner], batch, heard)
    return count


def as_event(record: Said) -> bytes | None:
    """The record as one event of a batch; None if HTTP cannot say it."""
    try:
        given = {name[3:]: value.decode() for name, value in record.headers if name.startswith("ce_")}
        parsed = json.loads(record.value or b"")
    except ValueError:
        return None
    if not isinstance(parsed, dict):
        return None
    if (b"content-type", STRUCTURED.encode()) in ((name.encode(), value) for name, value in record.headers):
        return record.value
    if record.key is None or record.key.decode() != given.get("subject"):
        return None
    return structured(given, record.value or b"")


def _post(client: httpx.Client, token: str, events: list[bytes], heard: Callable[[], None]) -> None:
    headers = {"authorization": f"Bearer {token}", "content-type": BATCH}
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            answer = client.post("/events", content=b"[" + b",".join(events) + b"]", headers=headers)
        except httpx.HTTPError as error:
            raise Missing(f"The door does not answer: {type(error).__name__}.", "Look at DOOR_URL.") from None
        if answer.status_code not in _COME_AGAIN or time.monotonic() > until:
            break
        time.sleep(float(answer.headers.get("retry-after", "1")))
    if not answer.is_success:
        raise Missing(f"The door answered {answer.status_code} to a batch.", "See the door's log for the reason.")
    for _ in events:
        heard()
