"""Where in a post the words stand that it was found by.

Postgres marks them in a copy of the text, for it alone reads words as its index does; the places
of the marks are counted here. Each word of a phrase is marked wherever it stands.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from deployments.results import Span
from serve_app.posts.filters import PostFilter
from serve_app.posts.post import Post
from serve_app.posts.search_query import (
    MarkingQuery,
    WordsByConfiguration,
    marking_queries,
)
from serve_app.posts.searched_text import searched_text
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent


async def find_matches(
    connection: Connection,
    workspace: int,
    posts: Sequence[Post],
    filter: PostFilter,
    words: WordsByConfiguration,
) -> Mapping[UUID, list[Span]]:
    """The places of the words in each of these posts, in code points, in order.

    Args:
        connection: within a transaction.
        workspace: whose posts.
        posts: that the words were found in.
        filter: with ``q``.
        words: its readings.
    """
    # Nobody can guess it, so no text holds it.
    token = secrets.token_hex(8)
    start, end = f"\x02{token}", f"\x03{token}"
    options = f'HighlightAll=true, StartSel="{start}", StopSel="{end}"'
    readings: list[MarkingQuery] = marking_queries(filter, words)
    rows = await connection.fetch(
        query("mark_matches", _FOLDER),
        workspace,
        [post.id for post in posts],
        [searched_text(post.content.text) for post in posts],
        options,
        [reading.of_language for reading in readings],
        [reading.configuration for reading in readings],
        [reading.words for reading in readings],
    )
    return {UUID(int=row["id"].int): marked_spans(row["marked"], start, end) for row in rows}


def marked_spans(marked: str, start: str, end: str) -> list[Span]:
    """The stretches between two marks, in code points of the text without them."""
    spans: list[Span] = []
    length = 0
    for piece in re.split(f"({re.escape(start)}.*?{re.escape(end)})", marked, flags=re.DOTALL):
        if piece.startswith(start) and piece.endswith(end):
            word = len(piece) - len(start) - len(end)
            spans.append(Span(length, length + word))
            length += word
        else:
            length += len(piece)
    return spans
