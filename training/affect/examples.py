"""The sets of the affect encoder in tokens, and what an epoch is made of."""

import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from deployments.affect.segments import segments
from deployments.text.document import Document
from deployments.weights.released import MINILM, locate
from training.affect.tasks import TRAINING_SETS, is_taught
from training.datasets import corpora, label_maps
from training.datasets.corpora import LabelledText
from training.datasets.written_posts import FIRST, LATER, WrittenPost, read_posts
from training.fitting.batching import CLS_ID, SEP_ID
from training.fitting.span_model import (
    MOST_SPANS,
    SpanExample,
    SpanTarget,
    side_by_side,
    single_span,
)

#: Whole posts, written for the project with a polarity for each sentence.
_POSTS_REPEATS, _POSTS_WEIGHT = 3, 0.7
#: Share of the sentences that an epoch puts side by side, two to four together.
_SIDE_BY_SIDE = 0.25
#: Tokens of a sentence that is put beside others, and of a text; both at most.
_MAX_SENTENCE_TOKENS, _MAX_TOKENS = 56, 126

#: A text in tokens and what it teaches.
TokenizedText = tuple[list[int], tuple[SpanTarget, ...]]


class AffectExamples:
    """The training and validation splits of every set, in tokens."""

    def __init__(self, data: Path) -> None:
        folder = locate(MINILM)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.validation = {
            name: corpora.read(data, name, "validation")
            for name in TRAINING_SETS
            if corpora.has_split(data, name, "validation")
        }
        held_out = [text for texts in self.validation.values() for text in texts]
        self._training = {
            name: self._tokenized(
                name, corpora.without(corpora.read(data, name, "train"), held_out)
            )
            for name in TRAINING_SETS
        }
        self._posts = [
            [example for post in read_posts(file) for example in self._of_post(post)]
            for file in (FIRST, LATER)
        ]

    def token_ids(self, text: str) -> list[int]:
        """A text's tokens as the service reads it, but as one segment to its end."""
        (segment,) = segments(Document.read(text), max_characters=len(text) + 1)
        ids: list[int] = self._tokenizer.encode(segment.text, add_special_tokens=False).ids
        return ids[:_MAX_TOKENS]

    def _tokenized(self, name: str, texts: Sequence[LabelledText]) -> list[TokenizedText]:
        balance = _class_weights(texts) if name == "tweeteval_sentiment" else {}
        tokenized = []
        for text in texts:
            targets = tuple(
                SpanTarget(lesson.task, 0, value, lesson.weight * balance.get(value, 1.0))
                for lesson in TRAINING_SETS[name].lessons
                for value in [lesson.target(text)]
            )
            tokenized.append((self.token_ids(text.text), targets))
        return [each for each in tokenized if each[0]]

    def _of_post(self, post: WrittenPost) -> Iterator[SpanExample]:
        """Each segment of a post with its sentences' own polarities."""
        polarities = iter(post.polarities)
        for segment in segments(post.document):
            encoding = self._tokenizer.encode(segment.text, add_special_tokens=False)
            starts = [start for start, _ in encoding.offsets]
            edges = [bisect_left(starts, span.start) for span in segment.sentences]
            spans = pairwise([edge + 1 for edge in [*edges, len(starts)]])
            targets = [
                SpanTarget("sentiment", number, polarity, _POSTS_WEIGHT)
                for number, polarity in enumerate(islice(polarities, len(segment.sentences)))
            ]
            ids = np.array([CLS_ID, *encoding.ids, SEP_ID], np.int32)
            yield SpanExample(ids, tuple(spans)[:MOST_SPANS], tuple(targets[:MOST_SPANS]))

    def epoch(self, stage: int, generator: random.Random) -> list[SpanExample]:
        """One epoch of a stage, some of the sentences side by side."""
        examples, sentences = [], []
        for name, training_set in TRAINING_SETS.items():
            texts = self._training[name]
            for ids, targets in _repeated(texts, training_set.repeats[stage], generator):
                short_sentence = training_set.sentences and len(ids) < _MAX_SENTENCE_TOKENS
                taught = [target for target in targets if is_taught(target.task, stage)]
                if short_sentence and generator.random() < _SIDE_BY_SIDE:
                    sentences.append((ids, taught))
                else:
                    examples.append(single_span(ids, taught))
        for first_stage, posts in enumerate(self._posts):
            examples += posts * _POSTS_REPEATS if first_stage <= stage else []
        generator.shuffle(sentences)
        while sentences:
            size = generator.choice((2, 2, 3, 4))
            examples.append(side_by_side(sentences[:size]))
            del sentences[:size]
        return [example for example in examples if len(example) <= _MAX_TOKENS + 2]

    def validation_examples(self, name: str) -> list[SpanExample]:
        """The validation texts of a set, without targets."""
        return [single_span(self.token_ids(text.text), ()) for text in self.validation[name]]


def _repeated(
    texts: list[TokenizedText], repeats: float, generator: random.Random
) -> list[TokenizedText]:
    """All of them as often as the whole part says, and of the rest a random share."""
    return texts * int(repeats) + generator.sample(texts, round(repeats % 1 * len(texts)))


def _class_weights(texts: Sequence[LabelledText]) -> dict[object, float]:
    """How much each class counts so that all together count alike; 1 on the average."""
    counts = np.bincount([label_maps.polarity(text) for text in texts])
    return {number: len(texts) / len(counts) / count for number, count in enumerate(counts)}
