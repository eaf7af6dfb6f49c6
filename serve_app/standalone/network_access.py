"""Who may reach a service that listens beyond this machine: only those who hold a key."""

import asyncio
from collections.abc import MutableMapping

from serve_app.standalone.errors import ServiceNotStarted
from serve_app.standalone.loopback import is_loopback
from serve_app.store.database import Database

_NO_KEY = """\
the service would listen on {host}, and there is no API key: everybody who reaches it could read
and delete all posts. Do one of these:
  - start it on this machine alone (without --host), make a key, and start it again:
      postlens keys create NAME --scope admin --scope analyze --scope posts:read --scope posts:write
  - name keys in the environment: POSTLENS_API_KEYS=WORKSPACE:KEY,...
  - let everybody in: --insecure"""


def require_keys(host: str, environment: MutableMapping[str, str]) -> None:
    """Have the service ask for keys where it listens beyond this machine.

    Args:
        host: where HTTP listens.
        environment: the replicas', with the URL of the database.

    Raises:
        ServiceNotStarted: nobody would have a key.
    """
    if is_loopback(host):
        return
    environment["POSTLENS_REQUIRE_KEYS"] = "1"
    if not environment.get("POSTLENS_API_KEYS") and not asyncio.run(
        _has_key(environment["POSTLENS_DATABASE_URL"])
    ):
        raise ServiceNotStarted(_NO_KEY.format(host=host))


async def _has_key(database_url: str) -> bool:
    database = await Database.open(database_url, pool_size=1)
    try:
        await database.migrate()
        (row,) = await database.fetch("has_api_key")
        return bool(row["has_key"])
    finally:
        await database.close()
