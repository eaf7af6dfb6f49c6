"""A job as it is read from its row and shown.

Pure conversions: no connection, no HTTP.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from serve_app.response.timestamps import rfc3339
from serve_app.store.connection import QueryRow

#: How urgent a job is among those of its workspace.
PRIORITIES: Mapping[str, int] = {"low": 0, "normal": 1, "high": 2}
STATES = ("waiting", "running", "completed", "cancelled")
KINDS = ("posts", "file", "url", "filter", "replay")
_NAMES = {number: name for name, number in PRIORITIES.items()}
#: The rate is that of so many seconds.
_RATE_S = 60.0


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a caller asks for.

    Attributes:
        kind: where the posts come from, and what is done with them: one of ``KINDS``.
        analyses, offsets, top_n: as of :class:`serve_app.request.post.PostRequest`.
        priority: one of ``PRIORITIES``.
        webhooks: ids of those that are told of its end; None is all that take the message.
        filter: of ``filter`` and ``replay``: which kept posts, in the words of the request.
    """

    kind: str
    analyses: tuple[str, ...]
    offsets: str = "codepoint"
    top_n: int = 10
    priority: str = "normal"
    webhooks: tuple[UUID, ...] | None = None
    filter: Mapping[str, Any] | None = None


def shown_job(row: QueryRow) -> dict[str, Any]:
    """A row of ``find_jobs`` as the API shows it."""
    rate = _rate(row)
    remaining = row["posts"] - row["succeeded"] - row["failed"]
    is_known = row["planned"] and row["ended_at"] is None and rate
    return {
        "id": str(row["id"]),
        "kind": row["kind"],
        "state": row["state"],
        "priority": _NAMES[row["priority"]],
        "analyses": list(row["analyses"]),
        "offsets": row["offsets"],
        "top_n": row["top_n"],
        "filter": row["filter"] and orjson.loads(row["filter"]),
        "webhooks": row["webhooks"] and [str(id) for id in row["webhooks"]],
        "posts": row["posts"],
        "all_posts_found": row["planned"],
        "succeeded": row["succeeded"],
        "failed": row["failed"],
        "posts_per_s": rate and round(rate, 2),
        "time_left_s": round(remaining / rate, 1) if is_known and rate else None,
        "reason": row["reason"],
        "flips": orjson.loads(row["flips"] or "{}") if row["kind"] == "replay" else None,
        "created_at": rfc3339(row["created_at"]),
        "started_at": _time(row["started_at"]),
        "ended_at": _time(row["ended_at"]),
    }


def _rate(row: QueryRow) -> float | None:
    """Posts a second: of the last minute while it runs, of all its time once it has ended."""
    if row["started_at"] is None:
        return None
    if row["ended_at"]:
        elapsed_s = (row["ended_at"] - row["started_at"]).total_seconds()
        return (row["succeeded"] + row["failed"]) / elapsed_s if elapsed_s > 0 else None
    elapsed_s = min(_RATE_S, (row["read_at"] - row["started_at"]).total_seconds())
    return (row["recent_posts"] or 0) / elapsed_s if elapsed_s > 0 else None


def _time(value: datetime | None) -> str | None:
    return None if value is None else rfc3339(value)
