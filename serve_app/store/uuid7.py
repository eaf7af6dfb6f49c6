"""Ids that sort by time: UUIDv7 (RFC 9562, 5.7).

Ours in ten lines, since Python has ``uuid.uuid7`` from 3.14 on only, and Postgres from 18.
"""

import os
import threading
import time
from datetime import UTC, datetime
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new id, greater than all that this process made before.

    Milliseconds and twelve bits of their fraction (RFC 9562, 6.2, method 3), then 62 random bits.
    """
    global _last
    with _lock:
        stamp = (time.time_ns() << 12) // 1_000_000  # milliseconds, and 4,096ths of one
        _last = stamp = max(stamp, _last + 1)
    milliseconds, fraction = stamp >> 12, stamp & 0xFFF
    tail = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | tail)


def time_of(id: UUID) -> datetime:
    """The moment at which an id was made."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)
