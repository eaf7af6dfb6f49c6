"""PostGenerator to measure with: made from the project's own texts, shaped like real ones.

Lengths and signals follow 2,215 English posts of company pages, which belong to their
authors and are not part of the project; only their distribution is written down here.
Every post of a generator differs from its earlier ones, and a seed gives the same posts
on every machine.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import orjson

from deployments.text.document import Document
from serve_app.samples import sample_posts
from training.datasets.folders import CARRIED

#: (share of the posts that are no longer, characters), the ends included.
LENGTHS = (
    (0.0, 24), (0.05, 97), (0.25, 349), (0.50, 573), (0.75, 967),
    (0.90, 1_499), (0.95, 1_933), (0.99, 2_801), (1.0, 3_161),
)  # fmt: skip
#: Shares of the posts that carry at least one.
EMOJI, HASHTAG, LINK, BOLD = 0.54, 0.37, 0.37, 0.04
MEDIAN_CHARACTERS = 573

_BUSINESS = CARRIED / "business" / "train.jsonl"
_EMOJI = ("🚀", "🎉", "👏", "💡", "🙏", "✅", "📈", "🌍", "🔥", "💪", "❤️", "👇", "⏳", "🤝", "🏆")
_TAGS = ("#hiring", "#leadership", "#innovation", "#logistics", "#ai", "#teamwork", "#data")
_SIGNAL = re.compile(r"[#@]\w|https?:|www\.|[\U0001d400-\U0001d7ff]|[☀-➿\U0001f000-\U0001faff]")
_SENTENCE_CHARACTERS = range(15, 260)
_SHORTEST_LINK = "https://example.com/"


class PostGenerator:
    """An endless, seeded supply of distinct posts."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._earlier_posts: set[str] = set()

    def take(self, count: int) -> list[str]:
        """So many further posts, their lengths distributed like those of real ones.

        Stratified: few posts have the distribution, too, so that a slow server can be
        measured with fewer posts than a fast one.
        """
        shares = [(stratum + self._random.random()) / count for stratum in range(count)]
        self._random.shuffle(shares)
        return [self._distinct(_length_at(share)) for share in shares]

    def of_length(self, count: int, characters: int = MEDIAN_CHARACTERS) -> list[str]:
        """So many further posts of one length (a word's end may make it a few less)."""
        return [self._distinct(characters) for _ in range(count)]

    def _distinct(self, characters: int) -> str:
        while (post := self._compose(characters)) in self._earlier_posts:
            pass
        self._earlier_posts.add(post)
        return post

    def _compose(self, characters: int) -> str:
        tail = self._tail(characters)
        emoji = self._some(_EMOJI, 3) if self._random.random() < EMOJI else []
        marks = sum(len(mark) + 1 for mark in emoji)
        body = self._prose(max(8, characters - len(tail) - marks))
        if self._random.random() < BOLD:
            body = _bold_first_word(body)
        return self._sprinkle(body, emoji) + tail

    def _tail(self, characters: int) -> str:
        """The link and the hashtags that stand at a post's end, if it has any and room."""
        link = tags = ""
        if self._random.random() < LINK and characters >= 48:
            link = f"\n{_SHORTEST_LINK}{self._random.randrange(16**6):06x}"
        if self._random.random() < HASHTAG and characters >= 30 + len(link):
            room = (characters - len(link)) // 30
            tags = "\n" + " ".join(self._some(_TAGS, max(1, min(5, room))))
        return link + tags

    def _prose(self, characters: int) -> str:
        """Sentences in paragraphs, cut at the last word that fits."""
        parts: list[str] = []
        length = 0
        while length < characters:
            gap = self._random.choice(("\n\n", " ", " ", "\n")) if parts else ""
            parts.append(gap + self._random.choice(SENTENCES))
            length += len(parts[-1])
        prose = "".join(parts)
        return _cut(prose, characters)

    def _sprinkle(self, body: str, emoji: Sequence[str]) -> str:
        """The body with emoji at ends of its lines."""
        lines = body.split("\n")
        for mark in emoji:
            at = self._random.choice([i for i, line in enumerate(lines) if line])
            lines[at] += f" {mark}"
        return "\n".join(lines)

    def _some(self, of: Sequence[str], most: int) -> list[str]:
        return self._random.sample(of, self._random.randint(1, most))


@dataclass(frozen=True, slots=True)
class PostProfile:
    """What a set of posts is like: characters at each share of ``LENGTHS``, and signals."""

    characters: dict[float, int]
    emoji: float
    hashtag: float
    link: float


def profile(posts: Sequence[str]) -> PostProfile:
    """How long these posts are, and how many carry signals as the analyses see them."""
    shares = [share for share, _ in LENGTHS]
    quantiles = np.quantile([len(post) for post in posts], shares)
    signals = [Document.read(post).signals for post in posts]
    return PostProfile(
        {share: round(float(q)) for share, q in zip(shares, quantiles, strict=True)},
        emoji=float(np.mean([bool(s.emoji) for s in signals])),
        hashtag=float(np.mean([bool(s.hashtags) for s in signals])),
        link=float(np.mean([bool(s.links) for s in signals])),
    )


def _length_at(share: float) -> int:
    """The length that this share of real posts does not exceed, linear between the known."""
    for (below, short), (above, long) in pairwise(LENGTHS):
        if share <= above:
            return round(short + (long - short) * (share - below) / (above - below))
    return LENGTHS[-1][1]


def _cut(prose: str, characters: int) -> str:
    if len(prose) <= characters:
        return prose
    end = prose.rfind(" ", 0, characters + 1)
    prefix = prose[: end if end > 0 else characters].rstrip(" \n,;:-")
    # A cut word's end is filled, so that lengths stay those that were drawn.
    if prefix.endswith((".", "!", "?")) or len(prefix) == characters:
        return prefix
    return prefix + "."


def _bold_first_word(body: str) -> str:
    """The first word in mathematical bold, as some posts have it."""
    word, gap, rest = body.partition(" ")
    bold = "".join(_bold(letter) for letter in word)
    return bold + gap + rest


def _bold(letter: str) -> str:
    if "a" <= letter <= "z":
        return chr(0x1D41A + ord(letter) - ord("a"))
    return chr(0x1D400 + ord(letter) - ord("A")) if "A" <= letter <= "Z" else letter


def _sentences() -> list[str]:
    """Sentences of the samples and of the training data, without signals; in order, distinct."""
    written = [orjson.loads(line)["text"] for line in _BUSINESS.read_bytes().splitlines()]
    for post in sample_posts():
        document = Document.read(post.text)
        if document.language.code == "en":
            written += [post.text[s.start : s.end] for s in document.sentences]
    plain = [" ".join(sentence.split()) for sentence in written if not _SIGNAL.search(sentence)]
    return list(dict.fromkeys(s for s in plain if len(s) in _SENTENCE_CHARACTERS))


SENTENCES = _sentences()
