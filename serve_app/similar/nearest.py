"""The posts that lie nearest to one: among few by looking at each, among many by an index."""

import asyncio
from pathlib import Path
from uuid import UUID

import numpy as np

from serve_app.problems import PROBLEM_TYPES
from serve_app.request.fields import invalid_request
from serve_app.similar.index_of_space import CANDIDATES, IndexOfSpace
from serve_app.similar.vectors import PostVector
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent
#: Vectors of a workspace up to which each is compared; above, an index gives candidates.
EXACT_LIMIT = 20_000
#: The index goes on as long as it finds nearer ones than so many, of which it gives the best.
_SEARCHED = 2 * CANDIDATES
_ID_BYTES = 16

#: Posts by id, with their similarities.
Neighbours = list[tuple[UUID, float]]


async def vector_of(connection: Connection, workspace: int, post_id: UUID) -> PostVector | None:
    """Where a post lies; None where that is not known."""
    row = await connection.fetchrow(_sql("find_vector"), workspace, post_id)
    return PostVector(row["space"], row["vector"]) if row else None


async def nearest(
    connection: Connection, workspace: int, post_id: UUID, vector: PostVector
) -> Neighbours:
    """The CANDIDATES nearest to a post, the most similar first.

    Exact up to EXACT_LIMIT vectors. Above, they are those whose codes differ least, in the order
    of their vectors.

    Raises:
        InvalidRequest: there are more without pgvector.
    """
    index = IndexOfSpace(workspace, vector.space)
    if await connection.fetchval(_sql("find_index"), index.name):
        await connection.execute("SELECT set_config('hnsw.ef_search', $1, true)", str(_SEARCHED))
        rows = await connection.fetch(index.nearest, post_id, vector.code)
    else:
        arguments = workspace, vector.space, post_id
        count = await connection.fetchval(_sql("count_up_to"), *arguments[:2], EXACT_LIMIT + 1)
        if count <= EXACT_LIMIT:
            rows = [await connection.fetchrow(_sql("all_vectors"), *arguments)]
        elif await connection.fetchval(_sql("has_pgvector")):  # the index is not there yet
            rows = await connection.fetch(_sql("scan_codes"), *arguments, vector.code, CANDIDATES)
        else:
            detail = PROBLEM_TYPES["pgvector-missing"].example
            raise invalid_request("pgvector-missing", detail, "")
    ids, vectors = (b"".join(row[name] or b"" for row in rows) for name in ("post_ids", "vectors"))
    return await asyncio.to_thread(_ranked, vector, ids, vectors)


def _ranked(vector: PostVector, post_ids: bytes, vectors: bytes) -> Neighbours:
    """The nearest of some posts, whose ids and vectors lie one behind the other."""
    similarities = vector.similarities(vectors)
    ids = [post_ids[start : start + _ID_BYTES] for start in range(0, len(post_ids), _ID_BYTES)]
    first = np.argsort(-similarities, kind="stable")[:CANDIDATES]
    found = [(UUID(bytes=ids[place]), float(similarities[place])) for place in first]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _sql(name: str) -> str:
    return query(name, _FOLDER)
