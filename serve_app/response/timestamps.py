"""Moments as JSON shows them."""

from datetime import UTC, datetime


def rfc3339(time: datetime) -> str:
    """A moment after RFC 3339: UTC, with microseconds."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
