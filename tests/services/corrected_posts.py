"""What kept posts look like in their rows, and what they should, recomputed from scratch."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg

from serve_app.corrections import correction_repository, rule_repository
from serve_app.corrections.overlay import overlay
from serve_app.corrections.refinding import is_found_alike
from serve_app.posts import repository
from serve_app.posts.drafts import findable_of
from serve_app.store.database import Database
from tests.services.kept_posts import KeptPosts

_ROWS = """
SELECT id, md5(row(created_at, updated_at, published_at, state, text, analysis, sentiment,
    formality, politeness, subjectivity, ease, words, emotions, search)::text) AS content,
    md5(row(posts.*, xmin)::text) AS everything
FROM posts WHERE workspace = $1 ORDER BY id
"""


async def contents(database_url: str, workspace: int) -> dict[UUID, str]:
    """Each post's columns but its version, as one string."""
    return {row["id"]: row["content"] for row in await _rows(database_url, workspace)}


async def untouched(database_url: str, workspace: int) -> dict[UUID, str]:
    """Each post's row, and which transaction wrote it: equal only if nobody wrote it since."""
    return {row["id"]: row["everything"] for row in await _rows(database_url, workspace)}


async def _rows(database_url: str, workspace: int) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetch(_ROWS, workspace)
    finally:
        await connection.close()


async def strays(database: Database, workspace: int) -> list[UUID]:
    """Posts that are not found by what the rules in force and their corrections make of them."""
    async with database.transaction(workspace) as connection:
        rules = await rule_repository.peek_rule_set(connection, workspace, None)
        ids = await repository.any_ids(connection, workspace, 1_000_000)
        corrections = await correction_repository.corrections_of(connection, workspace, ids)
        found = []
        for locked in await repository.lock(connection, workspace, ids):
            post = locked.post
            own = [c for c in corrections.get(post.id, ()) if c.revision == post.revision]
            analysis = post.analysis()
            answer = analysis and overlay(rules, own, post.content, analysis)
            if not is_found_alike(locked.findable, findable_of(post, answer)):
                found.append(post.id)
        return found


async def ended(kept: KeptPosts, rule_id: str, headers: Any = None) -> dict[str, Any]:
    """The rule once all kept posts follow it, or none any more."""
    async with asyncio.timeout(60):
        while True:
            response = await kept.client.get(f"/v1/rules/{rule_id}", headers=headers)
            rule: dict[str, Any] = response.json()
            if rule["state"] in ("in_force", "withdrawn"):
                return rule
            await asyncio.sleep(0.02)
