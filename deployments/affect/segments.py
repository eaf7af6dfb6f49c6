"""How sentiment and tone read a document: a few neighbouring sentences at a time.

Mentions and links are blanked, a hashtag keeps its word without the ``#``, and an emoji is
read as its Unicode name, since the encoder's vocabulary holds none. Sentences are read in
units of about a tweet's length: what a sentence means shows beside its neighbours, and what
a whole post means does not fit into one vector.
"""

import hashlib
import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from pydantic import Field

from deployments.encoder.encoder import Encoder, EncoderConfig, Vectors
from deployments.encoder.heads import Heads
from deployments.encoder.windows import Passage
from deployments.results import Model, Signal, Span
from deployments.text.document import Document
from deployments.weights import released as weights

#: Code points that a unit has at most, unless one sentence has more.
UNIT_CHARACTERS = 240

_CONTRAST = re.compile(
    r"\s*[,;:–—]\s+(?:but|yet|and|though|although|while|whereas|however,?)?\s*"
    r"|\s+(?:but|yet|although|whereas)\s+",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")


class ReadingEncoderConfig(EncoderConfig):
    """The encoder behind sentiment and tone."""

    source: str = Field(
        default=weights.AFFECT_ENCODER, description=EncoderConfig.model_fields["source"].description
    )


@dataclass(frozen=True, slots=True)
class Unit:
    """Neighbouring sentences read together.

    Attributes:
        text: what the encoder reads.
        sentences: where each of them stands in ``text``.
        clauses: both sides of each contrast within a sentence ("great team, terrible pay").
        length: how many code points of the document they take.
    """

    text: str
    sentences: tuple[Span, ...]
    clauses: tuple[Span, ...]
    length: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A document's vectors, (n, n_in) each, and how much of it each stands for.

    Attributes:
        units: one vector for each unit.
        unit_lengths: code points of each unit, (n_units,).
        sentences: one vector for each sentence; empty for a document without any.
        clauses: one vector for each side of a contrast, (2 * n_contrasts, n_in).
    """

    units: Vectors
    unit_lengths: Vectors
    sentences: Vectors
    clauses: Vectors


def read(encoder: Encoder, documents: Sequence[Document], layers: Sequence[int]) -> list[Reading]:
    """What the encoder makes of each document, in order; one unit at least for each."""
    per_document = [units(document) for document in documents]
    passages = [
        Passage(unit.text, (Span(0, len(unit.text)), *unit.sentences, *unit.clauses))
        for each in per_document
        for unit in each
    ]
    vectors = iter(encoder.pool(passages, layers=layers))
    return [_reading(each, list(islice(vectors, len(each)))) for each in per_document]


def _reading(read_units: list[Unit], vectors: list[Vectors]) -> Reading:
    cuts = [1 + len(unit.sentences) for unit in read_units]
    return Reading(
        np.stack([rows[0] for rows in vectors]),
        np.array([unit.length for unit in read_units], dtype=np.float32),
        np.concatenate([rows[1:cut] for rows, cut in zip(vectors, cuts, strict=True)]),
        np.concatenate([rows[cut:] for rows, cut in zip(vectors, cuts, strict=True)]),
    )


def units(document: Document, characters: int = UNIT_CHARACTERS) -> list[Unit]:
    """The document as the encoder reads it, in order.

    A document without any sentence has no prose; what it says, it says in hashtags and
    emoji, and they are its one unit, without a sentence.
    """
    if not document.sentences:
        return [Unit(wordless(document), (), (), 1)]
    spoken = list(_spoken(document))
    return [_joined(document, spoken, stretch) for stretch in _packed(document, characters)]


def _packed(document: Document, characters: int) -> Iterator[range]:
    """Neighbouring sentences by number, as many as fit."""
    first = 0
    for number, sentence in enumerate(document.sentences):
        if number > first and sentence.end - document.sentences[first].start > characters:
            yield range(first, number)
            first = number
    yield range(first, len(document.sentences))


def _joined(document: Document, spoken: list[str], stretch: range) -> Unit:
    text, spans = "", []
    for number in stretch:
        text += " " if text else ""
        spans.append(Span(len(text), len(text) + len(spoken[number])))
        text += spoken[number]
    covered = (document.sentences[number] for number in stretch)
    length = sum(span.end - span.start for span in covered)
    clauses = tuple(clause for span in spans for clause in _clauses(text, span))
    return Unit(text, tuple(spans), clauses, length)


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    """Both sides of the sentence's first contrast or comma; none where a side is one word."""
    for match in _CONTRAST.finditer(text, sentence.start, sentence.end):
        sides = Span(sentence.start, match.start()), Span(match.end(), sentence.end)
        if all(" " in text[side.start : side.end].strip() for side in sides):
            yield from sides
            return


def _spoken(document: Document) -> Iterator[str]:
    """Each sentence in words, with the emoji in it and behind it on its line."""
    text = document.masked("mentions", "links", "hashsigns")
    starts = [span.start for span in document.sentences]
    emoji = deque(document.signals.emoji)
    for span, until in zip(document.sentences, [*starts[1:], len(text)], strict=True):
        own = []
        while emoji and emoji[0].start < until:
            sign = emoji.popleft()
            outside = sign.start < span.start or _LINE_BREAK.search(text, span.end, sign.start)
            own += [] if outside else [sign]
        yield _in_words(text, span, own)


def _in_words(text: str, span: Span, emoji: Sequence[Signal]) -> str:
    pieces: list[str] = []
    done = span.start
    for sign, name in zip(emoji, _names(emoji), strict=True):
        pieces += (text[done : min(sign.start, span.end)], name and f" {name} ")
        done = min(sign.end, span.end)
    pieces.append(text[done : span.end])
    return "".join(pieces).strip()


def _names(emoji: Sequence[Signal]) -> list[str]:
    """Their names; nothing for one that only repeats the sign before it."""
    names = [emoji_name(sign.text) for sign in emoji]
    repeats = [
        left == right and before.end == after.start
        for (left, right), (before, after) in zip(pairwise(names), pairwise(emoji), strict=True)
    ]
    return ["" if again else name for name, again in zip(names, [False, *repeats], strict=False)]


def lengths(document: Document) -> Vectors:
    """How many code points each sentence has; 1 for a document without any, (n_sentences,)."""
    spans = document.sentences or (Span(0, 1),)
    return np.array([span.end - span.start for span in spans], dtype=np.float32)


def wordless(document: Document) -> str:
    """Hashtag words and names of emoji, in this order."""
    words = document.masked("mentions", "links", "hashsigns", "emoji").split()
    return " ".join(filter(None, [*words, *_names(document.signals.emoji)]))


# Words of Unicode's names that tell how a glyph is drawn, not what it means: in them
# "black" is filled and "white" outlined, so that U+2764, the red heart, is "heavy black heart".
_DRAWING = frozenset({"heavy", "black", "white", "sign", "symbol"})


def emoji_name(emoji: str) -> str:
    """Unicode's names of what an emoji is made of, in lower case, without modifiers."""
    # Joiners, variation selectors and skin tones have the categories Cf, Mn and Sk.
    signs = [sign for sign in emoji if unicodedata.category(sign) not in ("Cf", "Mn", "Sk")]
    words = " ".join(unicodedata.name(sign, "").lower() for sign in signs).split()
    return " ".join(word for word in words if word not in _DRAWING)


def model(name: str, encoder: Encoder, heads: Heads, rules: str) -> Model:
    """What answers: its digest covers encoder, head and the rules laid over them."""
    parts = "\n".join([encoder.digest, heads.sha256, rules])
    return Model(f"postlens-{name}", hashlib.sha256(parts.encode()).hexdigest())
