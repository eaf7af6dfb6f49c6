"""Posts as the columns that the queries take.

Pure conversions: no connection, no client library.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from serve_app.posts.post import Post
from serve_app.posts.searched_text import searched_text
from serve_app.posts.terms import Findable

#: Parts the values of a list that travels as one string; a control character, which none holds.
_SEPARATOR = "\x1f"


class PostRow(NamedTuple):
    """A post as it is to be written.

    Attributes:
        post: all that a reader sees of it.
        findable: what it is found by.
        due_at: when a pending one may be taken to be analysed.
        searchable: whether it is found by the words of its text already; their index takes longer
            than all else that is written, and can wait for the analysis.
        vector: by what similar posts are found: empty for nothing, None for what was there.
    """

    post: Post
    findable: Findable
    due_at: datetime | None
    searchable: bool = True
    vector: bytes | None = None

    @property
    def is_bare(self) -> bool:
        """Whether it has no more than was sent of it: by the thousand while a file is imported."""
        return self.post.state == "pending" and not self.searchable


def bare_columns(rows: Sequence[PostRow]) -> list[list[Any]]:
    """The arguments of insert_bare_posts.sql after the workspace."""
    posts = [row.post for row in rows]
    return [
        [post.id for post in posts],
        [post.created_at for post in posts],
        [post.published_at for post in posts],
        [row.due_at for row in rows],
        *_content_columns(posts),
        [_SEPARATOR.join(row.findable.terms) for row in rows],
    ]


def insert_columns(rows: Sequence[PostRow]) -> list[list[Any]]:
    """The arguments of insert_posts.sql after the workspace."""
    posts = [row.post for row in rows]
    return [
        [post.id for post in posts],
        [post.created_at for post in posts],
        [post.published_at for post in posts],
        *_state_columns(rows),
        *_content_columns(posts),
        [post.encoded_analysis for post in posts],
        *_findable_columns(rows),
    ]


def update_columns(rows: Sequence[PostRow]) -> list[list[Any]]:
    """The arguments of update_posts.sql after the workspace."""
    posts = [row.post for row in rows]
    return [
        [post.id for post in posts],
        [post.updated_at for post in posts],
        [post.published_at for post in posts],
        [post.revision for post in posts],
        [post.revised_at for post in posts],
        *_state_columns(rows),
        *_content_columns(posts),
        [post.encoded_analysis for post in posts],
        *_findable_columns(rows),
    ]


def _state_columns(rows: Sequence[PostRow]) -> list[list[Any]]:
    return [
        [row.post.state for row in rows],
        [row.post.failure for row in rows],
        [row.post.attempts for row in rows],
        [row.due_at for row in rows],
    ]


def _content_columns(posts: Sequence[Post]) -> list[list[Any]]:
    contents = [post.content for post in posts]
    return [
        [content.external_id for content in contents],
        [content.author for content in contents],
        [content.url for content in contents],
        [content.language for content in contents],
        [_SEPARATOR.join(content.tags) for content in contents],
        [_json(content.metadata) for content in contents],
        [content.text for content in contents],
        [bytes.fromhex(post.digest) for post in posts],
    ]


def _findable_columns(rows: Sequence[PostRow]) -> list[list[Any]]:
    found = [row.findable for row in rows]
    return [
        [each.sentiment for each in found],
        [each.formality for each in found],
        [each.politeness for each in found],
        [each.subjectivity for each in found],
        [each.ease for each in found],
        [each.words for each in found],
        [_integers(each.emotions) for each in found],
        [each.configuration for each in found],
        [searched_text(row.post.content.text) if row.searchable else "" for row in rows],
        [_SEPARATOR.join(each.terms) for each in found],
    ]


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _integers(values: Sequence[int] | None) -> str | None:
    return None if values is None else "{" + ",".join(map(str, values)) + "}"
