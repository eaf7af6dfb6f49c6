"""One post taken for a change: that it is there, the one that was meant, and under which name."""

from uuid import UUID

from serve_app.posts import repository
from serve_app.posts.post import Post
from serve_app.posts.repository import LockedPost
from serve_app.request.fields import invalid_request
from serve_app.store.connection import Connection


async def lock_one(
    connection: Connection, workspace: int, post_id: UUID, if_match: str | None
) -> LockedPost:
    """The post, which nobody else changes until the end of the transaction.

    Raises:
        InvalidRequest: there is none, or it has changed.
    """
    locked = await repository.lock(connection, workspace, [post_id])
    if not locked:
        raise unknown_post(post_id)
    check_match(locked[0].post, if_match)
    return locked[0]


def check_match(post: Post, if_match: str | None) -> None:
    """See that the post has one of the entity tags (RFC 9110, 13.1.1).

    Raises:
        InvalidRequest: it has none of them.
    """
    if if_match is None or if_match.strip() == "*":
        return
    if post.etag not in [tag.strip() for tag in if_match.split(",")]:
        detail = f"The post has the ETag {post.etag}; If-Match names {if_match[:60]}."
        raise invalid_request("precondition-failed", detail, "")


async def rename(
    connection: Connection, workspace: int, post_id: UUID, old: str | None, new: str | None
) -> None:
    """Give the post another external id.

    Raises:
        InvalidRequest: it is another post's.
    """
    if old == new:
        return
    if new is not None:
        owners = await repository.name(connection, workspace, {new: post_id})
        if new in owners:
            detail = f"The external id is that of the post {owners[new]}."
            raise invalid_request("external-id-taken", detail, "/external_id")
    if old is not None:
        await repository.unname(connection, workspace, [old])


def unknown_post(post_id: UUID) -> Exception:
    """The error of an id that is no post's."""
    return invalid_request("unknown-post", f"There is no post {post_id}.", "")
