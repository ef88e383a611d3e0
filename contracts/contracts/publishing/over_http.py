"""The way in through the door. Needs httpx: `footing-contracts[http]`."""

import asyncio
import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import httpx

from contracts.envelope import Event, Record
from contracts.publishing.fates import Fate, NoAnswer, NotAllowed, NotTaken
from contracts.publishing.publisher import ANSWER_SECONDS, Publisher

_VISIBLE: Final = (
    "".join(map(chr, range(0x21, 0x7F))).replace("%", "").replace('"', "")
)  # as CloudEvents over HTTP has it
_COME_AGAIN: Final = frozenset({429, 502, 503, 504})
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 5.0


class HttpPublisher(Publisher):
    """Publishes by `POST /events` and asks `GET /events/{id}` for the fate.

    Comes again, as `Retry-After` says, where the door is busy or away. `options` go to `httpx.AsyncClient`.
    """

    def __init__(
        self,
        door_url: str,
        *,
        partner: str,
        token: str,
        system: str | None = None,
        answer_seconds: float = ANSWER_SECONDS,
        **options: Any,
    ) -> None:
        super().__init__(partner, system=system, answer_seconds=answer_seconds)
        headers = {"authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(base_url=door_url, headers=headers, **options)

    async def fate_of(self, event: Event[Any]) -> Fate | None:
        """What the door tells of the event."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer = await self._asked(event, "GET", f"/events/{event.id}", params={"type": event.type})
        except TimeoutError:
            raise NoAnswer(event, "the door does not answer") from None
        return None if answer.status_code == httpx.codes.NOT_FOUND else _fate(event, answer)

    async def send(self, event: Event[Any], record: Record) -> Fate:
        """Post the record in binary mode; the door makes the key of its subject."""
        headers = {name.replace("_", "-"): quote(value or b"", safe=_VISIBLE) for name, value in record.headers}
        answer = None
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer = await self._asked(event, "POST", "/events", content=record.value or b"", headers=headers)
                if answer.status_code != httpx.codes.ACCEPTED:
                    return _refusal(event, answer)
                return await self._answered(event)
        except TimeoutError:
            if answer is None:
                raise NotTaken(event, "the door took nothing in time") from None
            raise NoAnswer(event, "it is in the inbox, and no gate has answered yet") from None

    async def _answered(self, event: Event[Any]) -> Fate:
        for pause in _pauses():
            answer = await self._asked(event, "GET", f"/events/{event.id}", params={"type": event.type})
            if answer.is_success and (fate := _fate(event, answer)).fate != "received":
                return fate
            await asyncio.sleep(pause)
        raise AssertionError  # pauses have no end

    async def _asked(self, event: Event[Any], method: str, path: str, **request: Any) -> httpx.Response:
        """The first answer that is one. Whoever asks bounds the time."""
        for pause in _pauses():
            try:
                answer = await self._client.request(method, path, **request)
            except httpx.TransportError:
                await asyncio.sleep(pause)
                continue
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                raise NotAllowed(event, "the door knows no partner by this token")
            if answer.status_code not in _COME_AGAIN:
                return answer
            await asyncio.sleep(_retry_after(answer) or pause)
        raise AssertionError  # pauses have no end

    async def _open(self) -> None:
        await self._client.__aenter__()

    async def _close(self) -> None:
        await self._client.aclose()


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause * random.uniform(0.5, 1.5)  # noqa: S311  so that many do not come again together
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _retry_after(answer: httpx.Response) -> float:
    """The seconds that the door asks for; 0 if it does not say, or says a date."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else 0.0


def _refusal(event: Event[Any], answer: httpx.Response) -> Fate:
    """A refusal by the door is the answer itself."""
    said = _json(answer)
    if not answer.is_client_error or "code" not in said:
        raise NotTaken(event, f"the door answered {answer.status_code}")
    return Fate(event.id, "refused", said["code"], said.get("field"), said.get("expected"))


def _fate(event: Event[Any], answer: httpx.Response) -> Fate:
    said = _json(answer)
    if "fate" not in said:
        raise NoAnswer(event, f"the door answered {answer.status_code}")
    at = datetime.fromisoformat(said["at"]) if "at" in said else None
    return Fate(event.id, said["fate"], said.get("reason"), said.get("field"), said.get("expected"), at)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
