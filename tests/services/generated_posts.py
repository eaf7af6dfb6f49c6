"""Posts made up for the tests of finding: quickly, many, and with all that they are found by.

Each post knows its words and its analysis, so that a plain filter in Python can say what should be
found. Words are such that no language bends them.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from deployments.results import EMOTIONS
from deployments.tone.dominant import TONE_WORDS
from serve_app.posts import repository
from serve_app.posts.content import PostContent
from serve_app.posts.post import Post
from serve_app.posts.rows import PostRow
from serve_app.posts.stored_analysis import encode_analysis
from serve_app.posts.terms import findable
from serve_app.store.database import Database
from serve_app.store.partitions import first_id, make_partitions

#: Nonsense that no stemmer shortens.
WORDS = tuple(f"{a}{b}o" for a in ("zuk", "bax", "kob", "pux", "dok") for b in ("b", "k", "x", "g"))
LANGUAGES = ("en", "en", "en", "de", "fr", "pl", None)
AUTHORS = ("anna", "bob", "carla", "Dürr & Söhne", None)
TAGS = ("launch", "Berlin 2026", "it's", 'back\\slash "quoted"')
ENTITIES = (("Shell", "ORG"), ("Siemens AG", "ORG"), ("Berlin", "LOC"), ("Müller", "PERSON"))
KEYWORDS = ("net zero", "Wind Farm", "grid: storage")
HASHTAGS = ("#newjob", "#Hiring", "#Öko")
MENTIONS = ("@anna", "@Bob")
LINKS = ("https://www.example.org/a", "news.example.com/b?c=d")


@dataclass(frozen=True, slots=True)
class GeneratedPost:
    """A post with all that was made up for it."""

    post: Post
    words: tuple[str, ...]
    analysis: dict[str, Any] | None

    @property
    def id(self) -> UUID:
        """Of the post."""
        return self.post.id

    @property
    def language(self) -> str | None:
        """As told or detected."""
        detected = self.analysis["language"]["code"] if self.analysis else None
        return self.post.content.language or detected


class PostMaker:
    """An endless, seeded supply of posts."""

    def __init__(self, seed: int, *, first: datetime, days: int) -> None:
        """Posts of some days.

        Args:
            seed: of all that is made up.
            first: the earliest time.
            days: over which they are published, and accepted.
        """
        self._random = random.Random(seed)
        self._first = first
        self._hours = days * 24

    def make(self, *, imported: float = 0.1) -> GeneratedPost:
        """One more, accepted when it was published, or at another time in some share of cases."""
        rng = self._random
        published_at = self._time()
        accepted_at = self._time() if rng.random() < imported else published_at
        words = tuple(rng.choice(WORDS) for _ in range(rng.randint(3, 9)))
        content = PostContent(
            text=" ".join(words),
            author=rng.choice(AUTHORS),
            url="https://example.org/1" if rng.random() < 0.5 else None,
            published_at=published_at,
            language=rng.choice(LANGUAGES) if rng.random() < 0.3 else None,
            tags=tuple(self._some(TAGS)),
        )
        state = rng.choices(("analysed", "pending", "failed"), (94, 3, 3))[0]
        analysis = self._analysis() if state == "analysed" else None
        post = Post(
            id=self._id(accepted_at), content=content, created_at=accepted_at,
            updated_at=accepted_at, version=1, revision=1, revised_at=accepted_at, state=state,
            failure="It failed." if state == "failed" else None, attempts=0,
            digest=hashlib.sha256(content.text.encode()).hexdigest(),
            encoded_analysis=encode_analysis(analysis) if analysis else None,
        )  # fmt: skip
        return GeneratedPost(post, words, analysis)

    def take(self, count: int) -> Iterator[GeneratedPost]:
        """So many more."""
        return (self.make() for _ in range(count))

    def _time(self) -> datetime:
        # Few different ones, so that some are equal and the id decides.
        return self._first + timedelta(hours=self._random.randrange(self._hours))

    def _id(self, time: datetime) -> UUID:
        return UUID(int=first_id(time).int | self._random.getrandbits(62))

    def _some(self, values: Sequence[Any]) -> list[Any]:
        return self._random.sample(values, self._random.choice((0, 0, 1, 2)))

    def _analysis(self) -> dict[str, Any]:
        rng = self._random
        positive = round(rng.random(), 2)  # few values, so that some are equal
        negative = round((1 - positive) * rng.random(), 2)
        label = "positive" if positive > 0.5 else rng.choice(("neutral", "negative"))
        emotions = dict.fromkeys(EMOTIONS, 0.01) | {
            name: rng.choice((0.05, 0.1, 0.25, 0.3999, 0.4, 0.455, 0.9, 1.0))
            for name in ("joy", "anger", "neutral")
        }
        return {
            "language": {"code": rng.choice(("en", "de", "fr", "pl", "und"))},
            "signals": {
                "hashtags": _signals(self._some(HASHTAGS)),
                "mentions": _signals(self._some(MENTIONS)),
                "links": _signals(self._some(LINKS)),
                "emoji": _signals(self._some(("🚀", "é"))),
            },
            "sentiment": self._section(
                label=label,
                mixed=rng.random() < 0.2,
                scores={"positive": positive, "negative": negative},
            ),
            "tone": self._section(
                dominant=rng.choice(TONE_WORDS[:4]),
                emotions=emotions,
                formality=round(rng.random(), 2),
                politeness=round(rng.random(), 2),
                subjectivity=round(rng.random(), 2),
            ),
            "keywords": self._section(items=[{"text": text} for text in self._some(KEYWORDS)]),
            "entities": self._section(
                items=[{"text": text, "label": label} for text, label in self._some(ENTITIES)]
            ),
            "readability": self._section(ease=float(rng.randint(0, 100)), words=rng.randint(3, 9)),
        }

    def _section(self, **result: Any) -> dict[str, Any]:
        return {"status": "ok", **result} if self._random.random() < 0.95 else {"status": "failed"}


def _signals(texts: Sequence[str]) -> list[dict[str, str]]:
    return [{"text": text} for text in texts]


async def keep(database: Database, workspace: int, posts: Sequence[GeneratedPost]) -> None:
    """Write posts, and the partitions that they need."""
    times = [each.post.created_at for each in posts]
    async with database.transaction(None) as connection:
        await make_partitions(connection, min(times), max(times))
    async with database.transaction(workspace) as connection:
        for start in range(0, len(posts), 1_000):
            rows = [_row(each) for each in posts[start : start + 1_000]]
            await repository.insert(connection, workspace, rows)


def _row(generated: GeneratedPost) -> PostRow:
    content = generated.post.content
    found_by = findable(
        generated.analysis,
        language=content.language,
        author=content.author,
        url=content.url,
        tags=content.tags,
        published_at=content.published_at,
    )
    due_at = datetime.now(UTC) if generated.post.state == "pending" else None
    return PostRow(generated.post, found_by, due_at)
