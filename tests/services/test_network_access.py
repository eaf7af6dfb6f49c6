"""`postlens serve` beyond loopback: it asks for keys, and does not start where nobody has one."""

import asyncio
from collections.abc import Iterator

import pytest

from serve_app.keys.key_ring import KeyRing
from serve_app.keys.keys import Keys
from serve_app.quotas.limits import KeyLimits
from serve_app.standalone.errors import ServiceNotStarted
from serve_app.standalone.network_access import require_keys
from serve_app.store.database import Database
from tests.services.databases import database_for_threads

EVERYWHERE = "0.0.0.0"


@pytest.fixture
def environment(database_url: str) -> Iterator[dict[str, str]]:
    """What the replicas would be given."""
    with database_for_threads(database_url) as url:
        yield {"POSTLENS_DATABASE_URL": url}


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_loopback_nobody_is_asked(environment: dict[str, str], host: str) -> None:
    require_keys(host, environment)
    assert "POSTLENS_REQUIRE_KEYS" not in environment


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "10.0.0.7", "posts.example.org"])
def test_beyond_it_the_service_does_not_start_without_a_key(
    environment: dict[str, str], host: str
) -> None:
    with pytest.raises(ServiceNotStarted) as refused:
        require_keys(host, environment)
    assert host in str(refused.value)
    for way_out in ("postlens keys create", "POSTLENS_API_KEYS", "--insecure"):
        assert way_out in str(refused.value)


def test_a_key_of_the_environment_will_do(environment: dict[str, str]) -> None:
    environment["POSTLENS_API_KEYS"] = "acme:secret"
    require_keys(EVERYWHERE, environment)
    assert environment["POSTLENS_REQUIRE_KEYS"] == "1"


def test_so_will_one_of_postgres_until_it_is_revoked(environment: dict[str, str]) -> None:
    asyncio.run(_make_key(environment["POSTLENS_DATABASE_URL"]))
    require_keys(EVERYWHERE, environment)
    asyncio.run(_revoke_all(environment["POSTLENS_DATABASE_URL"]))
    with pytest.raises(ServiceNotStarted):
        require_keys(EVERYWHERE, environment)


async def _make_key(url: str) -> None:
    database = await Database.open(url, pool_size=1)
    await database.migrate()
    await Keys(database, KeyRing(database).refresh).create(
        1, name="k", scopes=["analyze"], good_for_days=None, limits=KeyLimits()
    )
    await database.close()


async def _revoke_all(url: str) -> None:
    database = await Database.open(url, pool_size=1)
    await database.migrate()
    keys = Keys(database, KeyRing(database).refresh)
    for key in await keys.read_all(1):
        await keys.revoke(1, key.id)
    await database.close()
