"""Empty databases for the tests of the store, and of all that keeps something there."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager

import asyncpg

from serve_app.store.database import Database

#: A database of each server that has all tables: a copy is made in an eighth of the time that the
#: migrations take.
_TEMPLATE = "postlens_template"


@asynccontextmanager
async def empty_database(server_url: str, *, migrated: bool = True) -> AsyncIterator[str]:
    """The URL of a database of the caller's own, dropped afterwards.

    Args:
        server_url: of its server's database ``postgres``.
        migrated: whether it has the tables of this version already.
    """
    name = f"test_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(server_url)
    try:
        await _create(admin, server_url, name, migrated=migrated)
        yield _url(server_url, name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@contextmanager
def database_for_threads(server_url: str) -> Iterator[str]:
    """As :func:`empty_database`, for tests that run no event loop, or Playwright's."""
    name = f"test_{uuid.uuid4().hex}"
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _create_once(server_url, name)).result()
        yield _url(server_url, name)
        thread.submit(asyncio.run, _drop_once(server_url, name)).result()


async def _create(
    admin: "asyncpg.Connection[asyncpg.Record]", server_url: str, name: str, *, migrated: bool
) -> None:
    if not migrated:
        await admin.execute(f"CREATE DATABASE {name}")
        return
    has_template = "SELECT FROM pg_database WHERE datname = $1 AND datistemplate"
    if await admin.fetchrow(has_template, _TEMPLATE) is None:
        await _make_template(admin, server_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")


async def _make_template(admin: "asyncpg.Connection[asyncpg.Record]", server_url: str) -> None:
    await admin.execute(f"CREATE DATABASE {_TEMPLATE}")
    database = await Database.open(_url(server_url, _TEMPLATE), pool_size=1)
    await database.migrate()
    await database.close()
    await admin.execute(f"ALTER DATABASE {_TEMPLATE} IS_TEMPLATE true")


async def _create_once(server_url: str, name: str) -> None:
    admin = await asyncpg.connect(server_url)
    await _create(admin, server_url, name, migrated=True)
    await admin.close()


async def _drop_once(server_url: str, name: str) -> None:
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def _url(server_url: str, name: str) -> str:
    return server_url.replace("/postgres?", f"/{name}?")
