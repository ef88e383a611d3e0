"""What an accepted event is counted in. The outcomes service keeps the read models: it is asked, over its own API."""

from collections.abc import Mapping
from typing import Any, Final

import httpx

from contracts.topics import EVENT_TYPES, inbox_parts

_PATIENCE_SECONDS: Final = 2.0  # the fate is known: nobody waits long for the rest
NOT_ACCEPTED: Final = {"code": "not_accepted", "text": "Only accepted events are counted."}
NOT_KNOWN_NOW: Final = {"code": "not_known_now", "text": "The read models do not answer just now: ask again."}


def which(answer: Mapping[str, Any], partner: str) -> dict[str, str]:
    """What the read models know an accepted event by: its identity, what it is about, the topic that it went by."""
    inbox = inbox_parts(answer["place"].rsplit("/", 2)[0])
    return {
        "partner": partner,
        "type": EVENT_TYPES[answer["type"]].event,
        "id": answer["event_id"],
        "subject": answer["referral_id"],
        "topic": inbox[1] if inbox else "",
    }


class Outcomes:
    """The outcomes service as the door sees it, at `url`; `token`, if any, is the secret that it asks for."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url
        self._says = {"Authorization": f"Bearer {token}"} if token else {}
        self._http: httpx.AsyncClient | None = None

    async def added_to(self, answer: Mapping[str, Any], partner: str) -> dict[str, Any]:
        """The answer about a partner's event with `projected`, `counted_in` and, if that is nothing, `not_counted`."""
        if answer["fate"] != "accepted":
            return {**answer, "projected": None, "counted_in": [], "not_counted": NOT_ACCEPTED}
        return {**answer, **await self._came_of(answer, partner)}

    async def _came_of(self, answer: Mapping[str, Any], partner: str) -> dict[str, Any]:
        if self._http is None:
            self._http = httpx.AsyncClient(base_url=self._url, headers=self._says, timeout=_PATIENCE_SECONDS)
        try:
            said = await self._http.get("/api/counted-in", params=which(answer, partner))
            said.raise_for_status()
            came_of: dict[str, Any] = said.json()
        except (httpx.HTTPError, ValueError):
            return {"projected": None, "counted_in": [], "not_counted": NOT_KNOWN_NOW}
        return came_of

    async def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            await self._http.aclose()
