"""The columns of a table of kept posts: what a post has, and what people sort and filter by.

Such a table is read again as any other; its derived columns are no loss then.
"""

from collections.abc import Collection

from serve_app.files.csv_columns import ANALYSIS_COLUMNS

#: What a caller gives of a post, as the API names it.
POST_FIELDS = (
    "external_id", "author", "url", "published_at", "language", "tags", "metadata", "text",
)  # fmt: skip

#: What the service adds; by these a table of ours is known.
_KEPT_WITH = ("id", "state", "revision", "created_at", "updated_at")

#: The columns, in order.
POST_COLUMNS = (
    "id", *POST_FIELDS, "state", "failure", "revision", "created_at", "updated_at",
    "detected_language", "language_confidence", *ANALYSIS_COLUMNS,
)  # fmt: skip

_DERIVED = frozenset({*POST_COLUMNS, "analysis"}.difference(POST_FIELDS))


def is_post_table(names: Collection[str]) -> bool:
    """Whether these are the columns, or members, of an export of ours, perhaps with others."""
    return all(name in names for name in (*_KEPT_WITH, "external_id"))


def derived_columns(names: Collection[str]) -> frozenset[str]:
    """Those of an export of ours that are made anew of the posts; none of another table."""
    return _DERIVED if is_post_table(names) else frozenset()
