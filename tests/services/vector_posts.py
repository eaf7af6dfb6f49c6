"""Posts of which nothing matters but where they lie, many and quickly."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from deployments.keywords.embedding import DIMENSIONS, quantized
from serve_app.similar import keeping
from serve_app.similar.vectors import PostVector
from serve_app.store.database import Database
from serve_app.store.partitions import first_id
from serve_app.store.queries import query

_INSERT = """
INSERT INTO posts (workspace, id, created_at, updated_at, published_at, revised_at, state, text,
    digest, search)
SELECT $1, id, now(), now(), now(), now(), 'pending', 'x', decode(repeat('00', 32), 'hex'), ''
FROM unnest($2::uuid[]) AS fresh (id)
"""


async def keep_vectors(
    database: Database, workspace: int, space: int, vectors: NDArray[np.int8]
) -> list[UUID]:
    """Keep a post for each vector, (n, DIMENSIONS); their ids, which ascend."""
    now = first_id(datetime.now(UTC)).int
    async with database.transaction(workspace) as connection:
        before = await connection.fetchval("SELECT count(*) FROM post_vectors")
        ids = [UUID(int=now + before + number) for number in range(len(vectors))]
        rows = [PostVector(space, row.tobytes()) for row in vectors]
        await connection.execute(_INSERT, workspace, ids)
        columns = [space] * len(ids), [row.code for row in rows], [row.components for row in rows]
        save = query("save_vectors", Path(keeping.__file__).parent)
        await connection.execute(save, workspace, ids, *columns)
    async with database.transaction(None) as connection:
        await connection.execute("ANALYZE post_vectors")
    return ids


def mixed_vectors(count: int, *, seed: int) -> NDArray[np.int8]:
    """Vectors of texts on one or two of 500 subjects each, (count, DIMENSIONS)."""
    rng = np.random.default_rng(seed)
    subjects = rng.normal(size=(500, DIMENSIONS))
    one, other = (subjects[rng.integers(500, size=count)] for _ in range(2))
    share = rng.uniform(0, 1, size=(count, 1))
    vectors = share * one + (1 - share) * other + rng.normal(size=one.shape, scale=0.5)
    return np.stack([np.frombuffer(quantized(vector), np.int8) for vector in vectors])
