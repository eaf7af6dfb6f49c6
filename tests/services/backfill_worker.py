"""A process that applies rules to kept posts until somebody kills it: ``python -m ... URL``."""

import asyncio
import sys

from serve_app.corrections import backfill
from serve_app.corrections.desk import CorrectionsDesk
from serve_app.store.database import Database

#: Short, so that there is much to be killed in between, and a lost claim is soon free.
PAGE_POSTS = 7
LEASE_S = 0.3


async def main(url: str) -> None:
    backfill.PAGE_POSTS = PAGE_POSTS
    backfill._LEASE_S = LEASE_S
    backfill._IDS_AHEAD = 50
    database = await Database.open(url, pool_size=3)
    await database.migrate()
    desk = CorrectionsDesk(database)
    print("began", flush=True)
    while True:
        if not await desk.backfill.run_once():
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
