"""What is counted: the kinds of rows, what names a row, and its numbers.

All numbers are integers that add up, so that sums are exact in any order. Knows no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from deployments.results import EMOTIONS
from deployments.tone.dominant import TONE_WORDS

#: Time is counted in quarters of an hour since 1970: the offset of every time zone is a whole
#: number of them, and has been since 1990.
QUARTER_S = 900

#: Scores are kept in ten-thousandths, emotions in thousandths, ease in hundredths.
SCORE_UNIT, EMOTION_UNIT, EASE_UNIT = 10_000, 1_000, 100


@dataclass(frozen=True)
class Layout:
    """One kind of rows.

    Attributes:
        kind: its name in the tables.
        dimensions: what names a row beside its time, all strings; rows are sorted by them.
        numbers: the names of its numbers; the first is that of posts.
        counts: by the name of a sum that has squares too, that of its count.
        block_rows: rows of one block at most.
    """

    kind: str
    dimensions: tuple[str, ...]
    numbers: tuple[str, ...]
    counts: Mapping[str, str]
    block_rows: int

    @cached_property
    def sums_of_squares(self) -> Mapping[str, tuple[str, str]]:
        """By the name of squares, those of the sum and of its count."""
        return {squares(name): (name, count) for name, count in self.counts.items()}


def squares(name: str) -> str:
    """The name of the sum of squares that belongs to a sum."""
    return f"{name}_squares"


_SENTIMENT = ("scored", "positive", "negative", "mixed", "score", squares("score"))

#: Posts by scope: how many, how they feel, sound and read.
POSTS = Layout(
    kind="posts",
    dimensions=("name",),
    numbers=(
        "posts", "analysed", *_SENTIMENT, "toned", *TONE_WORDS,
        "eased", "ease", squares("ease"), "counted", "words", squares("words"),
    ),
    counts={"score": "scored", "ease": "eased", "words": "counted"},
    block_rows=2_048,
)  # fmt: skip

#: Emotions by scope; of their own, because they are many and seldom asked for.
EMOTION_SUMS = Layout(
    kind="emotions",
    dimensions=("name",),
    numbers=("toned", *EMOTIONS, *map(squares, EMOTIONS)),
    counts=dict.fromkeys(EMOTIONS, "toned"),
    block_rows=2_048,
)


def _term_layout(kind: str) -> Layout:
    return Layout(
        kind=kind,
        dimensions=("name", "labels", "author", "tags"),
        numbers=("posts", *_SENTIMENT),
        counts={"score": "scored"},
        block_rows=16_384,
    )


#: Posts with a term; who wrote them and under which tags is kept, for terms within a scope.
TERM_KINDS = ("entities", "keywords", "hashtags")

LAYOUTS: Mapping[str, Layout] = {
    layout.kind: layout for layout in (POSTS, EMOTION_SUMS, *map(_term_layout, TERM_KINDS))
}

#: Greater than every name, none of which has so many characters.
END = "\U0010ffff" * 250
#: Joins several labels, or several tags, to one string; no text holds it.
SEPARATOR = "\0"
#: The name of the row of all posts; those of an author and of a tag begin with a prefix.
ALL_POSTS, AUTHOR, TAG = "", "a:", "g:"
