"""The orders in which posts are listed.

Every order is that of an index, ends in the id, which no two posts share, and is the same upwards
and downwards. A post without the score that is sorted by is not in the list: it has no place.
"""

from dataclasses import dataclass

from deployments.results import EMOTIONS
from serve_app.posts.filter_parameters import choice, refused
from serve_app.posts.filters import PostFilter, contradiction
from serve_app.problems import quote

#: The column behind each name.
SORT_COLUMNS = {
    "time": "published_at",
    "sentiment": "sentiment",
    "ease": "ease",
    "formality": "formality",
    "politeness": "politeness",
    "subjectivity": "subjectivity",
    "words": "words",
}
RELEVANCE = "relevance"
#: Before the name of an emotion.
_BY_EMOTION = "-emotion:"
#: As callers write them, without the emotions.
SORTS = (*SORT_COLUMNS, *(f"-{name}" for name in SORT_COLUMNS), RELEVANCE)


@dataclass(frozen=True, slots=True)
class Order:
    """Posts by one column and then by their id, both upwards or both downwards."""

    column: str
    descending: bool

    @property
    def columns(self) -> tuple[str, str]:
        """What is compared."""
        return self.column, "id"

    @property
    def sql(self) -> str:
        """For ORDER BY."""
        direction = "DESC" if self.descending else "ASC"
        return f"{self.column} {direction}, id {direction}"

    @property
    def beyond(self) -> str:
        """The operator between a post and one before it."""
        return "<" if self.descending else ">"


@dataclass(frozen=True, slots=True)
class Sort:
    """What a caller asked for.

    Attributes:
        name: as it was written.
        order: of the index that has the posts in this order; for relevance and emotions that of
            time, downwards, of which both are made.
        emotion: the one that is sorted by, strongest first.
    """

    name: str
    order: Order
    emotion: str | None = None

    @property
    def needs(self) -> str | None:
        """The column that a post must have a value of."""
        return None if self.order.column == "published_at" else self.order.column


NEWEST_FIRST = Order("published_at", descending=True)


def parse_sort(name: str | None, filter: PostFilter) -> Sort:
    """The order that a caller asked for.

    Args:
        name: one of :data:`SORTS`, or ``-emotion:`` with an emotion; None is the default, which
            is relevance for a filter with words, and the newest first for any other.
        filter: the conditions of the same request.

    Raises:
        InvalidRequest: it is none, or cannot go with the filter.
    """
    name = name or (RELEVANCE if filter.q else "-time")
    if name.startswith(_BY_EMOTION):
        emotion = choice(name.removeprefix(_BY_EMOTION), EMOTIONS, "sort")
        sort = Sort(name, NEWEST_FIRST, emotion)
    elif choice(name, SORTS, "sort") == RELEVANCE:
        sort = Sort(name, NEWEST_FIRST)
    else:
        column = SORT_COLUMNS[name.removeprefix("-")]
        sort = Sort(name, Order(column, descending=name.startswith("-")))
    _check(sort, filter)
    return sort


def _check(sort: Sort, filter: PostFilter) -> None:
    if sort.name == RELEVANCE and not filter.q:
        detail = f"{quote(RELEVANCE)} is how well a post answers 'q', which is missing."
        raise refused("contradictory-filter", detail, "Send 'q', or another 'sort'.")
    if (sort.needs or sort.emotion) and filter.state not in (None, "analysed"):
        detail = f"A post that is {filter.state} has no analysis, by which {sort.name!r} sorts."
        raise contradiction(detail, "Send sort=-time, or leave 'state' out.")
