"""Rows of trends in memory: added up, as bytes, and ranked."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

import pytest

from serve_app.posts.terms import Findable, findable
from serve_app.trends.block import decode_block
from serve_app.trends.contribution import Contribution, contribution
from serve_app.trends.delta import delta, delta_table
from serve_app.trends.layouts import LAYOUTS, QUARTER_S, SEPARATOR, Layout
from serve_app.trends.merging import Block, Run, absorbed, delta_parts, merged, stretches
from serve_app.trends.sums import (
    SumCondition,
    most_posts,
    posts_of,
    sums_by_bucket,
    tallies,
    with_at_least,
)
from serve_app.trends.table import Table, total

START = datetime(2026, 1, 20, tzinfo=UTC)
HASHTAGS = LAYOUTS["hashtags"]


def _post(rng: random.Random, name: str | None = None) -> Contribution:
    names = [name] if name else rng.sample([f"tag{n}" for n in range(60)], 3)
    terms = [f"#:{each}" for each in names] + ["s:positive"]
    found = Findable("simple", tuple(terms), sentiment=round(rng.uniform(-1, 1), 4))
    author, tags = rng.choice(["anna", "ben", None]), rng.sample(["x", "y"], rng.randrange(3))
    return contribution(
        START + timedelta(minutes=rng.randrange(20 * 1_440)), author, tuple(tags), found
    )


def _table(posts: Sequence[Contribution], *, removed: Sequence[Contribution] = ()) -> Table:
    return delta_table(HASHTAGS, [delta(removed, posts)["hashtags"]])


def _rows(table: Table) -> dict[tuple[object, ...], list[int]]:
    places = [
        [table.dictionaries[name][place] for place in table.places[name].tolist()]
        for name in table.layout.dimensions
    ]
    columns = [table.number(name).tolist() for name in table.layout.numbers]
    keys = zip(*places, table.quarters.tolist(), strict=True)
    return dict(zip(keys, map(list, zip(*columns, strict=True)), strict=True))


def _blocks(table: Table, layout: Layout = HASHTAGS) -> list[Block]:
    return merged((layout.kind, 672), 1, [table], [])


def test_deltas_add_up_in_any_order_and_cancel() -> None:
    rng = random.Random(1)
    posts = [_post(rng) for _ in range(50)]
    one = _table(posts)
    many = total(HASHTAGS, [_table([post]) for post in rng.sample(posts, len(posts))])
    assert _rows(one) == _rows(many)
    without = total(HASHTAGS, [one, _table([], removed=posts[10:])])
    assert _rows(without) == _rows(_table(posts[:10]))
    assert set(without.dictionaries["name"]) == {
        name for post in posts[:10] for name, _ in (post.terms or {})["hashtags"]
    }
    assert delta(posts, posts[::-1]) == {}


def test_blocks_give_back_what_they_were_given() -> None:
    rng = random.Random(2)
    for posts in (
        [_post(rng)],
        [_post(rng, "é𝄞") for _ in range(9)],
        [_post(rng) for _ in range(400)],
    ):
        table = total(HASHTAGS, [_table(posts), _table([], removed=posts[:3])])
        rows: dict[tuple[object, ...], list[int]] = {}
        for block in _blocks(table):
            decoded = decode_block(block.body)
            rows |= _rows(decoded)
            assert (decoded.dictionaries["name"][0], decoded.dictionaries["name"][-1]) == (
                block.first_name, block.last_name,
            )  # fmt: skip
            assert block.rows == len(decoded)
        assert rows == _rows(table)


def test_large_numbers_survive() -> None:
    """A sum of squares beyond 32 bits, in a row of many posts."""
    post = contribution(START, None, (), Findable("simple", ("s:positive",), sentiment=-0.9999))
    table = delta_table(LAYOUTS["posts"], [delta([], [post] * 5_000)["posts"]])
    [block] = _blocks(table, LAYOUTS["posts"])
    assert decode_block(block.body).number("score_squares").tolist() == [9_999**2 * 5_000]


def test_a_run_is_divided_between_names() -> None:
    rng = random.Random(3)
    often = [_post(rng, f"name{number % 5}") for number in range(30_000)]
    blocks = _blocks(_table(often))
    assert len(blocks) > 1
    assert [block.place for block in blocks] == list(range(len(blocks)))
    for before, after in pairwise(blocks):
        assert before.last_name < after.first_name


def test_parts_are_months() -> None:
    post = Findable("simple", ())
    moments = [datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)]
    bodies = delta([], [contribution(moment, None, (), post) for moment in moments])
    parts = delta_parts(bodies.items())
    assert sorted(parts) == [("posts", 672), ("posts", 673)]
    assert [len(table) for table in parts.values()] == [1, 1]


def test_small_runs_are_merged_and_large_ones_left() -> None:
    runs = [Run(("posts", 1), number, rows) for number, rows in enumerate([5, 40, 1_000, 10_000])]
    assert {run.rows for run in absorbed(10, runs)} == {5, 40}
    assert {run.rows for run in absorbed(400, runs)} == {5, 40, 1_000}
    assert absorbed(1, runs[2:]) == []
    assert absorbed(1, runs[2:], removing=True) == runs[2:]
    large = [*runs, Run(("posts", 1), 9, 10**6)]
    assert {run.rows for run in absorbed(10, large, removing=True)} == {5, 40}


def test_stretches_cover_all_names() -> None:
    blocks = [("a", 3), ("b", 3), ("b", 3), ("b", 9), ("c", 1), ("d", 5)]
    ends = list(stretches(blocks, 6))
    assert [first for first, _ in ends] == ["", "b", "c"]
    assert [last for _, last in ends[:-1]] == ["b", "c"]
    assert list(stretches(blocks, 1_000)) == [("", ends[-1][1])]


def test_a_month_of_many_writes_has_few_runs() -> None:
    runs: list[Run] = []
    written = 0
    for number in range(20_000):
        merged_runs = absorbed(10, runs)
        rows = 10 + sum(run.rows for run in merged_runs)
        written += rows
        runs = [*(run for run in runs if run not in merged_runs), Run(("posts", 1), number, rows)]
        assert len(runs) <= 10
    assert written < 200_000 * 25  # how often a row is written, on average


@pytest.mark.parametrize(
    "condition", [SumCondition(), SumCondition(author="anna"), SumCondition(tag="x")]
)
def test_sums_by_bucket_are_those_of_the_posts(condition: SumCondition) -> None:
    rng = random.Random(4)
    posts = [_post(rng) for _ in range(300)]
    tables = [decode_block(b.body) for b in _blocks(_table(posts[:200]))] + [_table(posts[200:])]
    first = int(START.timestamp()) // QUARTER_S
    edges = [first + 100, first + 500, first + 900]
    sums = sums_by_bucket(tables, ["tag7", "none", "tag3"], ["posts", "score"], edges, condition)
    for at, name in enumerate(["tag7", "none", "tag3"]):
        for bucket in range(2):
            counted = [
                post
                for post in _passing(posts, condition)
                if (name, "") in (post.terms or {})["hashtags"]
                and edges[bucket] <= post.quarter < edges[bucket + 1]
            ]
            assert sums["posts"][at][bucket] == len(counted)
            assert sums["score"][at][bucket] == sum(post.sentiment[4] for post in counted)


def _passing(posts: Iterable[Contribution], condition: SumCondition) -> list[Contribution]:
    return [
        post
        for post in posts
        if condition.author in (None, post.author)
        and (condition.tag is None or condition.tag in post.tags)
    ]


@pytest.mark.parametrize("limit", [1, 5, 59, 100])
@pytest.mark.parametrize("sizes", [[300] * 10, [1_800, 700, *[50] * 10]], ids=["even", "uneven"])
def test_the_names_with_the_most_posts(limit: int, sizes: list[int]) -> None:
    rng = random.Random(limit)
    posts = [_post(rng, f"tag{int(rng.paretovariate(0.7))}") for _ in range(3_000)]
    removed = rng.sample(posts, 300)
    pieces = [posts[end - size : end] for size, end in zip(sizes, accumulate(sizes), strict=True)]
    tables = [_table(piece) for piece in pieces] + [_table([], removed=removed)]
    counted = tallies(tables, range(len(tables)), [0, 10**7])
    expected: Counter[str] = Counter(name for post in posts for name, _ in _hashtags(post))
    expected.subtract(Counter(name for post in removed for name, _ in _hashtags(post)))
    ranking = sorted((-count, name) for name, count in expected.items() if count)
    names = [name for _, name in ranking[:limit]]
    assert most_posts(counted, limit) == names
    enough = {name for name, count in expected.items() if count >= 4}
    for sources in (1, len(tables)):  # by shares, and by hashes
        found, posts_of_found = with_at_least(counted[:sources], 4)
        sums = dict(zip(found, posts_of_found[:, 0].tolist(), strict=True))
        if sources > 1:
            assert enough <= set(sums)
            assert all(sums[name] == expected[name] for name in sums)
    some = names[::-1]
    assert posts_of(counted, some)[:, 0].tolist() == [expected[name] for name in some]


def _hashtags(post: Contribution) -> Sequence[tuple[str, str]]:
    return (post.terms or {})["hashtags"]


def test_an_empty_workspace_has_no_names() -> None:
    assert most_posts([], 5) == []


ANALYSIS = {
    "signals": {"hashtags": [{"text": "#New Job"}, {"text": "＃new  job"}]},
    "sentiment": {"status": "failed"},
    "keywords": {"status": "ok", "items": [{"text": "Net Zero"}]},
    "entities": {
        "status": "ok",
        "items": [
            {"text": "Shell", "label": "ORG"}, {"text": "SHELL", "label": "PRODUCT"},
            {"text": "2026", "label": "DATE"}, {"text": "May: 5", "label": "DATE"},
            {"text": "Target: X", "label": "WORK"},
        ],
    },
}  # fmt: skip


def test_a_post_is_counted_once_for_each_of_its_terms() -> None:
    found = findable(ANALYSIS, author="Anna", tags=["b", "a", "b"])
    one = contribution(START, "Anna", ("b", "a", "b"), found)
    assert one.terms == {
        "entities": (("shell", f"ORG{SEPARATOR}PRODUCT"), ("target: x", "WORK")),
        "keywords": (("net zero", ""),),
        "hashtags": (("new job", ""),),
    }
    assert one.scopes == ("", "a:Anna", "g:a", "g:b")
    assert one.posts[:3] == (1, 1, 0)  # there is an analysis, and it has no sentiment
    assert one.emotions is None


def test_a_post_without_an_analysis_is_counted_by_scope_alone() -> None:
    one = contribution(START, None, (), None)
    assert (one.posts, one.terms, one.scopes) == ((1,), None, ("",))
    assert set(delta([], [one])) == {"posts"}
