"""Trends on a real Postgres: exact whatever happens to posts, and as the API tells them."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import mean, stdev
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import numpy as np
import pytest

from deployments.results import EMOTIONS
from deployments.tone.dominant import TONE_WORDS
from serve_app.posts.changes import PostChange, PostState
from serve_app.posts.terms import findable, folded
from serve_app.store.database import Database
from serve_app.trends.counting import TrendCounting
from serve_app.trends.folding import Folding
from serve_app.trends.layouts import LAYOUTS, SEPARATOR
from serve_app.trends.measures import MEASURES
from serve_app.trends.reading import Names, decoded, read
from serve_app.trends.runs import settle
from serve_app.trends.schemas import TermChanges, TrendBody
from serve_app.trends.series import series
from serve_app.trends.table import total
from serve_app.trends.trend import Scope, Term
from tests.services.asgi_client import problem
from tests.services.databases import empty_database
from tests.services.kept_posts import KeptPosts, kept_posts

FIRST_DAY = datetime(2026, 1, 29, tzinfo=UTC)  # so that a month ends within the days of the test
NAMES = ("Shell", "BP", "Ana Ruiz", "Target", "Kraków")
LABELS = ("ORG", "PERSON", "LOC", "DATE")


@dataclass(frozen=True)
class Post:
    """A post as a test knows it."""

    published_at: datetime
    author: str | None
    tags: tuple[str, ...]
    analysis: Mapping[str, Any] | None

    @property
    def state(self) -> PostState:
        found = findable(self.analysis, author=self.author, tags=self.tags)
        return PostState(
            self.published_at, self.author, self.tags, self.analysis is not None, found
        )


def random_post(rng: random.Random) -> Post:
    return Post(
        FIRST_DAY + timedelta(seconds=rng.randrange(6 * 86_400)),
        rng.choice([None, "anna", "ben", "Anna"]),
        tuple(rng.sample(["launch", "berlin", "Launch", "x"], rng.randrange(4))),
        random_analysis(rng) if rng.random() < 0.8 else None,
    )


def random_analysis(rng: random.Random) -> dict[str, Any]:
    positive, negative = round(rng.uniform(0, 0.6), 4), round(rng.uniform(0, 0.4), 4)
    sections: dict[str, dict[str, Any]] = {
        "sentiment": {
            "label": rng.choice(["positive", "neutral", "negative"]),
            "mixed": rng.random() < 0.2,
            "scores": {
                "positive": positive,
                "negative": negative,
                "neutral": round(1 - positive - negative, 4),
            },
        },
        "tone": {
            "dominant": rng.choice(TONE_WORDS),
            "emotions": {emotion: round(rng.random() ** 8, 4) for emotion in EMOTIONS},
        },
        "keywords": {"items": [{"text": name} for name in rng.sample(NAMES, rng.randrange(4))]},
        "entities": {
            "items": [
                {"text": rng.choice(NAMES), "label": rng.choice(LABELS)}
                for _ in range(rng.randrange(5))
            ]
        },
        "readability": {"words": rng.randrange(1, 400)}
        | ({"ease": round(rng.uniform(0, 100), 4)} if rng.random() < 0.8 else {}),
    }
    for section in sections.values():
        section["status"] = rng.choice(["ok"] * 9 + ["unsupported_language"])
    tags = [{"text": f"#{name.replace(' ', '')}"} for name in rng.sample(NAMES, rng.randrange(3))]
    return {"signals": {"hashtags": tags}, "language": {"code": "en"}, **sections}


Rows = dict[tuple[Any, ...], dict[str, int]]


def recomputed(posts: Iterable[Post]) -> Rows:
    """Every row of the trends, by kind, dimensions and quarter, from the posts themselves."""
    rows: dict[tuple[Any, ...], Counter[str]] = {}

    def add(key: tuple[Any, ...], numbers: Mapping[str, int]) -> None:
        rows.setdefault(key, Counter()).update(numbers)

    for post in posts:
        quarter = int(post.published_at.timestamp()) // 900
        scopes = [
            "",
            *([f"a:{post.author}"] if post.author else []),
            *(f"g:{t}" for t in post.tags),
        ]
        analysis = post.analysis or {}
        ok = {n: s for n, s in analysis.items() if n == "signals" or s.get("status") == "ok"}
        sentiment = _sentiment(ok.get("sentiment"))
        for scope in scopes:
            add(("posts", scope, quarter), {"posts": 1, **_numbers(post, ok), **sentiment})
            if "tone" in ok:
                add(("emotions", scope, quarter), _emotions(ok["tone"]))
        place = (post.author or "", SEPARATOR.join(sorted(post.tags)), quarter)
        for kind, name, labels in _terms(ok):
            add((kind, name, labels, *place), {"posts": 1, **sentiment})
    return {key: {n: v for n, v in row.items() if v} for key, row in rows.items()}


def _sentiment(section: Mapping[str, Any] | None) -> dict[str, int]:
    if section is None:
        return {}
    score = round((section["scores"]["positive"] - section["scores"]["negative"]) * 10_000)
    flags = {name: int(section["label"] == name) for name in ("positive", "negative")}
    return {
        "scored": 1, **flags, "mixed": int(section["mixed"]), "score": score,
        "score_squares": score**2,
    }  # fmt: skip


def _numbers(post: Post, ok: Mapping[str, Any]) -> dict[str, int]:
    numbers = {"analysed": int(post.analysis is not None)}
    if "tone" in ok:
        numbers |= {"toned": 1, ok["tone"]["dominant"]: 1}
    reading = ok.get("readability", {})
    if "words" in reading:
        numbers |= {
            "counted": 1, "words": reading["words"], "words_squares": reading["words"] ** 2,
        }  # fmt: skip
    if "ease" in reading:
        ease = round(float(np.float32(reading["ease"])) * 100)  # as its column keeps it
        numbers |= {"eased": 1, "ease": ease, "ease_squares": ease**2}
    return numbers


def _emotions(tone: Mapping[str, Any]) -> dict[str, int]:
    shares = {name: int(1000 * value) for name, value in tone["emotions"].items()}
    return {"toned": 1, **shares, **{f"{n}_squares": v**2 for n, v in shares.items()}}


def _terms(ok: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    labels: dict[str, set[str]] = {}
    for item in ok.get("entities", {}).get("items", ()):
        if item["label"] != "DATE":
            labels.setdefault(folded(item["text"]), set()).add(item["label"])
    yield from (("entities", n, SEPARATOR.join(sorted(each))) for n, each in labels.items())
    yield from (
        ("keywords", folded(i["text"]), "") for i in ok.get("keywords", {}).get("items", ())
    )
    hashtags = {folded(i["text"][1:]) for i in ok.get("signals", {}).get("hashtags", ())}
    yield from (("hashtags", name, "") for name in hashtags)


@asynccontextmanager
async def migrated(server_url: str) -> AsyncIterator[Database]:
    async with empty_database(server_url) as url:
        database = await Database.open(url, pool_size=8)
        await database.migrate()
        yield database
        await database.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with migrated(database_url) as opened:
        yield opened


async def stored(database: Database, workspace: int) -> Rows:
    """Every row of the trends, as a reader adds them up."""
    async with database.transaction(workspace) as connection:
        found = decoded(await read(connection, workspace, list(map(Names, LAYOUTS)), 0, 4_000_000))
    rows = {}
    for kind, tables in found.tables.items():
        table = total(LAYOUTS[kind], tables)
        places = [
            [table.dictionaries[name][place] for place in table.places[name].tolist()]
            for name in LAYOUTS[kind].dimensions
        ]
        for at, key in enumerate(zip(*places, table.quarters.tolist(), strict=True)):
            numbers = {name: int(table.number(name)[at]) for name in LAYOUTS[kind].numbers}
            rows[(kind, *key)] = {name: number for name, number in numbers.items() if number}
    return rows


@dataclass
class Writer:
    """Changes posts of one workspace, some at a time, and remembers what was committed."""

    database: Database
    workspace: int
    rng: random.Random
    posts: dict[UUID, Post] = field(default_factory=dict)

    async def write(self) -> None:
        ids = [*self.rng.sample(sorted(self.posts), min(len(self.posts), 3)), uuid4(), uuid4()]
        after = {id: self._change(self.posts.get(id)) for id in ids}
        changes = [
            PostChange(id, _state(self.posts.get(id)), _state(post)) for id, post in after.items()
        ]
        with suppress(_Undone):
            async with self.database.transaction(self.workspace) as connection:
                await TrendCounting().changed(connection, self.workspace, changes)
                await asyncio.sleep(self.rng.random() / 100)
                if self.rng.random() < 0.15:
                    raise _Undone
            self.posts = {id: post for id, post in (self.posts | after).items() if post}

    def _change(self, post: Post | None) -> Post | None:
        """Another text, author, tag or time; the same text analysed anew; or the end."""
        other = random_post(self.rng)
        if post is None or self.rng.random() < 0.2:
            return None if post else other
        name = self.rng.choice(["published_at", "author", "tags", "analysis"])
        return Post(**{**vars(post), name: vars(other)[name]})


class _Undone(Exception):
    """The transaction is rolled back."""


def _state(post: Post | None) -> PostState | None:
    return post.state if post else None


async def _workspaces(database: Database, count: int) -> list[int]:
    async with database.transaction(None) as connection:
        return [
            await connection.fetchval(
                "INSERT INTO workspaces (name) VALUES ($1) RETURNING id", f"w{number}"
            )
            for number in range(count)
        ]


async def _fold_until(folding: Folding, done: asyncio.Event) -> None:
    while not done.is_set():
        await folding.fold()
        await folding.settle()
        await asyncio.sleep(0.02)


#: Names leave with the deltas that take their posts away, or when blocks are settled.
LEAVING = pytest.mark.parametrize("removed_at_once", [0, 2**16], indirect=True)


@pytest.fixture
def removed_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    rows: int = request.param
    monkeypatch.setattr("serve_app.trends.merging._REMOVED_AT_ONCE", rows)
    return rows


@LEAVING
async def test_every_sum_is_that_of_the_posts(database: Database, removed_at_once: int) -> None:
    rng = random.Random(removed_at_once)
    writers = [
        Writer(database, workspace, random.Random(rng.random()))
        for workspace in await _workspaces(database, 3)
        for _ in range(2)
    ]
    folding, done = Folding(database), asyncio.Event()
    folders = [asyncio.create_task(_fold_until(folding, done)) for _ in range(2)]

    async def write(writer: Writer) -> None:
        for _ in range(40):
            await writer.write()

    await asyncio.gather(*map(write, writers))
    done.set()
    await asyncio.gather(*folders)
    expected = {
        workspace: recomputed(
            post for w in writers if w.workspace == workspace for post in w.posts.values()
        )
        for workspace in {writer.workspace for writer in writers}
    }
    for workspace, rows in expected.items():
        assert len(rows) > 300
        assert await stored(database, workspace) == rows
    await folding.fold()
    for workspace, rows in expected.items():
        async with database.transaction(workspace) as connection:
            assert await settle(connection, workspace, most_rows=40)
        assert await stored(database, workspace) == rows
    async with database.transaction(None) as connection:
        assert await connection.fetchval("SELECT count(*) FROM trend_blocks WHERE removes") == 0


@LEAVING
async def test_deleted_posts_leave_no_row_and_no_name(
    database: Database, removed_at_once: int
) -> None:
    [workspace] = await _workspaces(database, 1)
    writer = Writer(database, workspace, random.Random(5))
    folding = Folding(database)
    for _ in range(10):
        await writer.write()
        await folding.fold()
    changes = [PostChange(id, post.state, None) for id, post in writer.posts.items()]
    async with database.transaction(workspace) as connection:
        await TrendCounting().changed(connection, workspace, changes)
    assert await stored(database, workspace) == {}
    await folding.fold()
    if not removed_at_once:
        await folding.settle()
    async with database.transaction(None) as connection:
        assert await connection.fetchval("SELECT count(*) FROM trend_deltas") == 0
        assert await connection.fetchval("SELECT count(*) FROM trend_blocks") == 0


async def test_a_change_that_changes_nothing_writes_nothing(database: Database) -> None:
    [workspace] = await _workspaces(database, 1)
    post = random_post(random.Random(1))
    async with database.transaction(workspace) as connection:
        await TrendCounting().changed(
            connection, workspace, [PostChange(uuid4(), post.state, post.state)]
        )
        assert await connection.fetchval("SELECT count(*) FROM trend_deltas") == 0


async def test_other_workspaces_are_out_of_reach(database: Database) -> None:
    mine, other = await _workspaces(database, 2)
    post = random_post(random.Random(1))
    for workspace in (mine, other):
        async with database.transaction(workspace) as connection:
            await TrendCounting().changed(
                connection, workspace, [PostChange(uuid4(), None, post.state)]
            )
    await Folding(database).fold()
    async with database.transaction(mine) as connection:
        for table in ("trend_deltas", "trend_blocks"):
            assert not await connection.fetch(f"SELECT FROM {table} WHERE workspace = $1", other)
        assert not decoded(await read(connection, other, [Names("posts")], 0, 4_000_000)).tables
    async with database.transaction(mine) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await TrendCounting().changed(
                connection, other, [PostChange(uuid4(), None, post.state)]
            )


TEXTS = (
    "Proud of our team in Berlin! Thank you. #hiring",
    "Sorry, we lost the order from Siemens today #logistics",
    "Disappointed by the new office of Siemens in Madrid",
)


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[KeptPosts]:
    async with empty_database(database_url) as url, kept_posts(url) as kept:
        yield kept


async def _keep(kept: KeptPosts, *contents: Mapping[str, Any]) -> list[dict[str, Any]]:
    response = await kept.client.post("/v1/posts", json={"posts": list(contents)})
    return [item["post"] for item in response.json()["items"]]


async def _trend(kept: KeptPosts, path: str = "/v1/trends", **parameters: Any) -> dict[str, Any]:
    response = await kept.client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def _content(number: int) -> dict[str, Any]:
    """Of three texts and two authors, an hour later each."""
    moment = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(hours=number)
    return {
        "text": f"{TEXTS[number % 3]} {number}",
        "author": ("anna", "ben")[number % 2],
        "tags": ["launch"] if number % 4 == 0 else [],
        "published_at": moment.isoformat(),
    }


def _days(posts: Iterable[Mapping[str, Any]], zone: str) -> dict[str, list[Mapping[str, Any]]]:
    """The posts by their day in a time zone."""
    days: dict[str, list[Mapping[str, Any]]] = {}
    for post in posts:
        moment = datetime.fromisoformat(post["published_at"]).astimezone(ZoneInfo(zone))
        days.setdefault(f"{moment:%Y-%m-%d}", []).append(post)
    return days


async def test_a_trend_is_what_the_kept_posts_say(kept: KeptPosts) -> None:
    """After posts were written, edited and deleted, folded or not."""
    posts = await _keep(kept, *(_content(number) for number in range(70)))
    ids = [post["id"] for post in posts]
    await kept.client.delete(f"/v1/posts/{ids[3]}")
    await kept.client.patch(f"/v1/posts/{ids[4]}", json={"text": "Thank you all!"})
    await kept.client.patch(f"/v1/posts/{ids[5]}", json={"author": "carla", "tags": ["launch"]})
    moved = {"published_at": "2026-03-30T12:00:00Z"}
    await kept.client.patch(f"/v1/posts/{ids[6]}", json=moved)
    await kept.client.delete("/v1/authors/ben")
    read = [await kept.client.get(f"/v1/posts/{id}") for id in ids]
    left = [response.json() for response in read if response.status_code == 200]
    days = _days(left, "Europe/Madrid")
    asked = {"tz": "Europe/Madrid", "since": "2026-03-28", "until": "2026-03-31"}
    for _ in range(2):
        trend = await _trend(kept, measure="sentiment", **asked)
        assert trend["buckets"] == [
            "2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00",
        ]  # fmt: skip
        [series] = trend["series"]
        for at, start in enumerate(trend["buckets"]):
            found = [post["analysis"]["sentiment"] for post in days[start[:10]]]
            scores = [s["scores"]["positive"] - s["scores"]["negative"] for s in found]
            assert series["posts"][at] == len(found)
            assert series["means"]["score"][at] == pytest.approx(mean(scores), abs=1e-4)
            assert series["deviations"]["score"][at] == pytest.approx(stdev(scores), abs=1e-4)
            for label in ("positive", "neutral", "negative"):
                count = sum(s["label"] == label for s in found)
                assert series["counts"][label][at] == count
        assert series["total"]["posts"] == len(left)
        entities = await _trend(kept, measure="entities", author="anna", **asked)
        of_anna = [post for post in left if post["author"] == "anna"]
        for entity in entities["series"]:
            naming = [
                post
                for post in of_anna
                if any(
                    folded(item["text"]) == entity["name"]
                    for item in post["analysis"]["entities"]["items"]
                )
            ]
            assert entity["total"]["posts"] == len(naming)
            assert entity["total"]["share"] == round(len(naming) / len(of_anna), 4)
        assert entities["series"]
        await kept.rooms.folding.fold()
        await kept.rooms.folding.settle()


async def test_series_by_author_and_by_tag(kept: KeptPosts) -> None:
    await _keep(kept, *(_content(number) for number in range(9)))
    asked = {"since": "2026-03-28", "until": "2026-03-29"}
    authors = await _trend(kept, measure="words", by="author", **asked)
    assert [(s["name"], s["posts"]) for s in authors["series"]] == [("anna", [5]), ("ben", [4])]
    assert authors["series"][0]["means"]["words"][0] > 5
    one = await _trend(kept, measure="words", author="ben", **asked)
    assert one["series"][0] == {**authors["series"][1], "name": None}
    [tag] = (await _trend(kept, measure="tone", by="tag", **asked))["series"]
    assert (tag["name"], tag["posts"]) == ("launch", [3])
    assert sum(counts[0] for counts in tag["counts"].values()) == 3
    first = await _trend(kept, measure="posts", by="author", limit=1, **asked)
    assert [series["name"] for series in first["series"]] == ["anna"]


async def test_share_of_voice_and_the_sentiment_of_those_who_name_one(kept: KeptPosts) -> None:
    await _keep(kept, *(_content(number) for number in range(9)))
    asked = {"since": "2026-03-28", "until": "2026-03-29"}
    voice = await _trend(kept, share_of="Siemens,berlin,nobody", **asked)
    assert [(s["name"], s["posts"], s["share"]) for s in voice["series"]] == [
        ("siemens", [6], [0.6667]), ("berlin", [3], [0.3333]), ("nobody", [0], [0.0]),
    ]  # fmt: skip
    naming = await _trend(kept, measure="sentiment", entity="siemens", **asked)
    assert naming["series"][0]["counts"]["negative"] == [6]
    labelled = await _trend(kept, measure="entities", entity=["siemens:PERSON"], **asked)
    assert [(s["name"], s["posts"]) for s in labelled["series"]] == [("siemens:PERSON", [0])]


async def test_rising_and_falling_terms(kept: KeptPosts) -> None:
    now = datetime(2026, 3, 28, tzinfo=UTC)
    contents = [
        {
            "text": f"We met {'Siemens' if number % 2 else 'Philips'} again, number {number}.",
            "published_at": (now + timedelta(days=number % 2, seconds=number)).isoformat(),
            "tags": ["few"] if number < 8 else [],
        }
        for number in range(60)
    ]
    await _keep(kept, *contents)
    changes = await _trend(kept, "/v1/trends/terms", days=1, until="2026-03-30", kind="entities")
    assert changes["posts"] == {"now": 30, "before": 30}
    [up], [down] = (
        [each for each in changes[name] if each["significant"]] for name in ("rising", "falling")
    )
    assert (up["name"], up["posts"]) == ("siemens", {"now": 30, "before": 0})
    assert (down["name"], down["share"]) == ("philips", {"now": 0.0, "before": 1.0})
    assert up["p_value"] < 1e-15
    one = await _trend(
        kept, "/v1/trends/terms", days=1, until="2026-03-30", kind="entities", limit=1
    )
    assert one == {**changes, "rising": changes["rising"][:1], "falling": changes["falling"][:1]}
    few = await _trend(kept, "/v1/trends/terms", days=1, until="2026-03-30", tag="few")
    assert (few["tested"], few["posts"]) == (0, {"now": 4, "before": 4})
    [up] = [change for change in few["rising"] if change["kind"] == "entities"]
    assert (up["name"], up["too_few"], up["significant"]) == ("siemens", True, False)
    assert up["p_value"] is up["q_value"] is None


async def test_nothing_is_known_of_an_empty_workspace(kept: KeptPosts) -> None:
    for measure in MEASURES:
        names = {"share_of": "a,b"} if measure == "share" else {}
        trend = await _trend(kept, measure=measure, **names)
        if measure not in ("entities", "keywords", "hashtags", "share"):
            assert set(trend["series"][0]["posts"]) == {0}
            assert trend["series"][0]["total"]["posts"] == 0
    changes = await _trend(kept, "/v1/trends/terms")
    assert (changes["tested"], changes["rising"], changes["falling"]) == (0, [], [])


@pytest.mark.parametrize(
    "path, slug",
    [
        ("/v1/trends?measure=sentimant", "unknown-value"),
        ("/v1/trends?measure=posts&limit=0", "out-of-range"),
        ("/v1/trends?measure=posts&limit=51", "out-of-range"),
        ("/v1/trends?measure=posts&limit=many", "wrong-type"),
        ("/v1/trends?measure=posts&authr=a", "unknown-field"),
        ("/v1/trends?measure=posts&bucket=hour&since=2020-01-01", "contradictory-filter"),
        ("/v1/trends?share_of=,", "out-of-range"),
        ("/v1/trends/terms?days=0", "out-of-range"),
        ("/v1/trends/terms?days=93", "out-of-range"),
        ("/v1/trends/terms?kind=emoji", "unknown-value"),
        ("/v1/trends/terms?author=a&tag=b", "contradictory-filter"),
    ],
)
async def test_bad_input(kept: KeptPosts, path: str, slug: str) -> None:
    assert problem(await kept.client.get(path), slug)["fix"]


async def test_what_is_documented_is_what_is_sent(kept: KeptPosts) -> None:
    await _keep(kept, *(_content(number) for number in range(9)))
    for measure in MEASURES:
        names = {"share_of": "siemens,berlin"} if measure == "share" else {}
        sent = await _trend(kept, measure=measure, since="2026-03-27", until="2026-03-30", **names)
        assert TrendBody.model_validate(sent).model_dump() == sent
    sent = await _trend(kept, "/v1/trends/terms", until="2026-03-30", days=3)
    assert TermChanges.model_validate(sent).model_dump() == sent
    for model in (TrendBody, TermChanges):
        for example in model.model_json_schema()["examples"]:
            assert model.model_validate(example).model_dump() == example


async def test_series_for_those_who_watch(kept: KeptPosts) -> None:
    await _keep(kept, *(_content(number) for number in range(9)))
    rooms = kept.rooms
    workspace = await rooms.workspaces.get("default")
    since, until = (datetime(2026, 3, 28, hour, tzinfo=UTC) for hour in (0, 3))
    siemens = Term("entities", "siemens")

    async def watched(measure: str, **parameters: Any) -> list[tuple[int, float, float]]:
        async with rooms.database.transaction(workspace.id) as connection:
            found = await series(
                connection, workspace.id, measure,
                **{"bucket": "hour", "since": since, "until": until, **parameters},
            )  # fmt: skip
        return [(each.count, each.total, each.squares) for each in found]

    assert await watched("posts") == [(1, 1, 1)] * 3
    assert await watched("negative") == [(1, 0, 0), (1, 1, 1), (1, 1, 1)]
    assert await watched("neutral") == [(1, 0, 0)] * 3
    assert await watched("share", term=siemens) == [(1, 0, 0), (1, 1, 1), (1, 1, 1)]
    [day] = await watched("negative", term=siemens, bucket="day", scope=Scope(author="ben"))
    assert day == (3, 3, 3)
    [(count, score, squares), *_] = await watched("sentiment")
    assert count == 1
    assert squares == pytest.approx(score**2)
    assert len(await watched("words", bucket="quarter_hour")) == 12
    assert (await watched("emotion:joy", scope=Scope(author="nobody")))[0] == (0, 0, 0)
    neutral = await watched("emotion:neutral")
    assert [each[0] for each in neutral] == [1, 1, 1]
    assert all(square == pytest.approx(total**2) for _, total, square in neutral)
    with pytest.raises(KeyError):
        await watched("ease", term=siemens)
    with pytest.raises(KeyError):
        await watched("length")


async def test_keys_see_the_trends_of_their_workspace(database_url: str) -> None:
    keys = ("acme:first", "other:second")
    async with empty_database(database_url) as url, kept_posts(url, keys=keys) as kept:
        first = {"Authorization": "Bearer first"}
        body = {"posts": [_content(number) for number in range(4)]}
        await kept.client.post("/v1/posts", json=body, headers=first)
        path = "/v1/trends?measure=posts&since=2026-03-28&until=2026-03-29"
        counts = []
        for key in ("first", "second"):
            headers = {"Authorization": f"Bearer {key}"}
            trend = (await kept.client.get(path, headers=headers)).json()
            counts.append(trend["series"][0]["total"]["posts"])
        assert counts == [4, 0]
        assert (await kept.client.delete("/v1/workspace", headers=first)).status_code == 204
        await kept.rooms.folding.fold()
        async with kept.rooms.database.transaction(None) as connection:
            for table in ("trend_deltas", "trend_blocks"):
                assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_deltas_are_folded_beside_the_requests(database: Database) -> None:
    [workspace] = await _workspaces(database, 1)
    folding = Folding(database)
    folding.start()
    for number in range(60):
        async with database.transaction(workspace) as connection:
            changes = [PostChange(uuid4(), None, random_post(random.Random(number)).state)]
            await TrendCounting().changed(connection, workspace, changes)
    async with asyncio.timeout(60):
        while True:
            async with database.transaction(None) as connection:
                if not await connection.fetchval("SELECT count(*) FROM trend_deltas"):
                    break
            await asyncio.sleep(0.1)
    await folding.close()
    rows = await stored(database, workspace)
    assert sum(row["posts"] for key, row in rows.items() if key[:2] == ("posts", "")) == 60
