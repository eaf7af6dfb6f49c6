"""A list of posts: its conditions and its order. Pure: asks nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from serve_app.posts.conditions import AnyCondition, Condition, split
from serve_app.posts.sorting import Order

#: What a post is sorted by, and its id.
Key = tuple[Any, UUID]


@dataclass(frozen=True, slots=True)
class Listing:
    """Posts of a workspace that meet all conditions, in an order."""

    workspace: int
    conditions: tuple[AnyCondition, ...]
    order: Order

    def also(self, *conditions: AnyCondition) -> "Listing":
        """Of these, those that meet further conditions."""
        return replace(self, conditions=(*self.conditions, *conditions))

    def beyond(self, key: Key) -> "Listing":
        """Those behind a post with this key."""
        return self.also(Condition(self.order.columns, self.order.beyond, key))

    def ends_before(self, time: datetime) -> bool:
        """Whether a condition on the time leaves nothing of the order beyond a moment."""
        times = [
            each.values[0]
            for each in self.conditions
            if isinstance(each, Condition)
            and each.columns[0] == "published_at"
            and each.operator[0] != self.order.beyond
        ]
        if self.order.descending:
            return any(time <= bound for bound in times)
        return any(time >= bound for bound in times)

    def parts(self) -> tuple[list[AnyCondition], list[AnyCondition]]:
        """The conditions that are a range of an index in this order, and all others."""
        authors = ("author",) if self.order.column == "published_at" else ()
        return split(self.conditions, (*self.order.columns, *authors))

    def first(self, keys: Iterable[Key], limit: int) -> list[Key]:
        """The first of some keys, at most ``limit``, in their order."""
        return sorted(keys, reverse=self.order.descending)[:limit]
