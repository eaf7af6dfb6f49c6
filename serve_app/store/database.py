"""Postgres: connections, schema, named queries. The only module that knows asyncpg.

Its exceptions end here: what is of the moment becomes
:class:`serve_app.errors.StoreUnavailable`, what is of a row :class:`RowRefused`.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import asyncpg

from serve_app.errors import StoreUnavailable
from serve_app.store.errors import RowRefused
from serve_app.store.migrate import migrate, migrations
from serve_app.store.queries import query

_CONNECT_TIMEOUT_S = 5.0
#: A read that takes longer is answered with StoreUnavailable.
_READ_TIMEOUT_S = 5.0
#: A transaction that takes longer has failed.
_WRITE_TIMEOUT_S = 30.0
_CLOSE_TIMEOUT_S = 2.0

#: Of a row and not of the moment: trying again would fail again (classes 22 and 23 of
#: "Appendix A. PostgreSQL Error Codes").
_REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
#: TimeoutError is an OSError.
_UNAVAILABLE = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server's farewell was read in the middle of a call
)

#: A row of a query's result, by column name.
QueryRow = Mapping[str, Any]


class Database:
    """A pool of connections to a Postgres that may be down at any time."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._migrated = False

    @classmethod
    async def open(cls, url: str, *, pool_size: int) -> Self:
        """A database that is connected to when it is first asked.

        Args:
            url: ``postgresql://...``.
            pool_size: connections at most.
        """
        pool = asyncpg.create_pool(
            url,
            min_size=0,  # so that an outage at start does not fail here
            max_size=pool_size,
            timeout=_CONNECT_TIMEOUT_S,
            command_timeout=_WRITE_TIMEOUT_S,
        )
        return cls(await pool)

    async def migrate(self) -> None:
        """Bring the schema up to date; does nothing once that is done.

        Raises:
            MigrationChanged: an applied migration differs from this version's.
            StoreUnavailable: Postgres cannot be asked.
            ValueError: the URL is not one of Postgres.
        """
        if not self._migrated:
            with _translated():
                async with self._pool.acquire() as connection:
                    await migrate(connection, migrations())
            self._migrated = True

    async def fetch(self, name: str, *arguments: Any) -> Sequence[QueryRow]:
        """The rows of the query in ``sql/<name>.sql``.

        Raises:
            StoreUnavailable: Postgres cannot be asked, or has not been migrated yet.
        """
        if not self._migrated:
            raise StoreUnavailable("Postgres has not been reached yet; try again soon.")
        with _translated():
            async with asyncio.timeout(_READ_TIMEOUT_S):
                try:
                    return await self._pool.fetch(query(name), *arguments)
                except _UNAVAILABLE:  # perhaps a pooled connection that the server had ended
                    return await self._pool.fetch(query(name), *arguments)

    async def execute(self, arguments: Mapping[str, Sequence[Any]]) -> None:
        """Run queries in one transaction.

        Args:
            arguments: of each query, by its name.

        Raises:
            RowRefused: Postgres does not take one of the values; nothing was written.
            StoreUnavailable: Postgres cannot be asked; nothing was written.
        """
        with _translated():
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    for name, values in arguments.items():
                        await connection.execute(query(name), *values)
            except _REFUSED as error:
                raise RowRefused(type(error).__name__) from error

    async def close(self) -> None:
        """Disconnect."""
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._pool.close()
        except _UNAVAILABLE:
            self._pool.terminate()


@contextmanager
def _translated() -> Iterator[None]:
    """Raises StoreUnavailable for what asyncpg raises in an outage."""
    try:
        yield
    except asyncpg.exceptions.ClientConfigurationError:  # a ValueError: the URL is wrong
        raise
    except _UNAVAILABLE as error:
        kind = type(error).__name__
        raise StoreUnavailable(f"Postgres cannot be asked ({kind}); try again soon.") from error
