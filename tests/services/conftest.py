"""Real Postgres and Valkey, started once for all tests of this folder."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from serve_app.standalone.embedded import EmbeddedServers
from tests.services.browser import CHROMIUM, FLAGS
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts


@pytest.fixture(scope="session")
def servers() -> Iterator[EmbeddedServers]:
    """Both servers, shared by the session: leave them running."""
    with (
        tempfile.TemporaryDirectory(prefix="postlens-") as folder,
        EmbeddedServers.start(Path(folder)) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def database_url(servers: EmbeddedServers) -> str:
    """A real Postgres without PostLens' tables."""
    return servers.database_url


@pytest.fixture
async def url(database_url: str) -> AsyncIterator[str]:
    """A database of one test alone, with PostLens' tables."""
    async with empty_database(database_url) as name:
        yield name


@pytest.fixture
async def kept(url: str) -> AsyncIterator[KeptPosts]:
    """The resources of one replica over this database, as they are shipped."""
    async with kept_posts(url) as kept:
        yield kept


@pytest.fixture(scope="session")
def redis_url(servers: EmbeddedServers) -> str:
    """A real, shared Valkey: choose digests that no other test uses."""
    return servers.redis_url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of :func:`own`, kept for all tests of a module."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture
def own(folder: Path) -> Iterator[EmbeddedServers]:
    """Servers that a test may stop or kill."""
    with EmbeddedServers.start(folder) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one module: beside it no test can have an event loop of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
