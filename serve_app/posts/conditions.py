"""Conditions on the columns of posts as SQL: a fixed vocabulary, every value an argument.

Pure: knows no connection.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from deployments.results import EMOTIONS
from serve_app.posts.filters import PostFilter
from serve_app.posts.search_query import all_of, days_query

_FEW_DAYS = timedelta(days=92)

#: Types of the columns that are compared with arguments.
_TYPES = {
    "id": "uuid",
    "author": "text",
    "state": "text",
    "published_at": "timestamptz",
    "sentiment": "real",
    "formality": "real",
    "politeness": "real",
    "subjectivity": "real",
    "ease": "real",
    "words": "integer",
    "emotions": "smallint",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of columns with as many values.

    Attributes:
        columns: several are compared one after the other, as a sort by all of them would.
        operator: of SQL.
        values: of the columns' types.
        element: of an array, from 0.
    """

    columns: tuple[str, ...]
    operator: str
    values: tuple[Any, ...]
    element: int | None = None

    def sql(self, arguments: "Arguments") -> str:
        """The comparison, its values added to the arguments."""
        index = "" if self.element is None else f"[{self.element + 1}]"
        left = ", ".join(column + index for column in self.columns)
        right = ", ".join(map(arguments.add, self.values, map(_TYPES.__getitem__, self.columns)))
        if len(self.columns) == 1:
            return f"{left} {self.operator} {right}"
        return f"({left}) {self.operator} ({right})"


@dataclass(frozen=True, slots=True)
class Matches:
    """The index of terms has the post under this tsquery."""

    query: str

    columns = ("search",)

    def sql(self, arguments: "Arguments") -> str:
        """The comparison, the query added to the arguments."""
        return f"search @@ {arguments.add(self.query, 'text')}::tsquery"


@dataclass(frozen=True, slots=True)
class HasValue:
    """The column has a value."""

    columns: tuple[str]

    def sql(self, arguments: "Arguments") -> str:
        """The test."""
        return f"{self.columns[0]} IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Outside:
    """The id is before the first of a range, or behind it."""

    first: UUID
    behind: UUID

    columns = ("id",)

    def sql(self, arguments: "Arguments") -> str:
        """Both comparisons, the bounds added to the arguments."""
        first, behind = (arguments.add(each, "uuid") for each in (self.first, self.behind))
        return f"(id < {first} OR id >= {behind})"


AnyCondition = Condition | Matches | HasValue | Outside


@dataclass(slots=True)
class Arguments:
    """The arguments of one query, in order."""

    values: list[Any] = field(default_factory=list)

    def add(self, value: Any, type: str) -> str:
        """The place of one more."""
        self.values.append(value)
        return f"${len(self.values)}::{type}"

    def where(self, workspace: int, conditions: Iterable[AnyCondition]) -> str:
        """A clause for the posts of a workspace that meet all conditions."""
        own = f"workspace = {self.add(workspace, 'integer')}"
        return " AND ".join([own, *self.each(conditions)])

    def each(self, conditions: Iterable[AnyCondition]) -> list[str]:
        """The conditions as SQL."""
        return [condition.sql(self) for condition in conditions]


def compare(column: str, operator: str, value: Any) -> Condition:
    """A comparison of one column."""
    return Condition((column,), operator, (value,))


def conditions(filter: PostFilter, search: str | None) -> list[AnyCondition]:
    """All conditions of a filter.

    Args:
        filter: which posts.
        search: those of its conditions that terms answer, see :mod:`serve_app.posts.search_query`.
    """
    found: list[AnyCondition] = [] if search is None else [Matches(search)]
    for column, operator, value in (
        ("author", "=", filter.author),
        ("state", "=", filter.state),
        ("published_at", ">=", filter.since),
        ("published_at", "<", filter.until),
        ("sentiment", ">=", filter.sentiment_min),
        ("sentiment", "<=", filter.sentiment_max),
        ("ease", ">=", filter.ease_min),
        ("ease", "<=", filter.ease_max),
    ):
        if value is not None:
            found.append(compare(column, operator, value))
    return found + list(_emotions(filter))


def _emotions(filter: PostFilter) -> Iterable[Condition]:
    """What terms say by tenths, said exactly."""
    for each in filter.emotions:
        if each.thousandths % 100 or each.thousandths == 1000:  # 1.0 counts as nine tenths
            place = EMOTIONS.index(each.emotion)
            yield Condition(("emotions",), ">=", (each.thousandths,), element=place)


def with_days(conditions: Sequence[AnyCondition]) -> list[AnyCondition]:
    """The same conditions, where bounds of the time are near said to the index of terms too.

    Where they are far apart it is not told: it would read all posts of all these days.
    """
    bounds = [
        each
        for each in conditions
        if isinstance(each, Condition) and each.columns[0] == "published_at"
    ]
    after = [each.values[0] for each in bounds if each.operator[0] == ">"]
    before = [each.values[0] for each in bounds if each.operator[0] == "<"]
    if not after or not before:
        return list(conditions)
    first, last = max(after), min(before)
    if not first <= last <= first + _FEW_DAYS:
        return list(conditions)
    days = days_query(first, last)
    return [
        Matches(all_of([each.query, days])) if isinstance(each, Matches) else each
        for each in conditions
    ]


def split(
    conditions: Sequence[AnyCondition], columns: Sequence[str]
) -> tuple[list[AnyCondition], list[AnyCondition]]:
    """Those on some columns alone, and all others."""
    on_them: list[AnyCondition] = []
    others: list[AnyCondition] = []
    for each in conditions:
        (on_them if set(each.columns) <= set(columns) else others).append(each)
    return on_them, others
