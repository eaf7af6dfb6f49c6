"""Posts found on a real Postgres: the same as a plain filter over the same posts finds."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import mean
from typing import Any, ClassVar
from uuid import UUID

import pytest
import pytest_asyncio

from deployments.tone.dominant import TONE_WORDS
from serve_app.errors import InvalidRequest
from serve_app.posts import (
    counting,
    emotion_order,
    first_keys,
    relevance,
    repository,
    scanning,
    time_slices,
)
from serve_app.posts.counting import Count
from serve_app.posts.filter_parameters import FilterParameters, post_filter
from serve_app.posts.filters import PostFilter
from serve_app.posts.finding import Page, count_posts, find
from serve_app.posts.scanning import scan
from serve_app.posts.sorting import SORTS, parse_sort
from serve_app.store.database import Database
from tests.services.databases import empty_database
from tests.services.generated_posts import (
    AUTHORS,
    KEYWORDS,
    TAGS,
    WORDS,
    GeneratedPost,
    PostMaker,
    keep,
)
from tests.services.plain_filter import CONDITIONS, meets, sort_key

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = datetime(2026, 3, 10, tzinfo=UTC)
DAYS = 70
OWN, OTHER = 1, 2
COUNT = 500

#: How the ways to a page are forced, which are chosen by the number of posts otherwise.
WAYS: dict[str, dict[str, float]] = {
    "as it comes": {},
    "by walking and slices": {
        "FEW": -1,
        "_WINDOW": 40,
        "_LONGEST_SLICE": 4,
        "_LONGEST_WALK": 256,
        "_LONGEST_WALK_IN_TIME": 64,
        "_SLICES": 3,
        "_GROWTH": 2,
    },
    "by long slices and the rest": {"FEW": -1, "_WINDOW": 9, "_LONGEST_WALK_IN_TIME": 0},
    "by short slices": {
        "FEW": -1,
        "_WINDOW": 5,
        "_LONGEST_SLICE": 2,
        "_LONGEST_WALK": 0,
        "_LONGEST_WALK_IN_TIME": 0,
        "_SLICES": 20,
    },
    "by an estimate that was wrong": {"FEW": 10**9, "MOST_OF_FEW": 20, "_WINDOW": 30},
}
#: The modules whose limits these are.
CHOOSING = (first_keys, time_slices, emotion_order)


@dataclass(frozen=True, slots=True)
class World:
    """Two workspaces with posts, of which the tests find those of the first."""

    database: Database
    posts: list[GeneratedPost]

    async def find(
        self,
        filter: PostFilter,
        sort: str | None = None,
        limit: int = 200,
        cursor: str | None = None,
    ) -> Page:
        async with self.database.transaction(OWN) as connection:
            order = parse_sort(sort, filter)
            return await find(connection, OWN, filter, order, limit=limit, cursor=cursor)

    async def walk(self, filter: PostFilter, sort: str | None, limits: Sequence[int]) -> list[UUID]:
        """The ids of all pages, of so many posts each."""
        ids: list[UUID] = []
        cursor = None
        for page_number in range(10_000):
            limit = limits[page_number % len(limits)]
            page = await self.find(filter, sort, limit, cursor)
            ids += [post.id for post in page.posts]
            assert len(page.posts) == limit or page.next_cursor is None
            cursor = page.next_cursor
            if cursor is None:
                return ids
        raise AssertionError("the pages do not end")

    async def count(self, filter: PostFilter, sort: str | None = None) -> Count:
        async with self.database.transaction(OWN) as connection:
            return await count_posts(connection, OWN, filter, parse_sort(sort, filter))

    async def change(self, rng: random.Random, maker: PostMaker, new: list[UUID]) -> set[UUID]:
        """Add some posts, and delete some of those that were there; the ids of the latter."""
        await self.add(maker, 15, new)
        gone = {each.id for each in rng.sample(self.posts, 5)}
        await self.remove(list(gone))
        return gone

    async def add(self, maker: PostMaker, count: int, new: list[UUID]) -> None:
        """Add posts, and note their ids."""
        made = list(maker.take(count))
        await keep(self.database, OWN, made)
        self.posts.extend(made)
        new += [each.id for each in made]

    async def remove(self, ids: Sequence[UUID]) -> None:
        """Delete posts."""
        async with self.database.transaction(OWN) as connection:
            found = await repository.find(connection, OWN, ids)
            await repository.delete(connection, OWN, list(found.values()))
        self.posts[:] = [each for each in self.posts if each.id not in set(ids)]

    async def restore(self, posts: Sequence[GeneratedPost], new: Sequence[UUID]) -> None:
        """Have the posts again that were there before, and none that are new."""
        await self.remove(new)
        there = {each.id for each in self.posts}
        await keep(self.database, OWN, [each for each in posts if each.id not in there])
        self.posts[:] = posts

    def expected(self, filter: PostFilter, sort: str = "-time") -> list[UUID]:
        """What a plain filter and a plain sort say."""
        keyed = [(sort_key(sort, each), each.id) for each in self.posts if meets(filter, each)]
        keys = sorted(((key, id) for key, id in keyed if key), reverse=sort.startswith("-"))
        return [id for _, id in keys]


@pytest.fixture(scope="module")
def posts() -> list[GeneratedPost]:
    return list(PostMaker(1, first=FIRST, days=DAYS).take(COUNT))


@pytest.fixture(scope="module")
def others() -> list[GeneratedPost]:
    return list(PostMaker(2, first=FIRST, days=DAYS).take(COUNT // 2))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    database_url: str, posts: list[GeneratedPost], others: list[GeneratedPost]
) -> AsyncIterator[World]:
    async with empty_database(database_url) as url:
        database = await Database.open(url, pool_size=2)
        await database.migrate()
        async with database.transaction(None) as connection:
            await connection.execute("INSERT INTO workspaces (name) VALUES ('other')")
        await keep(database, OWN, posts)
        await keep(database, OTHER, others)
        async with database.transaction(None) as connection:
            await connection.execute("ANALYZE posts")
        yield World(database, list(posts))
        await database.close()


def parsed(**parameters: Any) -> PostFilter:
    return post_filter(FilterParameters(**parameters))


#: A value of each condition that some posts meet.
SINGLE: dict[str, dict[str, Any]] = {
    "author": {"author": "Dürr & Söhne"},
    "tags": {"tag": ["it's"]},
    "since": {"since": "2026-04-20T12:30:00+02:00"},
    "until": {"until": "2026-04-20"},
    "language": {"language": "und"},
    "sentiment": {"sentiment": "neutral"},
    "sentiment_min": {"sentiment_min": 0.3},
    "sentiment_max": {"sentiment_max": 0.3},
    "mixed": {"mixed": False},
    "tone": {"tone": TONE_WORDS[1]},
    "emotions": {"emotion": ["joy>=0.4"]},
    "entities": {"entity": ["siemens ag:ORG"]},
    "keywords": {"keyword": ["grid: storage"]},
    "hashtags": {"hashtag": ["#öko"]},
    "mentions": {"mention": ["Anna"]},
    "hosts": {"host": ["example.org"]},
    "ease_min": {"ease_min": 50},
    "ease_max": {"ease_max": 50},
    "has": {"has": ["entities"]},
    "has_not": {"has_not": ["entities"]},
    "state": {"state": "failed"},
    "q": {"q": f'"{WORDS[0]} {WORDS[1]}"'},
}


class Chooser:
    """Makes up filters that some posts meet."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def filter(self) -> PostFilter:
        """Up to three conditions, or more where a combination contradicts itself."""
        while True:
            names = self.random.sample(list(self._makers), self.random.randint(0, 3))
            parameters: dict[str, Any] = {}
            for name in names:
                parameters |= self._makers[name](self)
            try:
                return parsed(**parameters)
            except InvalidRequest:
                continue

    def sort(self, filter: PostFilter) -> str:
        while True:
            sorts = [*(name for name in SORTS if name != "relevance"), "-emotion:joy"]
            name = self.random.choice(["-time", "time", *sorts])
            try:
                return parse_sort(name, filter).name
            except InvalidRequest:
                continue

    def _time(self) -> datetime:
        return FIRST + timedelta(hours=self.random.randrange(24 * DAYS))

    def _words(self) -> str:
        a, b, c = self.random.sample(WORDS, 3)
        return self.random.choice((a, f"{a} {b}", f"{a} -{b}", f'"{a} {b}"', f"{a} or {b} {c}"))

    def _several(self, name: str, values: Sequence[Any]) -> dict[str, Any]:
        return {name: self.random.sample(values, self.random.choice((1, 1, 2)))}

    _makers: ClassVar[dict[str, Callable[["Chooser"], dict[str, Any]]]] = {
        "author": lambda self: {"author": self.random.choice(AUTHORS[:-1])},
        "tag": lambda self: self._several("tag", TAGS),
        "since": lambda self: {"since": self._time().isoformat()},
        "until": lambda self: {"until": self._time().isoformat()},
        "language": lambda self: {"language": self.random.choice(("en", "de", "fr", "pl", "und"))},
        "sentiment": lambda self: {"sentiment": self.random.choice(("positive", "negative"))},
        "range": lambda self: {"sentiment_min": round(self.random.uniform(-1, 0.6), 2)},
        "most": lambda self: {"sentiment_max": round(self.random.uniform(-0.6, 1), 2)},
        "mixed": lambda self: {"mixed": self.random.random() < 0.5},
        "tone": lambda self: {"tone": "grateful"},
        "emotion": lambda self: self._several(
            "emotion", ("joy>=0.4", "joy>=0.45", "anger >= 0.1", "neutral>=1", "joy>=0.455")
        ),
        "entity": lambda self: self._several(
            "entity", ("shell", "SHELL:ORG", "Müller:PERSON", "berlin:ORG", "siemens  ag")
        ),
        "keyword": lambda self: self._several("keyword", KEYWORDS),
        "hashtag": lambda self: self._several("hashtag", ("newjob", "#HIRING", "öko")),
        "mention": lambda self: self._several("mention", ("@anna", "bob")),
        "host": lambda self: self._several("host", ("example.org", "https://news.example.com/x")),
        "ease": lambda self: {"ease_min": self.random.randint(0, 60)},
        "hard": lambda self: {"ease_max": self.random.randint(40, 100)},
        "has": lambda self: self._several("has", ("entities", "keywords", "links", "author")),
        "has_not": lambda self: self._several("has_not", ("tags", "emoji", "entities", "url")),
        "state": lambda self: {"state": self.random.choice(("pending", "failed", "analysed"))},
        "q": lambda self: {"q": self._words()},
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", range(2))
async def test_pages_are_those_of_a_plain_filter(
    world: World, way: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _force(way, monkeypatch)
    chooser = Chooser(seed)
    found = 0
    for _ in range(25):
        filter = chooser.filter()
        sort = chooser.sort(filter)
        limits = [chooser.random.choice((7, 40, 200)), chooser.random.choice((30, 100))]
        expected = world.expected(filter, sort)
        assert await world.walk(filter, sort, limits) == expected, (filter.names, sort)
        assert await world.count(filter, sort) == Count(len(expected), exact=True)
        found += len(expected)
    assert found > 500


@pytest.mark.parametrize("name", CONDITIONS)
async def test_each_condition_alone_and_turned_round(world: World, name: str) -> None:
    """Some posts meet it and some do not, or the test would say nothing."""
    filter = parsed(**SINGLE[name])
    expected = world.expected(filter)
    assert 0 < len(expected) < len(world.posts)
    assert await world.walk(filter, "-time", [200]) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sort", ["-time", "time", "-sentiment", "ease", "-emotion:joy"])
async def test_pages_stay_right_while_posts_come_and_go(
    world: World, sort: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _force(way, monkeypatch)
    rng = random.Random(f"{sort} {way}")
    maker = PostMaker(rng.randrange(10**6), first=FIRST, days=DAYS)
    filter = parsed(language="de")
    before = list(world.posts)
    stays = set(world.expected(filter, sort))
    new: list[UUID] = []
    seen: list[UUID] = []
    cursor = None
    while True:
        page = await world.find(filter, sort, 20, cursor)
        seen += [post.id for post in page.posts]
        cursor = page.next_cursor
        if cursor is None:
            break
        gone = await world.change(rng, maker, new)
        stays -= gone
    assert len(set(seen)) == len(seen)
    assert stays <= set(seen)
    order = {id: place for place, id in enumerate(world.expected(filter, sort))}
    places = [order[id] for id in seen if id in order]
    assert places == sorted(places)
    await world.restore(before, new)


async def test_relevance_ranks_what_speaks_more_of_it_first(world: World) -> None:
    filter = parsed(q=f"{WORDS[0]} {WORDS[1]}")
    ids = await world.walk(filter, None, [7])
    assert sorted(ids) == sorted(world.expected(filter))
    assert len(ids) > 20
    words = {each.id: each.words for each in world.posts}
    distances = [_distance(words[id]) for id in ids]
    assert mean(distances[: len(ids) // 3]) < mean(distances[-len(ids) // 3 :])


async def test_pages_of_ranked_posts_are_of_the_same_posts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relevance, "MAX_RANKED", 30)
    filter = parsed(q=WORDS[0])
    newest = world.expected(filter)[:30]
    maker = PostMaker(77, first=FIRST + timedelta(days=DAYS), days=3)
    new: list[UUID] = []
    seen: list[UUID] = []
    cursor = None
    while True:
        page = await world.find(filter, "relevance", 7, cursor)
        seen += [post.id for post in page.posts]
        cursor = page.next_cursor
        if cursor is None:
            break
        await world.add(maker, 20, new)
    assert sorted(seen) == sorted(newest)
    assert len(set(seen)) == len(seen)
    await world.remove(new)


async def test_matches_are_code_points_of_the_text(world: World) -> None:
    texts = {
        "en": "🚀 Café: shells, Shell's, 'shell' e\u0301 <b>shell</b>\r\n\tSHELL-gas 👩\u200d👧"
        " shelled",
        "fr": "L'éclair des éclairs… ÉCLAIR 🎉éclair",
        "pl": "zażółć shell🚀 …Shell— “shell” shells",
    }
    posts = [_kept(world, text, language) for language, text in texts.items()]
    await keep(world.database, OWN, posts)
    page = await world.find(parsed(q="shell or éclair or unheard", author="marker"), "time")
    found = {
        post.content.language: [
            post.content.text[span.start : span.end] for span in page.matches[post.id]
        ]
        for post in page.posts
    }
    assert found == {
        "en": ["shells", "Shell", "shell", "shell", "SHELL", "shelled"],
        "fr": ["éclair", "éclairs", "ÉCLAIR", "éclair"],
        "pl": ["shell", "Shell", "shell"],
    }
    await world.remove([post.id for post in posts])


async def test_words_are_read_as_the_language_of_each_post_has_them(world: World) -> None:
    """'die' is passed over in German, and a word in English."""
    posts = [
        _kept(world, "Die Häuser der Stadt", "de"),
        _kept(world, "Old houses die", "en"),
        _kept(world, "die haus", "pl"),
    ]
    await keep(world.database, OWN, posts)
    german, english, polish = (post.id for post in posts)

    async def ids(q: str, **others: Any) -> set[UUID]:
        page = await world.find(parsed(q=q, author="marker", **others))
        return {post.id for post in page.posts}

    assert await ids("die") == {english, polish}
    assert await ids("haus") == {german, polish}
    assert await ids("haus die") == {german, polish}
    assert await ids("house") == {english}
    assert await ids("house -die") == set()
    assert await ids("-die") == {german}  # the author says which posts
    assert await ids("die", language="pl") == {polish}
    await world.remove([post.id for post in posts])


async def test_all_posts_are_scanned_in_order_of_their_ids(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "_IDS", 50)
    monkeypatch.setattr(scanning, "_POSTS", 20)
    for filter in (parsed(), parsed(q=WORDS[0]), parsed(since="2026-04-01", tag=["launch"])):
        ids = [post.id async for post in scan(world.database, OWN, filter)]
        assert ids == sorted(world.expected(filter))
        assert ids


async def test_above_the_limit_a_count_is_an_estimate(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.database.transaction(None) as connection:
        await connection.execute("ANALYZE posts")
    filter = parsed(sentiment="positive")
    there = len(world.expected(filter))
    monkeypatch.setattr(counting, "MAX_EXACT_COUNT", there)
    assert await world.count(filter) == Count(there, exact=True)
    monkeypatch.setattr(counting, "MAX_EXACT_COUNT", there - 1)
    count = await world.count(filter)
    assert not count.exact
    assert there <= count.value < 1.5 * there


class TestCursors:
    async def test_they_are_bound_to_their_list(self, world: World) -> None:
        filter = parsed(sentiment="positive")
        cursor = (await world.find(filter, "-time", 5)).next_cursor
        assert cursor
        for other, sort in (
            (parsed(sentiment="negative"), "-time"),
            (parsed(), "-time"),
            (filter, "time"),
            (filter, "-sentiment"),
        ):
            with pytest.raises(InvalidRequest) as refusal:
                await world.find(other, sort, 5, cursor)
            assert refusal.value.problem.type.slug == "invalid-cursor"

    async def test_they_are_bound_to_their_workspace(self, world: World) -> None:
        cursor = (await world.find(parsed(), "-time", 5)).next_cursor
        async with world.database.transaction(OTHER) as connection:
            sort = parse_sort("-time", parsed())
            with pytest.raises(InvalidRequest, match="another list"):
                await find(connection, OTHER, parsed(), sort, limit=5, cursor=cursor)

    async def test_equal_filters_have_equal_cursors(self, world: World) -> None:
        first = parsed(has=["url", "author"], keyword=["Net  Zero", "wind farm"])
        second = parsed(has=["author", "url"], keyword=["wind farm", "net zero", "net zero"])
        cursor = (await world.find(first, "-time", 1)).next_cursor
        await world.find(second, "-time", 1, cursor)


async def test_the_other_workspace_is_never_seen(world: World, others: list[GeneratedPost]) -> None:
    own = await world.walk(parsed(), "-time", [200])
    assert not set(own) & {each.id for each in others}
    assert len(own) == len(world.posts)


@pytest.mark.parametrize(
    ("q", "beside"),
    [
        ("the", {"language": "en"}),
        ("-shell", {"state": "analysed"}),
        ("word or -shell", {}),
        ("!!!", {}),
        ('""', {}),
        ("-", {"tag": ["launch"]}),
    ],
)
async def test_a_query_without_a_word_is_refused(
    world: World, q: str, beside: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await world.find(parsed(q=q, **beside))
    assert refusal.value.problem.type.slug == "unsearchable-query"


@pytest.mark.parametrize(
    "q",
    [
        "it's",
        "''a''",
        "a\\",
        "a & | ! <-> b",
        '"a',
        "a:*",
        "(a",
        "l:en",
        "'g:launch'",
        "e\u0301 🚀 x",
    ],
)
async def test_no_query_breaks_the_search(world: World, q: str) -> None:
    assert not (await world.find(parsed(q=f"{q} unheard"))).posts


def _force(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WAYS[way].items():
        for module in CHOOSING:
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)


def _distance(words: Sequence[str]) -> int:
    """Between the nearest two places of the words that are looked for."""
    places = [[i for i, word in enumerate(words) if word == wanted] for wanted in WORDS[:2]]
    return min(abs(a - b) for a in places[0] for b in places[1])


def _kept(world: World, text: str, language: str) -> GeneratedPost:
    """A post with this text, by the author ``marker``."""
    made = PostMaker(hash(text) % 1000, first=FIRST, days=DAYS).make()
    content = replace(made.post.content, text=text, language=language, author="marker")
    return replace(made, post=replace(made.post, content=content))
