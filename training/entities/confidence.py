"""How sure a found name is: a head on its words' tags, fitted on validation splits."""

from pathlib import Path

import numpy as np

from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import Head
from deployments.encoder.inputs import EncoderInput
from deployments.entities.bio import TaggedWords, decode_names
from deployments.entities.tagger import name_features
from training.datasets.corpora import is_held_out
from training.datasets.entity_sets import EntityText, read
from training.fitting.calibration import logistic_head

_SETS = ("wnut17", "broad_twitter_corpus", "tweebank_ner", "uner_english_ewt")


def confidence_head(encoder: Encoder, tags: Head, data: Path) -> Head:
    """Logistic regression: from the features of a name to whether it is right."""
    features, is_correct = [], []
    for corpus in _SETS:
        texts = validation_texts(data, corpus)
        outputs = encoder.tokens([EncoderInput(text.text, ()) for text in texts])
        for text, (tokens, states) in zip(texts, outputs, strict=True):
            words = TaggedWords.of(tokens, states, tags)
            for first, last, label in decode_names(text.text, words):
                if label in text.labels:
                    features.append(name_features(words, first, last, label))
                    is_correct.append((words.starts[first], words.ends[last], label) in text.spans)
    print(f"confidence: {len(features)} names, {np.mean(is_correct):.1%} right")
    # "sureness" is what the released file calls this head.
    return logistic_head("sureness", np.stack(features), is_correct)


def validation_texts(data: Path, corpus: str) -> list[EntityText]:
    """The texts of a set that nothing was fitted on; of EWT those held out."""
    if corpus == "uner_english_ewt":
        return [text for text in read(data, corpus, "train") if is_held_out(text.text)]
    return read(data, corpus, "validation")
