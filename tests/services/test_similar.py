"""Similar posts over the API, on a real Postgres with pgvector, and on one without."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from deployments.results import Status
from serve_app.similar import indexes as similar_indexes
from serve_app.similar.index_of_space import CANDIDATES, IndexOfSpace
from serve_app.similar.indexes import SimilarIndexes
from serve_app.similar.nearest import EXACT_LIMIT, Neighbours, nearest, vector_of
from serve_app.similar.similar_posts import MOST_POSTS
from serve_app.similar.vectors import PostVector
from serve_app.store.database import Database
from serve_app.store.queries import query as sql_query
from tests.services.asgi_client import problem
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts
from tests.services.vector_posts import keep_vectors, mixed_vectors

HARBOUR = "We open our new office at the harbour in Kiel on Monday, and everybody is invited."
EDITED = "On Tuesday we open our new office at the harbour in Kiel, and everybody is invited!"
RELATED = "Our office at the harbour has new windows, and the old ones are for sale in Kiel."
BAKERY = "Rye bread needs three days to rise, says the baker who won a prize."


@pytest.fixture
async def url(database_url: str) -> AsyncIterator[str]:
    async with empty_database(database_url) as url:
        yield url


@pytest.fixture
async def bare_url(database_url: str) -> AsyncIterator[str]:
    """Of a database without tables and extensions."""
    async with empty_database(database_url, migrated=False) as url:
        yield url


@pytest.fixture
async def kept(url: str) -> AsyncIterator[KeptPosts]:
    async with kept_posts(url, keys=("acme:a", "beta:b")) as kept:
        kept.client.headers["Authorization"] = "Bearer a"
        yield kept


async def create(kept: KeptPosts, text: str, **content: Any) -> str:
    response = await kept.client.post("/v1/posts", json={"text": text, **content})
    assert response.status_code == 201, response.text
    id: str = response.json()["id"]
    return id


async def similar(kept: KeptPosts, post_id: str, **query: Any) -> list[dict[str, Any]]:
    response = await kept.client.get(f"/v1/posts/{post_id}/similar", params=query)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def stored(url: str) -> list[UUID]:
    """Whose vectors are in the table."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT post_id FROM post_vectors ORDER BY post_id")
    await connection.close()
    return [UUID(int=row["post_id"].int) for row in rows]


def ids(items: Sequence[dict[str, Any]]) -> list[str]:
    return [item["post"]["id"] for item in items]


class TestFinding:
    async def test_the_most_similar_come_first_without_the_post_itself(
        self, kept: KeptPosts
    ) -> None:
        first, bakery, related, edited = [
            await create(kept, text) for text in (HARBOUR, BAKERY, RELATED, EDITED)
        ]
        items = await similar(kept, first)
        assert ids(items) == [edited, related, bakery]
        assert [item["near_duplicate"] for item in items] == [True, False, False]
        similarities = [item["similarity"] for item in items]
        assert 1 > similarities[0] > similarities[1] > similarities[2] >= 0
        assert items[0]["shared_words"] > 0.7
        kept_post = (await kept.client.get(f"/v1/posts/{edited}")).json()
        del kept_post["analysis"]
        assert items[0]["post"] == kept_post

    async def test_conditions_leave_out_the_others(self, kept: KeptPosts) -> None:
        first, related, edited, copy = [
            await create(kept, text) for text in (HARBOUR, RELATED, EDITED, HARBOUR)
        ]
        assert ids(await similar(kept, first, near_duplicates=True)) == [copy, edited]
        assert ids(await similar(kept, first, near_duplicates=True, limit=1)) == [copy]
        assert ids(await similar(kept, first, limit=2)) == [copy, edited]
        least = (await similar(kept, first))[1]["similarity"]
        assert ids(await similar(kept, first, min_similarity=least - 0.001)) == [copy, edited]
        assert ids(await similar(kept, first, min_similarity=1)) in ([copy], [])
        assert related in ids(await similar(kept, first, min_similarity=0))

    async def test_a_post_alone_has_none(self, kept: KeptPosts) -> None:
        assert await similar(kept, await create(kept, HARBOUR)) == []

    async def test_parameters_are_refused_beyond_their_edges(self, kept: KeptPosts) -> None:
        path = f"/v1/posts/{await create(kept, HARBOUR)}/similar"
        taken = ("limit=1", f"limit={MOST_POSTS}", "min_similarity=0", "min_similarity=1")
        for query in taken:
            assert (await kept.client.get(f"{path}?{query}")).status_code == 200, query
        for query, slug in (
            ("limit=0", "out-of-range"),
            (f"limit={MOST_POSTS + 1}", "out-of-range"),
            ("min_similarity=1.01", "out-of-range"),
            ("min_similarity=-0.01", "out-of-range"),
            ("near_duplicates=perhaps", "wrong-type"),
            ("near_duplicate=true", "unknown-field"),
            ("limit=2&limit=3", "repeated-field"),
        ):
            problem(await kept.client.get(f"{path}?{query}"), slug)

    async def test_other_workspaces_are_not_looked_at(self, kept: KeptPosts) -> None:
        first = await create(kept, HARBOUR)
        other = {"Authorization": "Bearer b"}
        theirs = await kept.client.post("/v1/posts", json={"text": HARBOUR}, headers=other)
        assert await similar(kept, first) == []
        path = f"/v1/posts/{first}/similar"
        problem(await kept.client.get(path, headers=other), "unknown-post")
        problem(await kept.client.get(f"/v1/posts/{theirs.json()['id']}/similar"), "unknown-post")


class TestWithoutVector:
    async def test_a_pending_post_says_so(self, kept: KeptPosts) -> None:
        kept.service.gate.clear()
        created = await kept.client.post(
            "/v1/posts", json={"text": HARBOUR}, headers={"Prefer": "respond-async"}
        )
        path = f"/v1/posts/{created.json()['id']}/similar"
        refused = problem(await kept.client.get(path), "no-vector")
        assert "pending" in refused["detail"]
        kept.service.gate.set()
        for _ in range(200):
            if (response := await kept.client.get(path)).status_code == 200:
                break
            await asyncio.sleep(0.02)
        assert response.json() == {"items": []}

    async def test_one_in_another_language_says_which_are_known(self, kept: KeptPosts) -> None:
        kept.service.statuses["keywords"] = Status.UNSUPPORTED_LANGUAGE
        path = f"/v1/posts/{await create(kept, HARBOUR)}/similar"
        refused = problem(await kept.client.get(path), "no-vector")
        assert "keywords ended with unsupported_language" in refused["detail"]

    async def test_one_of_an_earlier_release_says_so(self, kept: KeptPosts, url: str) -> None:
        first = await create(kept, HARBOUR)
        connection = await asyncpg.connect(url)
        await connection.execute("DELETE FROM post_vectors")
        await connection.close()
        refused = problem(await kept.client.get(f"/v1/posts/{first}/similar"), "no-vector")
        assert "a release or a backend that makes none" in refused["detail"]


class TestKeeping:
    async def test_a_vector_follows_the_text(self, kept: KeptPosts, url: str) -> None:
        first = await create(kept, BAKERY, external_id="x")
        harbour = await create(kept, HARBOUR)
        path = f"/v1/posts/{first}"
        await kept.client.patch(path, json={"tags": ["bread"]})
        assert (await similar(kept, harbour))[0]["similarity"] < 0.5
        await kept.client.patch(path, json={"text": EDITED})
        assert (await similar(kept, harbour))[0]["similarity"] > 0.7
        await kept.client.post("/v1/posts", json={"text": BAKERY, "external_id": "x"})
        assert (await similar(kept, harbour))[0]["similarity"] < 0.5
        assert await stored(url) == sorted([UUID(first), UUID(harbour)])

    async def test_a_text_that_has_none_leaves_none_of_the_one_before(
        self, kept: KeptPosts, url: str
    ) -> None:
        first = await create(kept, HARBOUR)
        kept.service.statuses["keywords"] = Status.UNSUPPORTED_LANGUAGE
        await kept.client.patch(f"/v1/posts/{first}", json={"text": BAKERY})
        assert await stored(url) == []

    @pytest.mark.parametrize("way", ["post", "author", "workspace"])
    async def test_it_goes_with_the_post(self, kept: KeptPosts, url: str, way: str) -> None:
        first = await create(kept, HARBOUR, author="anna")
        target = {"post": f"posts/{first}", "author": "authors/anna", "workspace": "workspace"}
        assert await stored(url) == [UUID(first)]
        assert (await kept.client.delete(f"/v1/{target[way]}")).is_success
        assert await stored(url) == []

    async def test_it_goes_at_the_end_of_the_retention(self, kept: KeptPosts, url: str) -> None:
        await create(kept, HARBOUR)
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE workspaces SET retention_days = 1e-7")
        await connection.close()
        assert await kept.rooms.housekeeping.run_once() == 1
        assert await stored(url) == []


async def test_a_post_without_a_vector_gets_one_when_it_is_analysed_anew(
    url: str, kept: KeptPosts
) -> None:
    first, other = await create(kept, HARBOUR, author="anna"), await create(kept, EDITED)
    said = {"post_id": first, "kind": "tone", "value": "humorous"}
    assert (await kept.client.post("/v1/corrections", json=said)).status_code == 201
    before = (await kept.client.get(f"/v1/posts/{first}")).json()
    connection = await asyncpg.connect(url)
    await connection.execute("DELETE FROM post_vectors WHERE post_id = $1", UUID(first))
    await connection.close()
    problem(await kept.client.get(f"/v1/posts/{first}/similar"), "no-vector")
    queued = await kept.client.post(f"/v1/posts/{first}:analyze")
    assert (queued.status_code, queued.json()["state"]) == (202, "pending")
    after = queued.json()
    async with asyncio.timeout(20):
        while after["state"] == "pending":
            await asyncio.sleep(0.05)
            after = (await kept.client.get(f"/v1/posts/{first}")).json()
    assert [item["post"]["id"] for item in await similar(kept, first)] == [other]
    changed = {"etag", "updated_at"}
    assert {n: v for n, v in after.items() if n not in changed} == {
        n: v for n, v in before.items() if n not in changed
    }
    problem(await kept.client.post(f"/v1/posts/{uuid.uuid4()}:analyze"), "unknown-post")


class TestManyPosts:
    """Beyond EXACT_LIMIT, at its edge and above."""

    async def test_an_index_is_made_above_the_limit_used_and_dropped(self, url: str) -> None:
        database = await Database.open(url, pool_size=3)
        await database.migrate()
        indexes, index = SimilarIndexes(database), IndexOfSpace(1, 7)
        vectors = mixed_vectors(EXACT_LIMIT + 1, seed=1)
        post_ids = await keep_vectors(database, 1, 7, vectors[:EXACT_LIMIT])
        assert await indexes.run_once() == []
        exact = await _found(database, post_ids[0])
        assert exact == _nearest_in_python(vectors[:EXACT_LIMIT], post_ids)

        post_ids += await keep_vectors(database, 1, 7, vectors[EXACT_LIMIT:])
        scanned = await _found(database, post_ids[0])  # the index is not there yet
        assert await indexes.run_once() == [index.name]
        assert await indexes.run_once() == []
        indexed = await _found(database, post_ids[0])
        truth = _nearest_in_python(vectors, post_ids)
        for found in (scanned, indexed):
            assert len({id for id, _ in found[:20]} & {id for id, _ in truth[:20]}) >= 18
        async with database.transaction(1) as connection:
            plan = await connection.fetch(f"EXPLAIN {index.nearest}", post_ids[0], "00" * 48)
            assert f"Index Scan using {index.name}" in "\n".join(row[0] for row in plan)
            await connection.execute("DELETE FROM post_vectors WHERE post_id > $1", post_ids[9_999])
        await indexes.run_once()
        assert await _found(database, post_ids[0]) == _nearest_in_python(
            vectors[:10_000], post_ids[:10_000]
        )
        async with database.transaction(None) as connection:
            assert await connection.fetchval("SELECT to_regclass($1)", index.name) is None
        await database.close()

    async def test_each_space_is_counted_up_to_a_limit(self, url: str) -> None:
        database = await Database.open(url, pool_size=2)
        await database.migrate()
        async with database.transaction(None) as connection:
            await connection.execute("INSERT INTO workspaces (name) VALUES ('b'), ('c')")
        sizes = {(1, 7): 30, (1, 8): 10, (3, 7): 11}
        for seed, ((workspace, space), size) in enumerate(sizes.items()):
            await keep_vectors(database, workspace, space, mixed_vectors(size, seed=seed))
        async with database.transaction(None) as connection:
            count_spaces = sql_query("count_spaces", Path(similar_indexes.__file__).parent)
            rows = await connection.fetch(count_spaces, 11)
            counts = {(row["workspace"], row["space"]): row["vectors"] for row in rows}
            assert counts == {spaces: min(size, 11) for spaces, size in sizes.items()}
            await connection.execute("DELETE FROM post_vectors")
            assert await connection.fetch(count_spaces, 11) == []
        await database.close()

    async def test_what_a_broken_build_left_is_made_anew(self, url: str) -> None:
        database = await Database.open(url, pool_size=3)
        await database.migrate()
        await keep_vectors(database, 1, 7, mixed_vectors(EXACT_LIMIT + 1, seed=2))
        name = IndexOfSpace(1, 7).name
        async with database.transaction(None) as connection:
            await connection.execute(f"CREATE INDEX {name} ON post_vectors (space)")
            await connection.execute(
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass($1)", name
            )
        assert await SimilarIndexes(database).run_once() == [name]
        await database.close()

    async def test_one_replica_at_a_time_makes_indexes(self, url: str) -> None:
        database = await Database.open(url, pool_size=3)
        await database.migrate()
        await keep_vectors(database, 1, 7, mixed_vectors(EXACT_LIMIT + 1, seed=3))
        rounds = await asyncio.gather(*(SimilarIndexes(database).run_once() for _ in range(3)))
        assert sorted(map(len, rounds)) == [0, 0, 1]
        await database.close()


class TestWithoutPgvector:
    """On a Postgres of the user's own, whose role may not install extensions."""

    @pytest.fixture
    async def plain_url(self, url: str, bare_url: str) -> AsyncIterator[str]:
        assert url != bare_url  # the other one's migrations have made the role
        admin = await asyncpg.connect(bare_url)
        role = f"plain_{uuid.uuid4().hex}"
        await admin.execute("CREATE EXTENSION btree_gin")
        await admin.execute(f"CREATE ROLE {role} LOGIN CREATEROLE")
        await admin.execute(f"GRANT ALL ON SCHEMA public TO {role}")
        await admin.execute(f"GRANT postlens_tenant TO {role}")
        yield bare_url.replace("//postlens@", f"//{role}@")
        await admin.execute(f"DROP OWNED BY {role} CASCADE")
        await admin.execute(f"DROP ROLE {role}")
        await admin.close()

    async def test_everything_works_and_the_log_says_what_to_install(
        self, plain_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with kept_posts(plain_url) as kept:
            assert "CREATE EXTENSION IF NOT EXISTS vector" in caplog.text
            first, edited = [await create(kept, text) for text in (HARBOUR, EDITED)]
            assert ids(await similar(kept, first, near_duplicates=True)) == [edited]
            assert await kept.rooms.similar_indexes.run_once() == []

    async def test_above_the_limit_the_problem_says_what_to_install_until_it_is_there(
        self, plain_url: str, bare_url: str
    ) -> None:
        async with kept_posts(plain_url) as kept:
            database = kept.rooms.database
            vectors = mixed_vectors(EXACT_LIMIT + 1, seed=4)
            [first, *_] = await keep_vectors(database, 1, 7, vectors[:EXACT_LIMIT])
            assert len(await similar(kept, str(first), limit=5)) == 5
            await keep_vectors(database, 1, 7, vectors[EXACT_LIMIT:])
            path = f"/v1/posts/{first}/similar"
            refused = problem(await kept.client.get(path), "pgvector-missing")
            assert "CREATE EXTENSION vector" in refused["fix"]

            admin = await asyncpg.connect(bare_url)
            await admin.execute("CREATE EXTENSION vector")
            await admin.close()
            assert len(await similar(kept, str(first), limit=5)) == 5
            assert await kept.rooms.similar_indexes.run_once() == [IndexOfSpace(1, 7).name]
            assert len(await similar(kept, str(first), limit=5)) == 5


async def _found(database: Database, post_id: UUID) -> Neighbours:
    async with database.transaction(1) as connection:
        vector = await vector_of(connection, 1, post_id)
        assert vector is not None
        return await nearest(connection, 1, post_id, vector)


def _nearest_in_python(vectors: np.ndarray, post_ids: Sequence[UUID]) -> Neighbours:
    """Those nearest to the first, by comparing each."""
    similarities = PostVector(7, vectors[0].tobytes()).similarities(vectors[1:].tobytes())
    pairs = zip(post_ids[1 : len(vectors)], similarities.tolist(), strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:CANDIDATES]
