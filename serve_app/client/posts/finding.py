"""Posts found: lists by conditions, and how long they are."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Unpack

from serve_app.client.calls import both, each
from serve_app.client.connection import QueryValue, Resource, path_of
from serve_app.client.posts.filters import Filters
from serve_app.client.posts.kept_post import KeptPost, decode_post

_PATH = path_of("posts")
#: Of a page, while a list is read to its end.
_PAGE_POSTS = 100


@dataclass(frozen=True, slots=True)
class PostCount:
    """How many posts meet some conditions: ``exact`` up to 10,000, an estimate above."""

    value: int
    exact: bool


class PostFinding(Resource):
    """Posts by what is in them."""

    async def _find(
        self,
        *,
        sort: str | None = None,
        with_analysis: bool = True,
        page_posts: int = _PAGE_POSTS,
        **filters: Unpack[Filters],
    ) -> AsyncIterator[list[KeptPost]]:
        """All posts that meet the conditions, one by one; read page by page as they are taken.

        None comes twice or is passed over, whatever is written or deleted meanwhile.

        Args:
            sort: such as ``-time``, the default without ``q``, or ``relevance``, that with it.
            with_analysis: False leaves analyses out, which are most of a post.
            page_posts: how many travel in one answer, 1..200.
            filters: the conditions.

        Raises:
            RequestRefused: a condition is none, or two contradict each other.
        """
        query = _list_query(sort, with_analysis, page_posts, filters)
        async for page in self._connection.pages(_PATH, query):
            yield [decode_post(item) for item in page]

    find, find_async = each(_find)

    async def _items(
        self,
        *,
        sort: str | None = None,
        with_analysis: bool = True,
        page_posts: int = _PAGE_POSTS,
        **filters: Unpack[Filters],
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """As :meth:`find`, as the JSON items of ``GET /v1/posts``."""
        query = _list_query(sort, with_analysis, page_posts, filters)
        async for page in self._connection.pages(_PATH, query):
            yield page

    items, items_async = each(_items)

    async def _count(self, **filters: Unpack[Filters]) -> PostCount:
        """How many posts meet the conditions."""
        query = {**_list_query(None, False, 1, filters), "count": True}
        count = (await self._connection.json("GET", _PATH, query=query))["count"]
        return PostCount(count["value"], count["exact"])

    count, count_async = both(_count)


def _list_query(
    sort: str | None, with_analysis: bool, page_posts: int, filters: Filters
) -> dict[str, QueryValue]:
    view = None if with_analysis else "summary"
    query: dict[str, Any] = {**filters, "sort": sort, "view": view, "limit": page_posts}
    return query
