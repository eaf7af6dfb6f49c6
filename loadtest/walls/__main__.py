"""The command: sends the requests, and writes the page of evidence."""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from loadtest.paths import ROOT
from loadtest.walls.clients import WorkspaceClient
from loadtest.walls.report import page
from loadtest.walls.rows import readable_tables
from loadtest.walls.trial import WallTrial
from serve_app.standalone.embedded import EmbeddedServers
from tests.services.databases import empty_database
from tests.services.kept_posts import kept_posts

EVIDENCE = ROOT / "docs" / "evidence" / "workspaces.md"
_WORKSPACES = 4


@asynccontextmanager
async def _relaxed(url: str) -> AsyncIterator[None]:
    """Let the database's commits not wait for the disk: it is nobody's, and is dropped."""
    connection = await asyncpg.connect(url)
    database = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {database} SET synchronous_commit = off")
    await connection.close()
    yield


async def run(server_url: str, requests: int, seed: int) -> tuple[str, bool]:
    """The page, and whether the wall holds."""
    rng = random.Random(seed)
    clients = [WorkspaceClient.make(rng) for _ in range(_WORKSPACES)]
    keys = [f"{client.workspace}:{client.key}" for client in clients]
    async with (
        empty_database(server_url) as url,
        _relaxed(url),
        kept_posts(url, keys=keys) as kept,
    ):
        connection = await asyncpg.connect(url)
        try:
            document = (await kept.client.get("/openapi.json")).json()
            trial = WallTrial(kept, connection, clients, document, rng)
            started_at = time.perf_counter()
            await trial.run(requests)
            took_s = time.perf_counter() - started_at
            tables = await trial.try_tables()
            readable = await readable_tables(connection)
        finally:
            await connection.close()
    text = page(
        trial.tally,
        trial.operations,
        tables,
        readable,
        requests=requests,
        seed=seed,
        took_s=took_s,
    )
    holds = trial.tally.holds and all(table.holds for table in tables) and not readable
    return text, holds


def main() -> None:
    """Send the requests, write the page; status 1 where something passed the wall."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--page", type=Path, default=EVIDENCE, help="where the evidence goes")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="postlens-walls-") as folder,
        EmbeddedServers.start(Path(folder)) as servers,
    ):
        text, holds = asyncio.run(run(servers.database_url, options.requests, options.seed))
    options.page.parent.mkdir(exist_ok=True, parents=True)
    options.page.write_text(text, encoding="utf-8")
    print(text)
    raise SystemExit(not holds)


if __name__ == "__main__":
    main()
