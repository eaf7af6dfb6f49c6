"""Posts with the analyses that count: what people have put right, laid over what the models say."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from serve_app.posts.changes import Overlay
from serve_app.posts.drafts import analysed_of
from serve_app.posts.post import Post
from serve_app.store.connection import Connection


async def as_shown(
    overlay: Overlay, connection: Connection, workspace: int, posts: Mapping[UUID, Post]
) -> dict[UUID, Post]:
    """The posts, by id, as readers are to see them."""
    analysed = [analysed_of(post) for post in posts.values() if post.encoded_analysis]
    counting = await overlay.shown(connection, workspace, analysed)
    pairs = zip(analysed, counting, strict=True)
    return {**posts, **{each.id: replace(posts[each.id], counting=c) for each, c in pairs}}
