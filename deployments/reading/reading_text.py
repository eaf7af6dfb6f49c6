"""What the encoder is given of a post: its prose, code point for code point.

Knows documents; nothing of tokens or models.
"""

from deployments.languages.loading import LANGUAGES
from deployments.reading.reading import ReadingInput
from deployments.results import Span
from deployments.text.document import Document

_LINE_BREAKS = str.maketrans(dict.fromkeys("\r\v\f\x85\u2028\u2029", "\n"))


def reading_text(document: Document) -> str:
    """The text as the encoder reads it, of the same length: an offset in one is one in the other.

    Mentions, links and the signs of hashtags are blanked, and so are hashtags outside of
    sentences, unless the text has no sentence, and lines in a language that no analysis which
    reads with the encoder knows.
    """
    document = document.in_languages(LANGUAGES)
    text = document.masked("mentions", "links", "hashsigns").translate(_LINE_BREAKS)
    if document.sentences:
        text = _without_tags_between(text, document)
    return text


def _without_tags_between(text: str, document: Document) -> str:
    """The text, the hashtags that stand in no sentence blanked."""
    pieces, done, sentences = [], 0, iter(document.sentences)
    sentence: Span | None = next(sentences)
    for tag in document.signals.hashtags:
        while sentence and sentence.end <= tag.start:
            sentence = next(sentences, None)
        if sentence is None or tag.end <= sentence.start:
            pieces += [text[done : tag.start], " " * (tag.end - max(tag.start, done))]
            done = max(done, tag.end)
    return "".join((*pieces, text[done:]))


def reading_input(document: Document) -> ReadingInput:
    """What the encoder is given of a document: split, where it must be, at its sentences."""
    return ReadingInput(
        reading_text(document), tuple(sentence.start for sentence in document.sentences)
    )
