"""What one post adds to the trends of its workspace. Pure: knows no database."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from deployments.tone.dominant import TONE_WORDS
from serve_app.posts.terms import Findable
from serve_app.trends.layouts import (
    ALL_POSTS,
    AUTHOR,
    EASE_UNIT,
    QUARTER_S,
    SCORE_UNIT,
    SEPARATOR,
    TAG,
)

#: Entities that are no names: which day or sum is written about tells no trend.
VALUE_LABELS = frozenset(("DATE", "MONEY", "PERCENT"))

#: A term and the labels it has in the post; empty where its kind has none.
Term = tuple[str, str]

_NOT_ANALYSED = (1,)
_NO_SENTIMENT = (0, 0, 0, 0, 0, 0)
_NO_TONE = (0,) * (1 + len(TONE_WORDS))
_NO_NUMBER = (0, 0, 0)
#: As Postgres keeps a ``real``.
_REAL = struct.Struct("f")


class Contribution(NamedTuple):
    """One post, as far as trends count it.

    Attributes:
        quarter: when it was published, in quarters of an hour since 1970.
        author: None where it has none.
        tags: sorted, each once.
        posts: the numbers of ``layouts.POSTS``; zeros at the end may be missing.
        emotions: the numbers of ``layouts.EMOTION_SUMS``; None without a tone.
        sentiment: the numbers of terms behind the count of posts.
        terms: by kind.
    """

    quarter: int
    author: str | None
    tags: tuple[str, ...]
    posts: tuple[int, ...] = _NOT_ANALYSED
    emotions: tuple[int, ...] | None = None
    sentiment: tuple[int, ...] = _NO_SENTIMENT
    terms: Mapping[str, tuple[Term, ...]] | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        """The names of the rows in which the post is counted."""
        author = (AUTHOR + self.author,) if self.author else ()
        return (ALL_POSTS, *author, *[TAG + tag for tag in self.tags])


def contribution(
    published_at: datetime,
    author: str | None,
    tags: Sequence[str],
    findable: Findable | None,
) -> Contribution:
    """What a post adds.

    A post that was read back from its table adds exactly what it added when it was written.

    Args:
        published_at: with a time zone.
        author, tags: of the post, as they were sent.
        findable: what its analysis says; None before there is one.
    """
    quarter = int(published_at.timestamp() // QUARTER_S)
    distinct = tuple(sorted(set(tags))) if tags else ()
    if findable is None:
        return Contribution(quarter, author, distinct)
    names = _names(findable.terms)
    feeling = _sentiment_numbers(findable.sentiment, names)
    ease = _moments(findable.ease, EASE_UNIT)
    words = _moments(findable.words, 1)
    return Contribution(
        quarter=quarter,
        author=author,
        tags=distinct,
        posts=(1, 1, *feeling, *_tone_numbers(names), *ease, *words),
        emotions=_emotion_numbers(findable.emotions),
        sentiment=feeling,
        terms={
            "entities": tuple(_entities(names.get("e", ()))),
            "keywords": tuple((name, "") for name in names.get("k", ())),
            "hashtags": tuple((name, "") for name in names.get("#", ())),
        },
    )


def _names(terms: Sequence[str]) -> dict[str, list[str]]:
    """What stands behind the prefix of each term, by its prefix."""
    names: dict[str, list[str]] = {}
    for term in terms:
        prefix, _, name = term.partition(":")
        names.setdefault(prefix, []).append(name)
    return names


def _sentiment_numbers(
    sentiment: float | None, names: Mapping[str, Sequence[str]]
) -> tuple[int, ...]:
    label = names.get("s")
    if sentiment is None or not label:
        return _NO_SENTIMENT
    flags = (label[0] == "positive", label[0] == "negative", "x" in names)
    score = _units(sentiment, SCORE_UNIT)
    return (1, *map(int, flags), score, score * score)


def _tone_numbers(names: Mapping[str, Sequence[str]]) -> tuple[int, ...]:
    tone = names.get("t")
    if not tone:
        return _NO_TONE
    return (1, *(int(word == tone[0]) for word in TONE_WORDS))


def _emotion_numbers(emotions: Sequence[int] | None) -> tuple[int, ...] | None:
    if emotions is None:
        return None
    return (1, *emotions, *(share * share for share in emotions))


def _moments(value: float | None, unit: int) -> tuple[int, int, int]:
    """Count, sum and squares of a number."""
    if value is None:
        return _NO_NUMBER
    units = _units(value, unit)
    return 1, units, units * units


def _units(value: float, unit: int) -> int:
    """A number in units, the same before and after Postgres has kept it with single precision."""
    real: float = _REAL.unpack(_REAL.pack(value))[0]
    return round(real * unit)


def _entities(names: Sequence[str]) -> Iterator[Term]:
    """Each name once, with its labels, of which it has at least one that names something.

    A label is in capitals, which no folded name has.
    """
    labels: dict[str, list[str]] = {}
    for name in names:
        text, colon, label = name.rpartition(":")
        if colon and label.isupper() and label not in VALUE_LABELS:
            labels.setdefault(text, []).append(label)
    for text, each in labels.items():
        yield text, SEPARATOR.join(sorted(each))
