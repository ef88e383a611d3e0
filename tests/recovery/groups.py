"""Lets a consumer group know that a killed member is gone, as its session's end would, only sooner."""

import asyncio
import threading
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.group import LeaveGroupRequest

GROUPS: Final = {
    "referral": ("footing-referral-gate",),
    "case": ("footing-case-gate",),
    "outcomes": ("footing-outcomes-gate", "footing-outcomes-projector"),
    "notify": ("footing-notify-telling",),
    "door": ("footing-door-fates",),
}
_MOST_SECONDS: Final = 3.0


class Groups:
    """An event loop of its own, for calls from any thread. Where Kafka is away a session ends as it does."""

    def __init__(self, kafka_url: str) -> None:
        self._kafka_url = kafka_url
        self._loop = asyncio.new_event_loop()
        self._admin: AIOKafkaAdminClient | None = None
        self._opening = asyncio.Lock()
        self._thread = threading.Thread(target=self._loop.run_forever, name="groups", daemon=True)
        self._thread.start()

    def let_go(self, service: str) -> int:
        """Take all members out of the service's groups, who must all be dead. Gives how many there were."""
        try:
            return asyncio.run_coroutine_threadsafe(self._let_go(service), self._loop).result(_MOST_SECONDS)
        except (KafkaError, OSError, TimeoutError):
            return 0

    def close(self) -> None:
        """End."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_MOST_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _let_go(self, service: str) -> int:
        admin, gone = await self._open(), 0
        for group in GROUPS[service]:
            coordinator = await admin.find_coordinator(group)
            for answer in await admin.describe_consumer_groups([group], coordinator):
                for described in answer.groups:
                    for member in described[5]:
                        await admin._send_request(LeaveGroupRequest(group, member[0]), coordinator)
                        gone += 1
        return gone

    async def _open(self) -> AIOKafkaAdminClient:
        async with self._opening:
            if self._admin is None:
                admin: Any = AIOKafkaAdminClient(bootstrap_servers=self._kafka_url, request_timeout_ms=2000)
                await admin.start()
                self._admin = admin
            return self._admin

    async def _close(self) -> None:
        if self._admin is not None:
            await self._admin.close()
