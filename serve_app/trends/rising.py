"""Terms that are in more of the posts than in the period before, and those in fewer.

Pure: knows no database and no HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from deployments.rounding import rounded
from serve_app.response.timestamps import rfc3339
from serve_app.trends.layouts import POSTS, QUARTER_S
from serve_app.trends.reading import Names, Stored
from serve_app.trends.significance import (
    LEVEL,
    Floats,
    Integers,
    Periods,
    least_posts,
    p_values,
    q_values,
    too_few,
)
from serve_app.trends.sums import SumCondition, Tally, sums_by_bucket, tallies, with_at_least
from serve_app.trends.trend import ALL, Scope

#: Where more names than this are in the tables, those that cannot be tested are left out.
_MOST_NAMES = 100_000
#: Significant digits of a probability.
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class RisingQuery:
    """What is asked.

    Attributes:
        kinds: of terms; all are tested together.
        edges: the beginning of the earlier period, that of the later one, and its end, in quarters
            of an hour since 1970.
        scope: whose posts.
        limit: how many terms are told, rising and falling each.
    """

    kinds: tuple[str, ...]
    edges: tuple[int, int, int]
    scope: Scope = ALL
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """Terms in both periods, an element each.

    Attributes:
        terms: kind and name.
        now, before: the posts that have it.
        p_values: of each term alone; nan where it is in too few posts to be tested.
        q_values: the level at which it is significant among all that were tested.
    """

    periods: Periods
    terms: Sequence[tuple[str, str]]
    now: Integers
    before: Integers
    p_values: Floats
    q_values: Floats

    def fills(self, limit: int) -> bool:
        """Whether so many terms that were tested rose, and so many fell."""
        more = self.now * self.periods.before - self.before * self.periods.now
        tested = np.isfinite(self.p_values)
        return bool(min((tested & (more > 0)).sum(), (tested & (more < 0)).sum()) >= limit)

    def surest(self, limit: int, *, rising: bool) -> list[int]:
        """The terms that changed in one direction, those first that did so most surely."""
        more = self.now * self.periods.before - self.before * self.periods.now
        changed = np.flatnonzero(more > 0 if rising else more < 0)
        by_posts = -np.abs(self.now - self.before)[changed]
        # The last key counts first; nan is greater than every number.
        order = np.lexsort((changed, by_posts, self.p_values[changed]))
        surest: list[int] = changed[order[:limit]].tolist()
        return surest


def names_of(query: RisingQuery) -> list[Names]:
    """The rows that are compared."""
    return [*map(Names, query.kinds), Names.one(POSTS.kind, query.scope.name)]


def rising(query: RisingQuery, stored: Stored) -> dict[str, Any]:
    """The posts of both periods, and the terms that changed most surely."""
    compared = _compared(query, stored)
    times = [rfc3339(datetime.fromtimestamp(edge * QUARTER_S, UTC)) for edge in query.edges]
    return {
        **dict(zip(("before_since", "since", "until"), times, strict=True)),
        "author": query.scope.author,
        "tag": query.scope.tag,
        "posts": {"now": compared.periods.now, "before": compared.periods.before},
        "level": LEVEL,
        "tested": int(np.isfinite(compared.p_values).sum()),
        **{
            name: [_shown(compared, place) for place in compared.surest(query.limit, rising=up)]
            for name, up in (("rising", True), ("falling", False))
        },
    }


def compare(periods: Periods, counts: Sequence[tuple[str, str, int, int]]) -> Compared:
    """Test terms, each given by its kind, its name, its posts now and before."""
    terms = [(kind, name) for kind, name, _, _ in counts]
    now = np.array([each[2] for each in counts], np.int64)
    before = np.array([each[3] for each in counts], np.int64)
    tested = ~too_few(periods, now + before)
    p = np.full(len(counts), np.nan)
    p[tested] = p_values(periods, now[tested], before[tested])
    q = np.full(len(counts), np.nan)
    q[tested] = q_values(p[tested])
    return Compared(periods, terms, now, before, p, q)


def _periods(query: RisingQuery, stored: Stored) -> Periods:
    tables = stored.tables.get(POSTS.kind, ())
    sums = sums_by_bucket(tables, [query.scope.name], ["analysed"], query.edges)
    before, now = sums["analysed"][0].tolist()
    return Periods(now, before)


def _compared(query: RisingQuery, stored: Stored) -> Compared:
    """All terms that may be told.

    Those that cannot be tested come last, and are looked up only where there is room for them.
    """
    condition = SumCondition(author=query.scope.author, tag=query.scope.tag)
    tables = {
        kind: tallies(
            stored.tables.get(kind, ()), stored.runs.get(kind, ()), query.edges, condition
        )
        for kind in query.kinds
    }
    periods = _periods(query, stored)
    least = least_posts(periods)
    tested = compare(periods, _counts(tables, dict.fromkeys(tables, least)))
    if tested.fills(query.limit):
        return tested
    names = {kind: sum(len(tally.posts) for tally in each) for kind, each in tables.items()}
    leasts = {kind: least if many > _MOST_NAMES else 1 for kind, many in names.items()}
    return compare(periods, _counts(tables, leasts))


def _counts(
    tables: Mapping[str, Sequence[Tally]], least: Mapping[str, int]
) -> list[tuple[str, str, int, int]]:
    """The posts of both periods of all terms that have so many together, and of some with fewer."""
    counts = []
    for kind, each in tables.items():
        names, posts = with_at_least(each, least[kind])
        pairs = zip(names, posts.tolist(), strict=True)
        counts += [(kind, name, now, before) for name, (before, now) in pairs]
    return counts


def _shown(compared: Compared, place: int) -> dict[str, Any]:
    kind, name = compared.terms[place]
    now, before = int(compared.now[place]), int(compared.before[place])
    shares = _share(now, compared.periods.now), _share(before, compared.periods.before)
    p, q = float(compared.p_values[place]), float(compared.q_values[place])
    few = bool(np.isnan(p))
    return {
        "kind": kind,
        "name": name,
        "posts": {"now": now, "before": before},
        "share": {"now": _rounded(shares[0]), "before": _rounded(shares[1])},
        "ratio": rounded(shares[0] / shares[1]) if shares[0] and shares[1] else None,
        "p_value": None if few else _digits(p),
        "q_value": None if few else _digits(q),
        "significant": not few and q <= LEVEL,
        "too_few": few,
    }


def _share(posts: int, whole: int) -> float | None:
    return posts / whole if whole else None


def _rounded(share: float | None) -> float | None:
    return None if share is None else rounded(share)


def _digits(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
