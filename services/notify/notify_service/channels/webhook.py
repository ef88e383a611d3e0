"""HTTP POST, signed as Standard Webhooks says: `webhook-id`, `webhook-timestamp`, `webhook-signature`."""

import json
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from notify_service.channels.channel import Undelivered
from notify_service.domain import Notice
from notify_service.settings import Address, NotifySettings


class WebhookChannel:
    """One pool of connections for all recipients; no redirect is followed: the address was given to us."""

    def __init__(self, settings: NotifySettings) -> None:
        self._client = httpx.AsyncClient(timeout=settings.notify_attempt_seconds, follow_redirects=False)

    async def send(self, notice: Notice, address: Address) -> None:
        """Post `{type, data}`. Any 2xx is a delivery. The answer's body is not read: it may be of any size."""
        # no time of the fact in it: the table says where a date may be told
        body = json.dumps({"type": notice.cell.what, "data": notice.data}, separators=(",", ":"))
        headers = _signed(notice.id, body, address.secret.get_secret_value(), datetime.now(UTC))
        try:
            async with self._client.stream("POST", address.address, content=body.encode(), headers=headers) as answer:
                if not answer.is_success:
                    raise Undelivered(f"http_{answer.status_code}")
        except httpx.TimeoutException:
            raise Undelivered("timeout") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Undelivered("connection") from None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _signed(message_id: str, body: str, secret: str, at: datetime) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body),
    }
