"""A file of posts written in batches, with an answer for each row, in order.

While a batch is written the next one is read, in a thread; no more than these two are in memory,
however large the file is and however slowly the answers are taken. Knows no HTTP.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from serve_app.errors import InvalidRequest, ServiceOverloaded, StoreUnavailable
from serve_app.posts.content import PostContent
from serve_app.posts.idempotency import IdempotencyKey
from serve_app.posts.posts import SavedPost
from serve_app.posts.row_reader import ReadRow, RowReader
from serve_app.problems import PROBLEM_TYPES, Problem, problem
from serve_app.store.errors import RowRefused

log = logging.getLogger(__name__)

#: A database that restarts is back in seconds; for so long a batch is tried again.
PATIENCE_S = 60.0
_FIRST_PAUSE_S = 0.25
_LONGEST_PAUSE_S = 5.0


class Save(Protocol):
    """Commits posts."""

    async def __call__(
        self, contents: Sequence[PostContent], *, key: IdempotencyKey | None
    ) -> Sequence[SavedPost]:
        """What became of each, in order; with the key of an earlier call, of that one."""
        ...


#: Why posts of these lengths are beyond a limit of the caller, or None where they are counted.
Count = Callable[[Sequence[int]], Awaitable[Sequence[Problem | None]]]


@dataclass(slots=True)
class ImportCounts:
    """What became of the rows so far."""

    imported: int = 0
    updated: int = 0
    refused: int = 0


class Import:
    """One file on its way into a workspace."""

    def __init__(
        self,
        reader: RowReader,
        save: Save,
        count: Count,
        close_file: Callable[[], None],
        request_id: str | None,
    ) -> None:
        """Nothing is read yet.

        Args:
            reader: of the file.
            save: commits a batch.
            count: holds a batch against the limits of the caller.
            close_file: called once nobody reads any more; may block.
            request_id: for the problems in the answer.
        """
        self._reader = reader
        self._save = save
        self._count = count
        self._close_file = close_file
        self._request_id = request_id
        # One thread, so that closing waits for reading; the event loop waits for neither.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import")
        self._name = os.urandom(8).hex()
        self._counts = ImportCounts()
        self._failure: Problem | None = None
        self._first: list[ReadRow] = []

    async def begin(self) -> None:
        """Read the first rows.

        Raises:
            InvalidRequest: there is nothing to read posts from.
        """
        self._first = await self._next_batch()
        if not self._first and self._reader.failure:
            raise InvalidRequest(self._reader.failure)

    async def lines(self) -> AsyncIterator[bytes]:
        """A line for each row, and one with the counts at the end; each piece is some lines."""
        batch, number = self._first, 0
        self._first = []
        while batch and not self._failure:
            following = self._next_batch()
            yield await self._write(batch, number)
            batch, number = await following, number + 1
        yield self._last_line()

    def close(self) -> None:
        """Have the file closed once the thread is done with it; does not wait."""
        self._thread.submit(self._reader.close)
        self._thread.submit(self._close_file)
        self._thread.shutdown(wait=False)

    def _next_batch(self) -> asyncio.Future[list[ReadRow]]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._thread, self._reader.next_batch)

    async def _write(self, batch: Sequence[ReadRow], number: int) -> bytes:
        """Commit the posts of a batch; the lines of its rows."""
        contents = [row.content for row in batch if row.content]
        key = f"import:{self._name}:{number}"
        refused = await self._count([len(content.text) for content in contents])
        counted = [c for c, problem in zip(contents, refused, strict=True) if problem is None]
        committed = iter(await self._saved(counted, key) if counted else ())
        saved = iter([problem or next(committed) for problem in refused])
        seen: set[str] = set()
        lines = []
        for row in batch:
            outcome = row.problem or next(saved)
            lines.append(self._line(row, outcome, seen))
        return b"".join(lines)

    async def _saved(
        self, contents: Sequence[PostContent], key: str
    ) -> Sequence[SavedPost | Problem]:
        """What became of each post; the import ends here where nobody can write now."""
        try:
            return await self._patiently(contents, key)
        except RowRefused as error:
            if len(contents) > 1:
                half = len(contents) // 2
                first = await self._saved(contents[:half], f"{key}.0")
                return [*first, *await self._saved(contents[half:], f"{key}.1")]
            log.warning("Postgres refused a row of an import: %s", error)
            return [problem("unreadable-row", "The database does not take one of its values.")]
        except (StoreUnavailable, ServiceOverloaded):
            self._failure = _general("store-unavailable")
        except Exception:
            log.exception("A batch of an import could not be written.")
            self._failure = _general("internal")
        return [self._failure] * len(contents)

    async def _patiently(self, contents: Sequence[PostContent], key: str) -> Sequence[SavedPost]:
        """Commit posts, once, though it may take several attempts.

        Raises:
            StoreUnavailable: the database is away for long; nobody can tell what was committed.
            ServiceOverloaded: likewise, too much is being done.
            RowRefused: Postgres does not take a value.
        """
        # An external id makes a second attempt an update; what has none needs the key.
        is_named = all(content.external_id for content in contents)
        once = None if is_named else IdempotencyKey.of(key, key.encode())
        loop = asyncio.get_running_loop()
        given_up_at, pause_s = loop.time() + PATIENCE_S, _FIRST_PAUSE_S
        while True:
            try:
                return await self._save(contents, key=once)
            except (StoreUnavailable, ServiceOverloaded):
                if loop.time() + pause_s > given_up_at:
                    raise
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _line(self, row: ReadRow, outcome: SavedPost | Problem, seen: set[str]) -> bytes:
        line: dict[str, Any] = {"row": row.number, "line": row.line}
        if isinstance(outcome, Problem):
            self._counts.refused += 1
            line["status"] = outcome.type.status
            line["external_id"] = row.external_id
            line["error"] = outcome.as_dict(self._request_id)
        else:
            post_id = str(outcome.post.id)
            is_new = outcome.created and post_id not in seen
            seen.add(post_id)
            self._counts.imported += is_new
            self._counts.updated += not is_new
            line["status"] = 201 if is_new else 200
            line["id"] = post_id
            line["external_id"] = row.external_id
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)

    def _last_line(self) -> bytes:
        counts = self._counts
        line: dict[str, Any] = {
            "imported": counts.imported,
            "updated": counts.updated,
            "refused": counts.refused,
            "notes": self._reader.notes,
        }
        if failure := self._failure or self._reader.failure:
            line["error"] = failure.as_dict(self._request_id)
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _general(slug: str) -> Problem:
    return problem(slug, PROBLEM_TYPES[slug].example)
