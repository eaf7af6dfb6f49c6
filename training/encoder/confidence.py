"""How sure a found name is: a head on its words' tags, fitted on validation splits."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import Head
from deployments.entities.bio import TaggedWords, decode_names
from deployments.entities.lines import with_line_feeds
from deployments.entities.tagger import name_features
from deployments.reading.reading_text import reading_input
from training.datasets.entity_sets import EntityDocument, EntitySpan
from training.encoder.name_examples import VALIDATION_SETS, validation_texts
from training.fitting.calibration import logistic_head

# Texts read at once.
_BATCH = 256


def confidence_head(encoder: Encoder, tags: Head, data: Path) -> Head:
    """Logistic regression: from the features of a name to whether it is right.

    On the validation splits of all languages; a set says nothing of labels that it does not give.
    """
    pairs = [
        pair
        for name_set in VALIDATION_SETS
        for pair in judged_names(encoder, tags, validation_texts(data, name_set))
    ]
    features, is_correct = zip(*pairs, strict=True)
    print(f"confidence: {len(pairs)} names, {np.mean(is_correct):.1%} right")
    # "sureness" is what the released file calls this head.
    return logistic_head("sureness", np.stack(features), is_correct)


def judged_names(
    encoder: Encoder, tags: Head, texts: list[EntityDocument]
) -> Iterator[tuple[Vectors, bool]]:
    """The features of each name that the service would find, and whether it is right."""
    for first in range(0, len(texts), _BATCH):
        batch = texts[first : first + _BATCH]
        readings = encoder.read([reading_input(each.document) for each in batch])
        for each, reading in zip(batch, readings, strict=True):
            words = TaggedWords.of(reading, tags)
            text = with_line_feeds(each.marked.text)
            for name in decode_names(text, words):
                start, end = int(words.starts[name[0]]), int(words.ends[name[1]])
                # What touches a signal is no name of the service, and none of the set.
                if name[2] in each.marked.labels and _is_untouched(each, start, end):
                    is_correct = EntitySpan(start, end, name[2]) in each.spans
                    yield name_features(words, *name), is_correct


def _is_untouched(text: EntityDocument, start: int, end: int) -> bool:
    return text.marked.text[start:end] == text.document.plain[start:end]
