"""Whole posts written for this project, and sets of key phrases, as examples."""

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from deployments.entities.mention import NAME_LABELS
from deployments.results import EMOTIONS, Span
from training.datasets.keyphrases import KeyphraseText
from training.datasets.posts_by_language import LabelledSegment, MultitaskPost
from training.datasets.written_posts import WrittenPost
from training.encoder.examples import Example, Integers, SpanTargets, Target, example, whole
from training.encoder.fit.sets import MOST_TOKENS
from training.encoder.name_examples import tag_bits
from training.encoder.windows import TokenWindow, WindowReader

# How much a sentence counts for sentiment: in English there are many other sets.
_ENGLISH_WEIGHT, _OTHERS_WEIGHT = 0.7, 1.5


def english_post_examples(reader: WindowReader, post: WrittenPost) -> Iterator[Example]:
    """Each window with the polarities of its sentences."""
    for window in reader.windows(post.document):
        yield example(
            window,
            (
                SpanTargets(
                    *window.range_within(sentence),
                    (Target("sentiment", polarity, _ENGLISH_WEIGHT),),
                )
                for sentence, polarity in zip(post.document.sentences, post.polarities, strict=True)
            ),
        )


def post_examples(reader: WindowReader, post: MultitaskPost) -> Iterator[Example]:
    """Each window with all that the post's labels say of it."""
    phrases = occurrences(post.document.plain, post.keyphrases)
    register = (Target("formality", post.formality), Target("politeness", post.politeness))
    for window in reader.windows(post.document):
        sentences = zip(post.document.sentences, post.sentences, strict=True)
        spans = (
            SpanTargets(*window.range_within(sentence), _sentence_targets(segment))
            for sentence, segment in sentences
        )
        yield example(
            window,
            [whole(window, register), *spans],
            tags=tag_bits(window, post.document, post.names.spans, frozenset(NAME_LABELS)),
            keys=key_marks(window, phrases),
        )


def _sentence_targets(segment: LabelledSegment) -> tuple[Target, Target]:
    emotions = tuple(float(emotion in segment.emotions) for emotion in EMOTIONS)
    return (
        Target("sentiment", segment.polarity, _OTHERS_WEIGHT),
        Target("emotions", emotions),
    )


def key_phrase_examples(reader: WindowReader, texts: Iterable[KeyphraseText]) -> Iterator[Example]:
    """Each window of each text with its key phrases marked."""
    for text in texts:
        phrases = occurrences(text.document.plain, text.phrases)
        for window in reader.windows(text.document, MOST_TOKENS):
            yield example(window, keys=key_marks(window, phrases))


def key_marks(window: TokenWindow, phrases: Iterable[Span]) -> Integers:
    """1 for each token in a key phrase, else 0, (n,)."""
    marks = np.zeros(len(window), np.int64)
    for span in phrases:
        marks[window.touching(span)] = 1
    return marks


def occurrences(text: str, phrases: Sequence[str]) -> list[Span]:
    """Where the phrases stand as whole words, in any case."""
    return [
        Span(*match.span())
        for phrase in phrases
        for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE)
    ]
