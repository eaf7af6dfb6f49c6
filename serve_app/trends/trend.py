"""One trend: what has to be read for it, and the answer that rows give.

Pure: knows no database and no HTTP.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from serve_app.trends.buckets import Buckets
from serve_app.trends.layouts import ALL_POSTS, AUTHOR, POSTS, TAG, TERM_KINDS
from serve_app.trends.measures import MEASURES, Figures, Measure, figures, rounded_ratio
from serve_app.trends.reading import Names, Stored
from serve_app.trends.sums import SumCondition, Sums, most_posts, sums_by_bucket, tallies

#: What a trend can be told for each of, and how names of its rows begin.
GROUPS: Mapping[str, str] = {"author": AUTHOR, "tag": TAG}


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """An entity, keyword or hashtag: its folded name, and of an entity perhaps the label."""

    kind: str
    name: str
    label: str | None = None

    def __str__(self) -> str:
        return f"{self.name}:{self.label}" if self.label else self.name


@dataclass(frozen=True, slots=True)
class Scope:
    """Which posts are counted: all, or those of an author, or those under a tag."""

    author: str | None = None
    tag: str | None = None

    @property
    def name(self) -> str:
        """Of the rows that count its posts."""
        if self.author is not None:
            return AUTHOR + self.author
        return ALL_POSTS if self.tag is None else TAG + self.tag


#: No post is left out.
ALL = Scope()


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """What is asked.

    Attributes:
        measure: of ``MEASURES``.
        bucket: as the caller named it.
        buckets: the stretches of time.
        scope: whose posts.
        by: of ``GROUPS``: a series for each that has the most posts.
        terms: of the measure's kind, a series each; for another measure one, which the posts have.
        limit: series at most where the caller named none.
    """

    measure: str
    bucket: str
    buckets: Buckets
    scope: Scope = ALL
    by: str | None = None
    terms: tuple[Term, ...] = ()
    limit: int = 10

    @property
    def rule(self) -> Measure:
        """How the measure is made."""
        measure = MEASURES[self.measure]
        if self.terms and not self.of_terms:
            return measure.of_terms(self.terms[0].kind)
        return measure

    @property
    def of_terms(self) -> bool:
        """Whether each series is that of a term."""
        return self.measure == "share" or self.measure in TERM_KINDS


def names_of(query: TrendQuery) -> list[Names]:
    """The rows that a trend is made of."""
    kind = query.rule.kind
    if query.terms:
        names = [Names.one(kind, term.name) for term in query.terms]
    elif query.of_terms:
        names = [Names(kind)]
    elif query.by:
        names = [Names.prefixed(kind, GROUPS[query.by])]
    else:
        names = [Names.one(kind, query.scope.name)]
    if query.measure in TERM_KINDS:
        names.append(Names.one(POSTS.kind, query.scope.name))
    return names


def trend(query: TrendQuery, stored: Stored) -> dict[str, Any]:
    """The answer, with arrays of numpy for its numbers."""
    times = [time.isoformat() for time in query.buckets.times()]
    return {
        "measure": query.measure,
        "bucket": query.bucket,
        "tz": str(query.buckets.zone),
        "author": query.scope.author,
        "tag": query.scope.tag,
        "since": times[0],
        "until": times[-1],
        "buckets": times[:-1],
        "series": _term_series(query, stored) if query.of_terms else _scope_series(query, stored),
    }


def _scope_series(query: TrendQuery, stored: Stored) -> list[dict[str, Any]]:
    """The series of one scope, of a term in it, or of each author or tag."""
    measure, edges = query.rule, query.buckets.edges
    tables = stored.tables.get(measure.kind, ())
    if query.terms:
        [term] = query.terms
        sums = sums_by_bucket(tables, [term.name], measure.numbers, edges, _condition(query, term))
        return [_series(None, measure, _row(sums, 0))]
    prefix = GROUPS[query.by] if query.by else ""
    names = _most(query, stored, prefix) if query.by else [query.scope.name]
    sums = sums_by_bucket(tables, names, measure.numbers, edges)
    labels = [name.removeprefix(prefix) if query.by else None for name in names]
    return [_series(label, measure, _row(sums, at)) for at, label in enumerate(labels)]


def _term_series(query: TrendQuery, stored: Stored) -> list[dict[str, Any]]:
    """A series for each term, with its share of posts or of voice."""
    measure = query.rule
    terms = query.terms or [Term(measure.kind, name) for name in _most(query, stored, "")]
    sums = [_row(*each) for each in _term_sums(query, stored, terms)]
    posts = [each["posts"] for each in sums]
    whole = sum(posts, start=np.zeros(len(query.buckets), np.int64))
    if query.measure != "share":
        scope = query.scope.name
        tables = stored.tables.get(POSTS.kind, ())
        whole = sums_by_bucket(tables, [scope], ["analysed"], query.buckets.edges)["analysed"][0]
    return [
        _series(str(term), measure, each, whole) for term, each in zip(terms, sums, strict=True)
    ]


def _term_sums(
    query: TrendQuery, stored: Stored, terms: Sequence[Term]
) -> Iterable[tuple[Sums, int]]:
    """The sums of terms, and where each is in them; those with one label are added up together."""
    places: dict[str | None, list[str]] = defaultdict(list)
    for term in terms:
        places[term.label].append(term.name)
    tables, numbers = stored.tables.get(query.rule.kind, ()), query.rule.numbers
    sums = {
        label: sums_by_bucket(
            tables, names, numbers, query.buckets.edges, _condition(query, Term("", "", label))
        )
        for label, names in places.items()
    }
    return [(sums[term.label], places[term.label].index(term.name)) for term in terms]


def _most(query: TrendQuery, stored: Stored, prefix: str) -> list[str]:
    """The names with the most posts in the whole range."""
    kind = query.rule.kind
    edges = query.buckets.since, query.buckets.until
    counted = tallies(
        stored.tables.get(kind, ()),
        stored.runs.get(kind, ()),
        edges,
        _condition(query),
        prefix=prefix,
        number=query.rule.posts,
    )
    return most_posts(counted, query.limit)


def _condition(query: TrendQuery, term: Term | None = None) -> SumCondition:
    """Which rows of terms count; rows of scopes have no such dimensions."""
    if query.rule.kind not in TERM_KINDS:
        return SumCondition()
    return SumCondition(term.label if term else None, query.scope.author, query.scope.tag)


def _row(sums: Sums, place: int) -> Sums:
    return {number: values[place] for number, values in sums.items()}


def _series(name: str | None, measure: Measure, sums: Sums, whole: Any = None) -> dict[str, Any]:
    total = {number: values.sum() for number, values in sums.items()}
    return {
        "name": name,
        **_shown(figures(measure, sums), whole),
        "total": _shown(figures(measure, total), None if whole is None else whole.sum()),
    }


def _shown(each: Figures, whole: Any) -> dict[str, Any]:
    share = None if whole is None else rounded_ratio(each.posts, whole)
    return {
        "posts": each.posts,
        "share": share,
        "counts": each.counts,
        "means": each.means,
        "deviations": each.deviations,
    }
