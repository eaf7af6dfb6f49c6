"""How a document is put into words for the affect encoder: a few neighbouring sentences at a time.

Mentions and links are blanked, a hashtag keeps its word without the ``#``, and an emoji becomes
its Unicode name. A segment has about a tweet's length: what a sentence means shows beside its
neighbours, and what a whole post means does not fit into one vector. Pure text: no model.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deployments.affect.emoji import emoji_names
from deployments.results import Signal, Span
from deployments.text.document import Document

#: Code points that a segment has at most, unless one sentence has more.
SEGMENT_CHARACTERS = 240

#: Emoji of a document that are put into words: this many, and one more for so many code points.
NAMED_EMOJI, CHARACTERS_PER_EMOJI = 32, 64

# It begins where white space does: from within a run of blanks every start would be tried.
_CONTRAST = re.compile(
    r"(?<!\s)(?:"
    r"\s*[,;:–—]\s+(?:but|yet|and|though|although|while|whereas|however,?)?\s*"
    r"|\s+(?:but|yet|although|whereas)\s+)",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(r"[\r\n\v\f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring sentences that are encoded together.

    Attributes:
        text: what the encoder is given.
        sentences: where each of them stands in ``text``.
        clauses: both sides of each contrast within a sentence ("great team, terrible pay").
        characters: how many code points of the document the sentences take.
    """

    text: str
    sentences: tuple[Span, ...]
    clauses: tuple[Span, ...]
    characters: int


def segments(document: Document, max_characters: int = SEGMENT_CHARACTERS) -> list[Segment]:
    """The document cut into segments, in order; at least one.

    A document without any sentence has no prose; what it says, it says in hashtags and
    emoji, and they are its one segment, without a sentence.
    """
    if not document.sentences:
        return [Segment(_hashtags_and_emoji(document), (), (), 1)]
    texts = list(_sentence_texts(document))
    return [_segment(document, texts, numbers) for numbers in _group(document, max_characters)]


def _group(document: Document, max_characters: int) -> Iterator[range]:
    """Numbers of neighbouring sentences, as many as fit into a segment."""
    first = 0
    for number, sentence in enumerate(document.sentences):
        if number > first and sentence.end - document.sentences[first].start > max_characters:
            yield range(first, number)
            first = number
    yield range(first, len(document.sentences))


def _segment(document: Document, sentence_texts: list[str], numbers: range) -> Segment:
    text, spans = "", []
    for number in numbers:
        text += " " if text else ""
        spans.append(Span(len(text), len(text) + len(sentence_texts[number])))
        text += sentence_texts[number]
    sentences = (document.sentences[number] for number in numbers)
    characters = sum(span.end - span.start for span in sentences)
    clauses = tuple(clause for span in spans for clause in _clauses(text, span))
    return Segment(text, tuple(spans), clauses, characters)


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    """Both sides of the sentence's first contrast or comma; none where a side is one word."""
    for match in _CONTRAST.finditer(text, sentence.start, sentence.end):
        sides = Span(sentence.start, match.start()), Span(match.end(), sentence.end)
        if all(" " in text[side.start : side.end].strip() for side in sides):
            yield from sides
            return


def _sentence_texts(document: Document) -> Iterator[str]:
    """Each sentence in words, with the emoji in it and behind it on its line."""
    text = document.masked("mentions", "links", "hashsigns")
    starts = [span.start for span in document.sentences]
    emoji = deque(_named_emoji(document))
    for span, next_start in zip(document.sentences, [*starts[1:], len(text)], strict=True):
        line_break = _LINE_BREAK.search(text, span.end, next_start)
        line_end = line_break.start() if line_break else next_start
        sentence_emoji = []
        while emoji and emoji[0].start < next_start:
            sign = emoji.popleft()
            sentence_emoji += [sign] if span.start <= sign.start < line_end else []
        yield _with_emoji_names(text, span, sentence_emoji)


def _named_emoji(document: Document) -> Sequence[Signal]:
    """The document's emoji; of a wall of them no more than that names do not drown the words."""
    return document.signals.emoji[: NAMED_EMOJI + len(document.text) // CHARACTERS_PER_EMOJI]


def _with_emoji_names(text: str, span: Span, emoji: Sequence[Signal]) -> str:
    """The text of the span, each of the emoji replaced by its name or, behind it, appended."""
    pieces: list[str] = []
    done = span.start
    for sign, name in zip(emoji, emoji_names(emoji), strict=True):
        pieces += (text[done : min(sign.start, span.end)], name and f" {name} ")
        done = min(sign.end, span.end)
    pieces.append(text[done : span.end])
    return "".join(pieces).strip()


def _hashtags_and_emoji(document: Document) -> str:
    """Hashtag words and names of emoji, in this order."""
    words = document.masked("mentions", "links", "hashsigns", "emoji").split()
    return " ".join(filter(None, [*words, *emoji_names(_named_emoji(document))]))
