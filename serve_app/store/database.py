"""Postgres: connections, schema, named queries. The only module that knows asyncpg.

Its exceptions end here: what is of the moment becomes
:class:`serve_app.errors.StoreUnavailable`, what is of a row :class:`RowRefused`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any, Self

import asyncpg

from serve_app.errors import StoreUnavailable
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.errors import RowRefused
from serve_app.store.migrate import migrate, migrations
from serve_app.store.partitions import make_partitions, months_ahead
from serve_app.store.queries import query

log = logging.getLogger(__name__)

_CONNECT_TIMEOUT_S = 5.0
#: A read that takes longer is answered with StoreUnavailable.
_READ_TIMEOUT_S = 5.0
#: A transaction that takes longer has failed.
_WRITE_TIMEOUT_S = 30.0
_CLOSE_TIMEOUT_S = 2.0
#: Any constant that other users of the database do not lock: "catalog!" in ASCII.
_CATALOG_LOCK = int.from_bytes(b"catalog!")

#: Of a row and not of the moment: trying again would fail again (classes 22 and 23 of
#: "Appendix A. PostgreSQL Error Codes").
_REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
_NOT_ALLOWED = (asyncpg.InsufficientPrivilegeError,)
#: An extension whose files the server does not have, as Postgres says it up to 15 and since.
_NOT_THERE = (asyncpg.UndefinedFileError, asyncpg.FeatureNotSupportedError)
#: TimeoutError is an OSError.
_UNAVAILABLE = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server's farewell was read in the middle of a call
)


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
                    await _let_search_use_its_index(connection)
                    await _install_pgvector(connection)
            await self.make_partitions()
            self._migrated = True

    async def make_partitions(self) -> None:
        """Make the monthly partitions that will be needed next.

        Raises:
            StoreUnavailable: Postgres cannot be asked.
        """
        with _translated():
            async with self._pool.acquire() as connection, connection.transaction():
                await make_partitions(connection, *months_ahead(datetime.now(UTC)))

    @asynccontextmanager
    async def transaction(
        self, workspace: int | None, *, timeout_s: float = _WRITE_TIMEOUT_S
    ) -> AsyncIterator[Connection]:
        """A transaction that sees and changes the rows of one workspace, and no others.

        Args:
            workspace: whose; None is the service's own work, which sees all.
            timeout_s: after this it has failed.

        Raises:
            RowRefused: Postgres does not take one of the values; nothing was written.
            StoreUnavailable: Postgres cannot be asked, or has not been migrated yet.
        """
        if not self._migrated:
            raise StoreUnavailable("Postgres has not been reached yet; try again soon.")
        with _translated():
            async with (
                asyncio.timeout(timeout_s),
                self._pool.acquire() as connection,
                connection.transaction(),
            ):
                if workspace is not None:
                    await _enter(connection, workspace)
                yield connection

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
            async with self._pool.acquire() as connection, connection.transaction():
                for name, values in arguments.items():
                    await connection.execute(query(name), *values)

    @asynccontextmanager
    async def alone(self, lock: int) -> AsyncIterator[Connection | None]:
        """A connection outside any transaction, as long as nobody else has that lock.

        Args:
            lock: 64 bits, signed, which all replicas use for one work.

        Yields:
            None where another replica is at it.

        Raises:
            StoreUnavailable: Postgres cannot be asked, or has not been migrated yet.
        """
        if not self._migrated:
            raise StoreUnavailable("Postgres has not been reached yet; try again soon.")
        with _translated():
            async with self._pool.acquire() as connection:
                # Given back with the connection, as are all settings that are made.
                free = await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock)
                yield connection if free else None

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[asyncio.Queue[str]]:
        """What is notified on a channel, as long as the connection holds.

        Raises:
            StoreUnavailable: the connection is lost, or there was none.
        """
        if not self._migrated:
            raise StoreUnavailable("Postgres has not been reached yet; try again soon.")
        with _translated():
            async with self._pool.acquire() as connection:
                payloads: asyncio.Queue[str] = asyncio.Queue()
                task = asyncio.current_task()

                def put(_: object, pid: int, name: str, payload: object) -> None:
                    payloads.put_nowait(str(payload))

                lost = False

                def end(_: object) -> None:
                    nonlocal lost
                    lost = True
                    if task:
                        task.cancel()

                connection.add_termination_listener(end)
                await connection.add_listener(channel, put)
                try:
                    yield payloads
                except asyncio.CancelledError:
                    if lost and task:
                        task.uncancel()
                        raise ConnectionError("the connection that listened is lost") from None
                    raise
                finally:
                    connection.remove_termination_listener(end)
                    if not connection.is_closed():
                        await connection.remove_listener(channel, put)

    async def close(self) -> None:
        """Disconnect."""
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._pool.close()
        except _UNAVAILABLE:
            self._pool.terminate()


async def _enter(connection: Connection, workspace: int) -> None:
    if await connection.fetchrow(query("enter_workspace"), workspace) is None:
        raise StoreUnavailable("The workspace is being deleted; try again soon.")


async def _let_search_use_its_index(connection: Connection) -> None:
    """Declare the operator of full-text search safe for row-level security, where we may.

    Before the policy of a table has spoken, Postgres asks no operator that could tell what it saw,
    and an index is asked before. Matching a tsvector tells nothing, yet only superusers may say so.
    """
    if await connection.fetchval(query("is_search_leakproof")):
        return
    statement = query("make_search_leakproof").strip()
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _CATALOG_LOCK)
            await connection.execute(statement)
    except _NOT_ALLOWED:
        log.warning("Searching posts is slow: have a superuser run %r once.", statement)


async def _install_pgvector(connection: Connection) -> None:
    """Install the extension that finds the nearest among many vectors, where we may."""
    statement = "CREATE EXTENSION IF NOT EXISTS vector"
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _CATALOG_LOCK)
            await connection.execute(statement)
    except (*_NOT_ALLOWED, *_NOT_THERE):
        log.warning(
            "Similar posts are not found in large workspaces: install pgvector 0.7 or later on "
            "the database's server, and have a superuser run %r once in this database.",
            statement,
        )


def told_as(error: Exception) -> Exception:
    """What callers are told of an error: of the moment, of a row, or the error itself."""
    if isinstance(error, asyncpg.exceptions.ClientConfigurationError):  # the URL is wrong
        return error
    if isinstance(error, _REFUSED):
        return RowRefused(type(error).__name__)
    if isinstance(error, _UNAVAILABLE):
        kind = type(error).__name__
        return StoreUnavailable(f"Postgres cannot be asked ({kind}); try again soon.")
    return error


@contextmanager
def _translated() -> Iterator[None]:
    """Raises what callers are told in the place of what asyncpg raises."""
    try:
        yield
    except Exception as error:
        told = told_as(error)
        if told is error:
            raise
        raise told from error
