"""The keys in force in the memory of a replica: a request is authenticated without a query.

Postgres tells all replicas of a change (NOTIFY). While it cannot be asked, the keys last read
stay good until they expire.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serve_app.api.authentication import Principal
from serve_app.background_task import BackgroundTask, until_next_time
from serve_app.errors import StoreUnavailable
from serve_app.keys.keys import CHANNEL, limits_of, sql
from serve_app.quotas.limits import KeyQuota, MonthUse
from serve_app.store.connection import QueryRow
from serve_app.store.database import Database

log = logging.getLogger(__name__)

_RETRY_S = 0.5
#: Read anew even if nothing was heard.
_REFRESH_S = 30.0
_CANCEL_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class _KeyInForce:
    """A digest's caller, until a moment of the monotonic clock."""

    principal: Principal
    good_until: float


class KeyRing:
    """Finds the caller of a key; one in each driver replica."""

    def __init__(self, database: Database) -> None:
        """Without keys until they are read."""
        self._database = database
        self._keys: Mapping[bytes, _KeyInForce] | None = None
        self._task = BackgroundTask("The listening for changed keys", self._listen)

    def start(self) -> None:
        """Begin to listen; to be called inside the event loop."""
        self._task.start()

    async def close(self) -> None:
        """Stop."""
        await self._task.close(timeout_s=_CANCEL_TIMEOUT_S)

    def find(self, digest: bytes) -> Principal | None:
        """The caller whose key has this SHA-256; None where none in force has it.

        Raises:
            StoreUnavailable: the keys have not been read since the start.
        """
        if self._keys is None:
            raise StoreUnavailable("The API keys have not been read yet; try again soon.")
        key = self._keys.get(digest)
        return key.principal if key and time.monotonic() < key.good_until else None

    async def refresh(self) -> None:
        """Read the keys in force.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        now = time.monotonic()
        async with self._database.transaction(None) as connection:
            rows = await connection.fetch(sql("find_keys_in_force"))
        keys: dict[bytes, _KeyInForce] = {}
        for row in rows:
            principal = _principal(row)
            good_until = _until(now, row["good_for_s"])
            keys[row["digest"]] = _KeyInForce(principal, good_until)
            if row["previous_digest"]:
                ends = min(good_until, _until(now, row["previous_for_s"]))
                keys[row["previous_digest"]] = _KeyInForce(principal, ends)
        self._keys = keys

    async def _listen(self) -> None:
        while True:
            with until_next_time(log, "The API keys could not be read"):
                async with self._database.listen(CHANNEL) as notices:
                    while True:
                        await self.refresh()
                        await _heard(notices)
            await asyncio.sleep(_RETRY_S)


def _principal(row: QueryRow) -> Principal:
    limits = limits_of(row)
    used = MonthUse(row["used_month"], row["used_posts"], row["used_characters"])
    quota = KeyQuota(row["workspace_id"], row["id"], limits, used) if limits else None
    return Principal(row["workspace"], frozenset(row["scopes"]), row["id"], quota)


async def _heard(notices: "asyncio.Queue[Any]") -> None:
    """Wait for a notice, and take all that are there: one reading does for them."""
    try:
        async with asyncio.timeout(_REFRESH_S):
            await notices.get()
    except TimeoutError:
        return
    while not notices.empty():
        notices.get_nowait()


def _until(now: float, for_s: float | None) -> float:
    return float("inf") if for_s is None else now + for_s
