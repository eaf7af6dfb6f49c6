"""Empty databases for the tests of the store."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager

import asyncpg


@asynccontextmanager
async def empty_database(server_url: str) -> AsyncIterator[str]:
    """The URL of a database of the caller's own, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name}")
    yield server_url.replace("/postgres?", f"/{name}?")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@contextmanager
def database_for_threads(server_url: str) -> Iterator[str]:
    """As :func:`empty_database`, for tests that run no event loop, or Playwright's."""
    name = f"test_{uuid.uuid4().hex}"
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _run(server_url, f"CREATE DATABASE {name}")).result()
        yield server_url.replace("/postgres?", f"/{name}?")
        thread.submit(asyncio.run, _run(server_url, f"DROP DATABASE {name} WITH (FORCE)")).result()


async def _run(server_url: str, statement: str) -> None:
    connection = await asyncpg.connect(server_url)
    await connection.execute(statement)
    await connection.close()
