"""Checks of the servers that hold data: Postgres, Redis, or the embedded ones."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from serve_app.cli.doctor.finding import Finding, Level, Setup
from serve_app.settings import Settings
from serve_app.standalone.errors import StandaloneError


def check_database(setup: Setup) -> Iterator[Finding]:
    """Whether the Postgres that the environment names can be used."""
    from serve_app.errors import StoreUnavailable

    if setup.secrets.database_url is None:
        return
    try:
        texts = asyncio.run(_stored_texts(setup.secrets.database_url.get_secret_value()))
        yield Finding("database", Level.OK, f"{texts:,} texts are stored")
    except (StoreUnavailable, ValueError) as error:
        fix = "Start Postgres, correct POSTLENS_DATABASE_URL, or unset it for the embedded one."
        yield Finding("database", Level.FAIL, str(error), fix)


async def _stored_texts(url: str) -> int:
    from serve_app.store import PostgresStore

    # As the service does at its start: the schema is brought up to date.
    store = await PostgresStore.open(url, Settings().store)
    try:
        return (await store.counts()).texts
    finally:
        await store.close(timeout_s=0)


def check_cache(setup: Setup) -> Iterator[Finding]:
    """Whether the Redis that the environment names answers."""
    if setup.secrets.redis_url is None:
        return
    if asyncio.run(_redis_failures(setup.secrets.redis_url.get_secret_value())) == 0:
        yield Finding("cache", Level.OK, "Redis answers")
    else:  # the service is slower without it, not broken
        fix = "Start Redis, correct POSTLENS_REDIS_URL, or unset it for the embedded one."
        yield Finding("cache", Level.WARN, "Redis does not answer; answers are slower", fix)


async def _redis_failures(url: str) -> int:
    from serve_app.cache import RedisCache, TtlPolicy

    cache = RedisCache(url, TtlPolicy(1, 1), timeout_s=3)
    await cache.get_many(["0" * 64])
    await cache.close()
    return cache.server.failures


def check_embedded(setup: Setup) -> Iterator[Finding]:
    """Whether the servers that come along start here; both, in a folder of their own."""
    from serve_app.standalone.embedded import EmbeddedServers

    if setup.secrets.database_url and setup.secrets.redis_url:
        return
    fix = "Set POSTLENS_DATABASE_URL and POSTLENS_REDIS_URL to servers of your own."
    try:
        with tempfile.TemporaryDirectory() as folder, EmbeddedServers.start(Path(folder)):
            yield Finding("embedded", Level.OK, "Postgres and Valkey start")
    except StandaloneError as error:
        yield Finding("embedded", Level.FAIL, str(error), fix)
