"""Delivering what is in the outbox, beside the requests; every replica does it.

Whoever dies in the middle leaves a lease that ends: another sends the message again, under the same
id.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable

from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.settings import WebhookSettings
from serve_app.webhooks.outbox import ClaimedDelivery, Outbox
from serve_app.webhooks.schedule import wait_s
from serve_app.webhooks.sender import Attempt, Sender

log = logging.getLogger(__name__)

#: The outbox is looked into so often; at once after this replica has written to it.
_INTERVAL_S = 1.0
#: Beyond the attempt itself, for noting how it ended.
_LEASE_MARGIN_S = 45.0
_HOUSEKEEPING_S = 3_600.0
_CANCEL_TIMEOUT_S = 2.0


class WebhookDelivery:
    """Claims, sends and notes; attempts run side by side, within bounds for each workspace.

    Attributes:
        delivered, failed_attempts: how many there were since the start.
    """

    def __init__(
        self,
        outbox: Outbox,
        sender: Sender,
        settings: WebhookSettings,
        *,
        wait_after: Callable[[int, float], float] = wait_s,
    ) -> None:
        """Not begun.

        Args:
            outbox: where the messages are.
            sender: closed with the delivery.
            settings: how many attempts at a time.
            wait_after: seconds to the next attempt, after so many failures and what the receiver
                asked for.
        """
        self._wait_after = wait_after
        self._outbox = outbox
        self._sender = sender
        self._settings = settings
        self._attempts: set[asyncio.Task[None]] = set()
        self._in_flight: Counter[int] = Counter()
        self._wake = asyncio.Event()
        self._cleaned_at = 0.0
        self.delivered = 0
        self.failed_attempts = 0
        self._task = BackgroundTask("The delivery of webhooks", self._run)

    def start(self) -> None:
        """Begin; to be called inside the event loop."""
        self._task.start()

    def wake(self) -> None:
        """Look into the outbox now: something was written to it."""
        self._wake.set()

    async def close(self) -> None:
        """Stop; attempts in flight are given a moment, and tried again by others after that."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=_CANCEL_TIMEOUT_S)
        for attempt in self._attempts:
            attempt.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)
        await self._sender.close()

    async def run_once(self) -> int:
        """Begin with the attempts that are due and that there is room for; how many.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        room = self._settings.concurrency - len(self._attempts)
        if room <= 0:
            return 0
        claimed = await self._outbox.claim(
            room,
            of_workspace=self._settings.workspace_concurrency,
            in_flight=dict(self._in_flight),
            lease_s=self._settings.timeout_s + _LEASE_MARGIN_S,
        )
        for delivery in claimed:
            self._begin(delivery)
        return len(claimed)

    def _begin(self, delivery: ClaimedDelivery) -> None:
        self._in_flight[delivery.workspace] += 1
        attempt = asyncio.get_running_loop().create_task(self._deliver(delivery))
        self._attempts.add(attempt)

        def end(ended: asyncio.Task[None]) -> None:
            self._attempts.discard(ended)
            self._in_flight[delivery.workspace] -= 1
            self._in_flight += Counter()  # drops those with none
            self._wake.set()  # there is room again

        attempt.add_done_callback(end)

    async def _deliver(self, delivery: ClaimedDelivery) -> None:
        # The lease ends, and it is sent again; one message must not end the others.
        with until_next_time(log, "A webhook could not be delivered"):
            attempt = await self._attempt(delivery)
            wait = None
            if not (attempt.delivered or attempt.final):
                wait = self._wait_after(delivery.failures + 1, attempt.retry_after_s)
            await self._outbox.note(delivery, attempt, wait_s=wait)
            self.delivered += attempt.delivered
            self.failed_attempts += not attempt.delivered

    async def _attempt(self, delivery: ClaimedDelivery) -> Attempt:
        if delivery.disabled:
            return Attempt(False, reason=f"Disabled: {delivery.disabled}", final=True)
        return await self._sender.send(delivery.message)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            with until_next_time(log, "The outbox of webhooks could not be read"):
                await self.run_once()
                await self._clean()
            try:
                async with asyncio.timeout(_INTERVAL_S):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _clean(self) -> None:
        if time.monotonic() - self._cleaned_at > _HOUSEKEEPING_S:
            self._cleaned_at = time.monotonic()
            await self._outbox.delete_old()
