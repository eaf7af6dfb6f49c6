"""Analysed posts made up by the thousand: real analyses of real texts, with words of their own.

A few texts are read by the models themselves. A *draft* is one of them with a line of names,
phrases and signals and another mood; a post is a draft with a sentence of words, an author and a
time.
"""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from loadtest.posts_scale.vocabulary import ZipfSupply, name, word, words
from serve_app.posts.content import PostContent
from serve_app.posts.drafts import findable_of
from serve_app.posts.post import Post
from serve_app.posts.rows import PostRow
from serve_app.posts.stored_analysis import encode_analysis
from serve_app.store.partitions import first_id

AUTHORS = ZipfSupply([name(n) for n in range(200)], first_rank=20)
TAGS = ZipfSupply([f"campaign {word(n)}" for n in range(60)])
ENTITIES = ZipfSupply(
    [(name(n), ("ORG", "ORG", "PERSON", "LOC", "PRODUCT")[n % 5]) for n in range(8_000)]
)
KEYWORDS = ZipfSupply([f"{word(5 * n)} {word(3 * n + 1)}" for n in range(30_000)], first_rank=5)
HASHTAGS = ZipfSupply([f"#{word(n)}" for n in range(3_000)])
MENTIONS = ZipfSupply([f"@{word(n)}" for n in range(1_000)])
HOSTS = ZipfSupply([f"{word(n)}.example" for n in range(400)])
LANGUAGES = ("de", "fr", "es", "pl")

#: Of all posts.
_TOLD_LANGUAGE, _FAILED, _PUBLISHED_EARLIER, _NAMED, _WITH_URL = 0.12, 0.01, 0.03, 0.8, 0.7
_LONGEST_BEFORE_S = 400 * 86_400
_WORDS_OF_A_POST = (4, 16)
#: What a post has beside the text that was read.
ADDED_CHARACTERS = 150


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text and the analysis that the models gave of it."""

    text: str
    analysis: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _PostDraft:
    """What many posts have in common."""

    text: str
    analysis: Mapping[str, Any]
    encoded: bytes


class PostFactory:
    """An endless, seeded supply of posts for one writer."""

    def __init__(self, read: Sequence[ReadText], *, drafts: int, seed: int) -> None:
        """Makes the drafts.

        Args:
            read: texts that the models have read.
            drafts: analyses that differ; each becomes many posts.
            seed: of all that is drawn.
        """
        self._random = random.Random(seed)
        self._words = words()
        self._drafts = [self._draft(self._random.choice(read)) for _ in range(drafts)]

    def row(self, accepted_at: datetime) -> PostRow:
        """One more, accepted at a moment."""
        rng = self._random
        draft = rng.choice(self._drafts)
        failed = rng.random() < _FAILED
        content = self._content(draft, accepted_at)
        post = Post(
            id=UUID(int=first_id(accepted_at).int | rng.getrandbits(62)), content=content,
            created_at=accepted_at, updated_at=accepted_at, version=1, revision=1,
            revised_at=accepted_at, state="failed" if failed else "analysed",
            failure="The text has no language that is known." if failed else None, attempts=0,
            digest=hashlib.sha256(content.text.encode()).hexdigest(),
            encoded_analysis=None if failed else draft.encoded,
        )  # fmt: skip
        return PostRow(post, findable_of(post, None if failed else draft.analysis), None)

    def _content(self, draft: _PostDraft, accepted_at: datetime) -> PostContent:
        rng = self._random
        own_words = self._words.draw(rng, rng.randint(*_WORDS_OF_A_POST))
        earlier_s = rng.randrange(_LONGEST_BEFORE_S) if rng.random() < _PUBLISHED_EARLIER else 0
        number = f"{rng.getrandbits(48):012x}"
        return PostContent(
            text=f"{draft.text}\n{' '.join(own_words)}.",
            external_id=f"post-{number}" if rng.random() < _NAMED else None,
            author=AUTHORS.draw(rng)[0],
            url=f"https://www.example.com/posts/{number}" if rng.random() < _WITH_URL else None,
            published_at=accepted_at - timedelta(seconds=earlier_s),
            language=rng.choice(LANGUAGES) if rng.random() < _TOLD_LANGUAGE else None,
            tags=tuple(dict.fromkeys(TAGS.draw(rng, rng.choice((0, 0, 1, 1, 2))))),
        )

    def _draft(self, read: ReadText) -> _PostDraft:
        rng = self._random
        tail = _Tail(read.text + "\n")
        sections = {name: dict(read.analysis[name]) for name in ("sentiment", "tone")}
        _change_mood(rng, sections)
        names = [tail.entity(*pair) for pair in ENTITIES.draw(rng, rng.choice((0, 1, 1, 2, 3)))]
        phrases = [tail.keyword(each) for each in KEYWORDS.draw(rng, rng.choice((1, 2, 3, 4)))]
        signals = dict(read.analysis["signals"])
        for kind, supply, most in (("hashtags", HASHTAGS, 3), ("mentions", MENTIONS, 1)):
            drawn = supply.draw(rng, rng.randint(0, most))
            signals[kind] = [*signals[kind], *map(tail.add, drawn)]
        if rng.random() < 0.2:
            link = f"https://{HOSTS.draw(rng)[0]}/{rng.getrandbits(24):06x}"
            signals["links"] = [*signals["links"], tail.add(link)]
        sections["entities"] = _with_items(read.analysis["entities"], names)
        sections["keywords"] = _with_items(read.analysis["keywords"], phrases)
        analysis = {**read.analysis, "signals": signals, **sections}
        return _PostDraft(tail.text.rstrip(), analysis, encode_analysis(analysis))


class _Tail:
    """A text that grows, and the places of what is added."""

    def __init__(self, text: str) -> None:
        self.text = text

    def add(self, piece: str) -> dict[str, Any]:
        start = len(self.text)
        self.text += piece + " "
        return {"text": piece, "start": start, "end": start + len(piece)}

    def entity(self, text: str, label: str) -> dict[str, Any]:
        item = self.add(text)
        return {"text": text, "label": label} | item | {"score": 0.91, "group": item["start"]}

    def keyword(self, text: str) -> dict[str, Any]:
        item = self.add(text)
        place = {"start": item["start"], "end": item["end"]}
        return {"text": text, "score": 0.2117} | place | {"occurrences": [place]}


def _with_items(section: Mapping[str, Any], items: Sequence[Any]) -> dict[str, Any]:
    return {**section, "items": [*section.get("items", ()), *items]}


def _change_mood(rng: random.Random, sections: dict[str, dict[str, Any]]) -> None:
    """Other scores in the same proportions, so that orders have many different values."""
    sentiment, tone = sections["sentiment"], sections["tone"]
    if sentiment["status"] == "ok":
        scores = {n: value * rng.uniform(0.5, 1.5) for n, value in sentiment["scores"].items()}
        total = sum(scores.values())
        sentiment["scores"] = {n: value / total for n, value in scores.items()}
        sentiment["label"] = max(scores, key=lambda label: scores[label])
    if tone["status"] == "ok":
        tone["emotions"] = {n: v * rng.uniform(0.3, 1) for n, v in tone["emotions"].items()}
        for kind in ("formality", "politeness", "subjectivity"):
            tone[kind] = tone[kind] * rng.uniform(0.7, 1)
