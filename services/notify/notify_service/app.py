"""Puts the notify service together: one loop that listens, and beside it what sends."""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from notify_service.channels.channel import Channel, Undelivered
from notify_service.channels.file import FileChannel
from notify_service.channels.smtp import SmtpChannel
from notify_service.channels.webhook import WebhookChannel
from notify_service.domain import Referral
from notify_service.handlers import HEARS, Known
from notify_service.settings import NotifySettings, Recipients
from notify_service.store import NOTIFICATIONS, REFERRALS, STARTS, Cancelling, Notifications
from servicekit.days import day_of, start_of
from servicekit.loop import Loop
from servicekit.running import Running, Service
from servicekit.tending import end

CHANNELS: Final[dict[str, Callable[[NotifySettings], Channel]]] = {
    "webhook": WebhookChannel,
    "smtp": SmtpChannel,
    "file": FileChannel,
}


def build(given: NotifySettings | None = None) -> Service:
    """The service, ready to run. Raises `RecipientsWrong`."""
    settings = given or NotifySettings()
    recipients = settings.recipients()
    loop = Loop(
        name="telling",
        hears=HEARS,
        document=Referral,
        collection=REFERRALS,
        known=Known(settings.notify_oldest_days),
        companion=Cancelling(settings.notify_oldest_days),
        remembers=False,
    )

    async def preparing(running: Running) -> None:
        await Notifications(running.database).prepare()
        for name in CHANNELS:  # from 0 on: of a counter that appears with its first count, that count is not seen
            running.metrics.attempts.labels(name, "gave_up")

    async def sending(running: Running) -> None:
        channels: dict[str, Channel] = {name: channel(settings) for name, channel in CHANNELS.items()}
        try:
            await Sender(running, settings, recipients, channels).run()
        finally:
            for channel in channels.values():
                await channel.close()

    return Service(
        "notify",
        settings,
        loops=(loop,),
        background=(sending,),
        stores=(NOTIFICATIONS, STARTS),
        prepare=(preparing,),
        measures=(owed_and_failing,),
    )


async def owed_and_failing(running: Running) -> None:
    """How many notifications are owed, and how old the oldest is that was attempted in vain."""
    pending, oldest = await Notifications(running.database).owed()
    running.metrics.notifications_pending.set(pending)
    age = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    running.metrics.notifications_failing.set(age)


class Sender:
    """Works off what is due, one task a queue: a recipient that is slow or away keeps only itself waiting."""

    def __init__(
        self,
        running: Running,
        settings: NotifySettings,
        recipients: Recipients,
        channels: Mapping[str, Channel],
    ) -> None:
        self._running, self._settings, self._recipients, self._channels = running, settings, recipients, channels
        self._store = Notifications(running.database)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        # longer than an attempt can last, so that no other process takes up what this one is sending
        self._lease = timedelta(seconds=3 * settings.notify_attempt_seconds + 30)
        self._first_start = datetime.max.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Until the service stops: see what is due, and have somebody work at each queue."""
        self._first_start = await self._store.first_start()
        try:
            while await self._running.sleep(self._settings.notify_poll_seconds):
                for queue in [queue for queue, task in self._tasks.items() if task.done()]:
                    self._tasks.pop(queue).result()  # an outage of MongoDB goes through: the service begins anew
                for queue in await self._store.queues_due():
                    if queue not in self._tasks:
                        self._tasks[queue] = asyncio.create_task(self._work_off(queue))
        finally:
            await end(*self._tasks.values())  # what was being sent is sent again: at least once

    async def _work_off(self, queue: str) -> None:
        """Attempt everything due in this queue, one after the other; after failures in a row ever more slowly."""
        failures = 0
        while not self._running.stopping.is_set() and (row := await self._store.take(queue, self._lease)):
            failures = 0 if await self._attempt(row) else failures + 1
            if failures:
                await self._running.sleep(self._pause(failures))

    async def _attempt(self, row: dict[str, Any]) -> bool:
        """Attempt one notification, in the trace of what it tells of; False if its recipient did not take it."""
        if self._running.tracing is None:
            return await self._attempted(row)
        with self._running.tracing.of_notification(row.get("traceparent"), row["attempts"]):
            return await self._attempted(row)

    async def _attempted(self, row: dict[str, Any]) -> bool:
        """Send it if it may be sent now."""
        notice = await self._store.notice(row, self._settings.notify_oldest_days)
        now = datetime.now(UTC)
        if notice is None:
            return await self._ended(row, "cancelled")
        if row["accepted_at"] < self._first_start:
            return await self._ended(row, "before_start")
        if notice.not_before > day_of(now):
            await self._store.again(row, start_of(notice.not_before))
            return True
        address = self._recipients.address_of(notice)
        if address is None:
            return await self._ended(row, "no_address")
        try:
            await self._channels[address.channel].send(notice, address)
        except Undelivered as failure:
            await self._failed(row, address.channel, failure.reason, now)
            return False
        await self._store.sent(row)
        self._count(row, address.channel, "sent")
        return True

    async def _ended(self, row: dict[str, Any], state: str) -> bool:
        await self._store.ended(row, state)
        self._count(row, "none", state)
        return True

    async def _failed(self, row: dict[str, Any], channel: str, reason: str, now: datetime) -> None:
        if now - row["accepted_at"] > timedelta(days=self._settings.notify_give_up_days):
            await self._store.ended(row, "gave_up")
            self._count(row, channel, "gave_up")
            return
        pause = timedelta(seconds=self._pause(row["attempts"]))
        await self._store.again(row, datetime.now(UTC) + pause, reason)
        self._count(row, channel, "failed", reason=reason)

    def _pause(self, failures: int) -> float:
        """Doubled with each failure up to the longest, with jitter, so that a recipient that is back is not stormed."""
        longest, first = self._settings.notify_longest_pause_seconds, self._settings.notify_first_pause_seconds
        return float(min(longest, first * 2 ** min(failures - 1, 20)) * random.uniform(0.5, 1.0))  # noqa: S311

    def _count(self, row: dict[str, Any], channel: str, result: str, **why: str) -> None:
        self._running.metrics.attempts.labels(channel, result).inc()
        if self._running.tracing is not None:
            self._running.tracing.told(channel, result, why.get("reason"))
        self._running.log.info(
            "told", recipient=row["recipient"], what=row["what"], channel=channel, result=result, **why
        )
