"""Ids that sort by time: UUIDv7 (RFC 9562, 5.7).

Ours in a few lines, since Python has ``uuid.uuid7`` from 3.14 on only, and Postgres from 18.
"""

import os
import struct
import threading
import time
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new id, greater than all that this process made before."""
    return uuid7s(1)[0]


def uuid7s(count: int) -> list[UUID]:
    """So many new ids, ascending, greater than all that this process made before.

    Milliseconds and twelve bits of their fraction (RFC 9562, 6.2, method 3), then 62 random bits.
    """
    global _last
    with _lock:
        stamp = (time.time_ns() << 12) // 1_000_000  # milliseconds, and 4,096ths of one
        first = max(stamp, _last + 1)
        _last = first + count - 1
    tails = struct.unpack(f"{count}Q", os.urandom(8 * count))
    return [_id_of(stamp, tail >> 2) for stamp, tail in enumerate(tails, start=first)]


def _id_of(stamp: int, tail: int) -> UUID:
    milliseconds, fraction = stamp >> 12, stamp & 0xFFF
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | tail)


def time_of(id: UUID) -> datetime:
    """The moment at which an id was made."""
    return _moment(id.int >> 80)


@lru_cache(maxsize=64)  # ids are made by the thousand in a millisecond
def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
