"""Lexicons with VADER's rules in ten languages: the asent package.

Danish and Swedish have lexicons of their own in it, English VADER's; the others are of Chen and
Skiena, "Building Sentiment Lexicons for All Major Languages", 2014.
"""

import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluation.baselines import vader

NAME = "asent, lexicon of the language"

_WITH_RULES_OF_THEIR_OWN = ("da", "en", "sv")


def classes(texts: Sequence[str], language: str) -> NDArray[np.int64]:
    """Class numbers of ``label_maps.POLARITY`` by VADER's thresholds, (n,)."""
    read, sentiment = _pipeline(language)
    compounds = [sentiment(read(text))._.polarity.compound for text in texts]
    return vader.classes(np.array(compounds))


@cache
def _pipeline(language: str) -> tuple[Any, Any]:
    """spaCy's tokenizer and sentences of the language, and asent's component."""
    import spacy

    pipeline = spacy.blank(language)
    pipeline.add_pipe("sentencizer")
    return pipeline, _component(pipeline, language)


def _component(pipeline: Any, language: str) -> Any:
    if language in _WITH_RULES_OF_THEIR_OWN:
        from importlib import import_module

        import_module("asent.lang")
        return pipeline.create_pipe(f"asent_{language}_v1")
    from asent.lang.xx import create_xx_sentiment_component

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that the lexicon was made by a machine
        # By hand: spaCy 3.8 cannot add the factories that asent 0.8 registers for these.
        return create_xx_sentiment_component(pipeline, "asent", language, True)
