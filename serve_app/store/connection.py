"""A connection as queries see it: asyncpg's methods, and none of its names."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

#: A row of a query's result, by column name.
QueryRow = Mapping[str, Any]


class Connection(Protocol):
    """A connection; what it raises is the client library's own.

    :mod:`serve_app.store.database` translates it at the end of the transaction.
    """

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """All rows, each a :data:`QueryRow`."""

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """The first row, a :data:`QueryRow`; None where there is none."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first column of the first row; None where there is no row."""

    async def execute(
        self,
        query: str,
        *args: Any,
        timeout: float | None = None,  # noqa: ASYNC109 - the name is asyncpg's
    ) -> Any:
        """Run a query, or several where there are no arguments."""

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """A savepoint: all or nothing of what is executed inside."""
