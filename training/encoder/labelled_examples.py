"""Sets of texts with one label each, as examples."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deployments.text.document import Document
from training.datasets import corpora, label_maps
from training.datasets.corpora import LabelledText
from training.encoder.examples import Example, Target, example, side_by_side, whole
from training.encoder.fit.sets import MOST_TOKENS
from training.encoder.windows import WindowReader

_TWEETS, _TWEETS_BY_LANGUAGE = "tweeteval_sentiment", "xlmt_sentiment"
# Of sets of single sentences, how much they count alone and side by side.
_ALONE, _SIDE_BY_SIDE = 0.75, 0.5
# Tokens of a sentence that is put beside others, at most.
_MAX_SENTENCE_TOKENS = 55
_SEED = 7


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one task learns from a text, and how much the text counts there."""

    task: str
    target: Callable[[LabelledText], float | tuple[float, ...]]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One set, or one language of it.

    Attributes:
        corpus: its name in ``training.datasets``.
        lessons: what its labels teach.
        repeats: how often an epoch has it; of a fraction a random share.
        language: ISO 639-1 code, of a set that has a file for each language.
        sentences: whether its texts are single sentences, of which some are put side by side,
            so that a sentence is told apart from its neighbours.
    """

    corpus: str
    lessons: tuple[Lesson, ...]
    repeats: float
    language: str | None = None
    sentences: bool = False

    @property
    def name(self) -> str:
        """Of the set among all."""
        return ".".join(filter(None, (self.corpus, self.language)))

    def has_split(self, data: Path, split: str) -> bool:
        """Whether it has a training or a validation split."""
        return split == "train" or corpora.has_split(
            data, self.corpus, split, language=self.language
        )

    def texts(self, data: Path, split: str) -> list[LabelledText]:
        """Its texts, those for training less all that a validation split of English has too.

        XLM-T's English tweets are TweetEval's in other splits: training leaves out those that
        validate there, and TweetEval's validation split is read without them, since the released
        weights saw them.
        """
        if split == "validation" and self.corpus == _TWEETS:
            return corpora.read_unseen(data, _TWEETS)
        texts = corpora.read(data, self.corpus, split, language=self.language)
        if split != "train":
            return texts
        if self.corpus == _TWEETS_BY_LANGUAGE:
            return corpora.without(texts, corpora.read(data, _TWEETS, "validation"))
        return texts if self.language else corpora.without(texts, _held_out(data))


def _held_out(data: Path) -> list[LabelledText]:
    """The validation splits of the sets of English."""
    held_out = [
        corpora.read(data, each.corpus, "validation")
        for each in LABELLED_SETS
        if each.language is None and each.has_split(data, "validation")
    ]
    return [text for texts in held_out for text in texts]


def _sentiment(weight: float = 1.0) -> Lesson:
    return Lesson("sentiment", label_maps.polarity, weight)


def _formality(corpus: str, repeats: float, weight: float = 1.0) -> LabelledSet:
    sentences = corpus == "squinky_formality"
    lesson = Lesson("formality", label_maps.FORMALITY[corpus], weight)
    return LabelledSet(corpus, (lesson,), repeats, sentences=sentences)


def _xed(language: str) -> LabelledSet:
    weight, repeats = (0.7, 0.4) if language == "en" else (0.5, 0.7)
    return LabelledSet("xed", (Lesson("plutchik", label_maps.plutchik, weight),), repeats, language)


LABELLED_SETS: Sequence[LabelledSet] = (
    LabelledSet(_TWEETS, (_sentiment(),), 0.8),
    LabelledSet(
        "sst5", (_sentiment(2.0), Lesson("grade", label_maps.grade)), 4 / 3, sentences=True
    ),
    LabelledSet(corpora.REVIEWS, (_sentiment(1.5),), 2, sentences=True),
    LabelledSet(corpora.BUSINESS, (_sentiment(1.5),), 8 / 3, sentences=True),
    LabelledSet(corpora.BUSINESS_LATER, (_sentiment(1.5),), 2 / 3, sentences=True),
    LabelledSet("goemotions", (Lesson("emotions", label_maps.emotions),), 0.8),
    LabelledSet(
        "stanford_politeness",
        (
            Lesson("politeness", label_maps.politeness, 1.5),
            Lesson("courtesy", label_maps.courtesy),
        ),
        4 / 3,
    ),
    _formality("squinky_formality", 5 / 6, 0.7),
    _formality("formality_pavlick_sample1000", 2, 2.0),
    _formality("enron_email_formality", 1),
    LabelledSet("subj", (Lesson("subjectivity", label_maps.subjectivity),), 1, sentences=True),
    LabelledSet(
        "tweeteval_emotion", (Lesson("tweet emotion", label_maps.tweet_emotion, 0.5),), 2 / 3
    ),
    LabelledSet("tweeteval_irony", (Lesson("irony", label_maps.irony, 0.5),), 2 / 3),
    LabelledSet("emobank", (Lesson("valence", label_maps.valence),), 5 / 6),
    *(
        LabelledSet(_TWEETS_BY_LANGUAGE, (_sentiment(1.5),), 2, language)
        for language in ("en", "es", "pt", "fr", "de", "it")
    ),
    *map(_xed, ("en", "es", "pt", "fr", "de", "it", "nl", "sv", "da", "pl")),
)


def labelled_examples(
    reader: WindowReader, labelled_set: LabelledSet, texts: Sequence[LabelledText], split: str
) -> list[Example]:
    """An example of each text, up to ``MOST_TOKENS`` of it.

    Of TweetEval's tweets for training, classes count alike.
    """
    balance = _class_weights(texts) if (labelled_set.name, split) == (_TWEETS, "train") else {}
    return list(_examples(reader, labelled_set.lessons, texts, balance))


def _examples(
    reader: WindowReader,
    lessons: Sequence[Lesson],
    texts: Sequence[LabelledText],
    balance: Mapping[object, float],
) -> Iterator[Example]:
    for text in texts:
        targets = [
            Target(lesson.task, value, lesson.weight * balance.get(value, 1.0))
            for lesson in lessons
            for value in [lesson.target(text)]
        ]
        window = next(reader.windows(Document.read(text.text), MOST_TOKENS), None)
        if window is not None:
            yield example(window, [whole(window, targets)])


def _class_weights(texts: Sequence[LabelledText]) -> dict[object, float]:
    """How much each class counts so that all together count alike; 1 on the average."""
    counts = np.bincount([label_maps.polarity(text) for text in texts])
    return {number: len(texts) / len(counts) / count for number, count in enumerate(counts)}


def sets_by_repeats(
    labelled_set: LabelledSet, examples: Sequence[Example]
) -> Iterator[tuple[str, Sequence[Example], float]]:
    """Name, examples and repeats: the texts, and of single sentences some side by side."""
    if not labelled_set.sentences:
        yield labelled_set.name, examples, labelled_set.repeats
        return
    yield labelled_set.name, examples, _ALONE * labelled_set.repeats
    together = composed(examples, random.Random(_SEED))
    yield f"{labelled_set.name}, side by side", together, _SIDE_BY_SIDE * labelled_set.repeats


def composed(examples: Sequence[Example], dice: random.Random) -> list[Example]:
    """The short ones in random order, two to four side by side, where that is not too long."""
    short = [each for each in examples if len(each) <= _MAX_SENTENCE_TOKENS]
    dice.shuffle(short)
    together = []
    while short:
        size = dice.choice((2, 2, 3, 4))
        together.append(side_by_side(short[:size]))
        del short[:size]
    return [each for each in together if len(each) <= MOST_TOKENS]
