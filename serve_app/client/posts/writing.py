"""Posts written, read, changed, deleted.

Every creation has a key of its own, so that one whose answer was lost is sent again and not done
again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from serve_app.client.answers import content_of
from serve_app.client.batches import (
    bodies,
    check_batch_posts,
    is_too_large,
    join,
    portions,
    too_large,
    with_pointer_into_post,
)
from serve_app.client.calls import both
from serve_app.client.connection import Resource, encode, new_key, path_of
from serve_app.client.errors import AnalysisProblem
from serve_app.client.posts.kept_post import KeptPost, PostChanges, PostFields, PostId, decode_post
from serve_app.client.transport import Answer

_PATH = path_of("posts")
#: They share the time that the service waits for their analyses; see postlens._BATCH_POSTS.
_BATCH_POSTS = 100


class PostWriting(Resource):
    """Posts one by one or many at a time, by their ids."""

    async def _create(
        self,
        text: str,
        *,
        wait: bool = True,
        idempotency_key: str | None = None,
        **fields: Unpack[PostFields],
    ) -> KeptPost:
        """Keep a post; one whose ``external_id`` is there already takes that one's place.

        Args:
            text: taken exactly as it is.
            wait: for its analysis; else it is ``pending``, and analysed afterwards.
            idempotency_key: the same with the same post is not done again within a day; by
                default one that is new.
            fields: what is told of it.

        Raises:
            RequestRefused: it is not a post that the service takes.
        """
        key = {"Idempotency-Key": idempotency_key} if idempotency_key else new_key()
        headers = key | _preference(wait)
        body = {"text": text, **fields}
        return _post(await self._connection.send("POST", _PATH, body=body, headers=headers))

    create, create_async = both(_create)

    async def _create_many(
        self,
        posts: Sequence[Mapping[str, Any]],
        *,
        wait: bool = True,
        batch_posts: int = _BATCH_POSTS,
    ) -> list[KeptPost | AnalysisProblem]:
        """Keep many, one batch after the other; one that is refused is a problem in its place.

        Where it raises, the batches before are kept; posts with an ``external_id`` can be sent
        again.

        Args:
            posts: objects with ``text`` and, as they are known, the fields of :class:`PostFields`;
                of two with one ``external_id`` the last one counts.
            wait: for their analyses; else they are ``pending``, and analysed afterwards.
            batch_posts: how many travel in one request, 1..1,000.

        Raises:
            RequestRefused: the service refused all of them, not single ones.
        """
        check_batch_posts(batch_posts)
        kept: list[KeptPost | AnalysisProblem] = []
        for batch in portions(posts, batch_posts):
            for body in bodies([encode(dict(post)) for post in batch]):
                kept += await self._create_batch(body, _preference(wait))
        return kept

    create_many, create_many_async = both(_create_many)

    async def _get(self, post_id: PostId) -> KeptPost:
        """The post with its analysis.

        Raises:
            RequestRefused: there is none.
        """
        return _post(await self._connection.send("GET", path_of("posts", post_id)))

    get, get_async = both(_get)

    async def _update(
        self,
        post_id: PostId,
        *,
        if_match: str | None = None,
        wait: bool = True,
        **changes: Unpack[PostChanges],
    ) -> KeptPost:
        """Change what is given of a post; another text is another revision.

        Args:
            post_id: which.
            if_match: the ``etag`` that it must still have.
            wait: for the analysis of another text.
            changes: None takes a value away; metadata are merged (RFC 7396).

        Raises:
            RequestRefused: there is none, it has changed, or a value is not one that it may have.
        """
        return await self._write("PATCH", post_id, changes, if_match, wait)

    update, update_async = both(_update)

    async def _replace(
        self,
        post_id: PostId,
        text: str,
        *,
        if_match: str | None = None,
        wait: bool = True,
        **fields: Unpack[PostFields],
    ) -> KeptPost:
        """Give a post another content; what is not given is taken away. See :meth:`update`."""
        return await self._write("PUT", post_id, {"text": text, **fields}, if_match, wait)

    replace, replace_async = both(_replace)

    async def _analyze_again(self, post_id: PostId) -> KeptPost:
        """Have a post analysed anew; it is pending until its analysis is there.

        Raises:
            RequestRefused: there is none.
        """
        return _post(await self._connection.send("POST", path_of("posts", f"{post_id}:analyze")))

    analyze_again, analyze_again_async = both(_analyze_again)

    async def _delete(self, post_id: PostId, *, if_match: str | None = None) -> bool:
        """Delete a post, its revisions, and what the caches have of its texts.

        Returns:
            Whether there was one.

        Raises:
            RequestRefused: it has changed.
        """
        return await self._connection.delete(
            path_of("posts", post_id),
            "unknown-post",
            headers=_condition(if_match),
            repeatable=if_match is None,
        )

    delete, delete_async = both(_delete)

    async def _delete_author(self, author: str) -> int:
        """Delete all posts of an author; how many there were.

        Many are deleted in several steps: where it raises, some are gone, and it can be repeated.
        """
        answer = await self._connection.json("DELETE", path_of("authors", author))
        deleted: int = answer["deleted"]
        return deleted

    delete_author, delete_author_async = both(_delete_author)

    async def _create_batch(
        self, posts: Sequence[bytes], preference: dict[str, str]
    ) -> list[KeptPost | AnalysisProblem]:
        if is_too_large(posts):
            return [AnalysisProblem.from_json(too_large())]
        answer = await self._connection.json(
            "POST", _PATH, body=join(posts), headers=new_key() | preference
        )
        return [_item(item) for item in answer["items"]]

    async def _write(
        self,
        method: str,
        post_id: PostId,
        content: Mapping[str, Any],
        if_match: str | None,
        wait: bool,
    ) -> KeptPost:
        answer = await self._connection.send(
            method,
            path_of("posts", post_id),
            body=dict(content),
            headers=_condition(if_match) | _preference(wait),
            repeatable=if_match is None,  # done once, it has another tag
        )
        return _post(answer)


def _preference(wait: bool) -> dict[str, str]:
    return {} if wait else {"Prefer": "respond-async"}


def _condition(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"If-Match": if_match}


def _post(answer: Answer) -> KeptPost:
    return decode_post(content_of(answer), answer.headers.get("etag"))


def _item(item: Mapping[str, Any]) -> KeptPost | AnalysisProblem:
    if "post" in item:
        return decode_post(item["post"])
    return AnalysisProblem.from_json(with_pointer_into_post(item["error"]))
