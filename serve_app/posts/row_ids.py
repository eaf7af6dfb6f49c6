"""Ids for the rows of a file that bring none, so that the same file again makes no doubles.

An id is made of what a row says, and of how many equal rows stand before it: equal rows stay as
many posts as they are. Knows no HTTP and no database of posts.
"""

import hashlib
import sqlite3

import orjson

from serve_app.posts.content import PostContent

_PREFIX = "row:"
_DIGEST_BYTES = 16
#: The counts of about 100,000 rows; SQLite keeps the others in a temporary file.
_CACHE_KIB = 8 * 1024


class RowIds:
    """Gives the rows of one file their ids, in order."""

    def __init__(self) -> None:
        self._counts: sqlite3.Connection | None = None

    def id_of(self, content: PostContent) -> str:
        """The external id of the next row without one."""
        # Tags and metadata, such as likes, may change between two exports.
        values = (content.text, content.author, content.url, content.published_at)
        digest = hashlib.sha256(orjson.dumps(values)).digest()[:_DIGEST_BYTES]
        count = self._count(digest)
        return f"{_PREFIX}{digest.hex()}" + (f":{count}" if count > 1 else "")

    def close(self) -> None:
        """Forget the rows."""
        if self._counts:
            self._counts.close()

    def _count(self, digest: bytes) -> int:
        """How many rows had this digest, with this one."""
        if self._counts is None:
            self._counts = _temporary_table()
        query = (
            "INSERT INTO counts VALUES (?, 1) "
            "ON CONFLICT (digest) DO UPDATE SET rows = rows + 1 RETURNING rows"
        )
        count: int = self._counts.execute(query, (digest,)).fetchone()[0]
        return count


def _temporary_table() -> sqlite3.Connection:
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("CREATE TABLE counts (digest BLOB PRIMARY KEY, rows INTEGER) WITHOUT ROWID")
    connection.execute("BEGIN")
    return connection
