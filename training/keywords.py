"""Fit the head that weighs key phrases, and write it with its digest.

    python -m training.keywords [--data DIR]

Takes about four minutes on one core. Fits on Inspec's training split and the first half
of the Stack Exchange sample: abstracts and questions pull the length of phrases in opposite
directions, and posts lie between. Writes beside it what similar texts are found by
(`training.similarity`). Afterwards measure with
`python -m training.evaluate --only keywords`.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.keywords.candidates import Candidate, extract_candidates
from deployments.keywords.embedding import DIMENSIONS, HEAD
from deployments.keywords.features import candidate_features
from deployments.reading.reading_text import reading_input
from deployments.results import Span
from deployments.weights.released import KEYWORDS_HEAD, locate, sha256_of
from training.datasets.folders import public_sets
from training.datasets.keyphrases import (
    HALF,
    KeyphraseText,
    inspec,
    papyrus,
    stackexchange,
    stemmed,
)
from training.datasets.posts_by_language import languages, read_language
from training.fitting.calibration import logistic_head
from training.fitting.head_file import save_heads
from training.similarity import mean_states, texts, whitening

#: The last hidden state, which the cosine is taken in, and an early one, which still
#: tells nouns from verbs: F1@10 on Inspec validation 0.401 without it, 0.429 with it.
_INVERSE_REGULARISATION = 0.1
_CHUNK = 50


def features_and_labels(
    encoder: Encoder, examples: list[KeyphraseText]
) -> tuple[Vectors, list[bool]]:
    """One row for each candidate of each text, and whether people chose it."""
    features: list[Vectors] = []
    labels: list[bool] = []
    for start in range(0, len(examples), _CHUNK):
        chunk = examples[start : start + _CHUNK]
        candidates = [extract_candidates(example.document) for example in chunk]
        readings = encoder.read([reading_input(example.document) for example in chunk])
        for example, reading, phrases in zip(chunk, readings, candidates, strict=True):
            features.append(candidate_features(example.document, reading, phrases))
        for example, candidate_phrases in zip(chunk, candidates, strict=True):
            labels += [_stems(example, each) in example.keyphrases for each in candidate_phrases]
        print(f"  read {start + len(chunk)} of {len(examples)}", flush=True)
    return np.concatenate(features), labels


def _stems(example: KeyphraseText, phrase: Candidate) -> str:
    span: Span = phrase.spans[0]
    return stemmed(example.document.plain[span.start : span.end], example.language)


def written_posts() -> Iterator[KeyphraseText]:
    """The project's own posts in nine languages, their training split."""
    for language in languages():
        for post in read_language(language, split="train"):
            yield KeyphraseText.of(post.document, post.keyphrases, language)


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=public_sets())
    data = parser.parse_args().data
    encoder = Encoder(EncoderConfig())
    examples = [
        *inspec(data, "train"), *stackexchange(data)[:HALF], *papyrus(data), *written_posts()
    ]  # fmt: skip
    head = logistic_head(
        "key",
        *features_and_labels(encoder, examples),
        inverse_regularisation=_INVERSE_REGULARISATION,
        max_iterations=1_000,
    )
    folder = locate(KEYWORDS_HEAD)
    embedding = whitening(mean_states(encoder, list(texts())), DIMENSIONS)
    heads = {"keywords": head, HEAD: embedding}
    path = save_heads(folder, heads, encoder.weights_sha256)
    print(f"{path}: SHA-256 {sha256_of(path)}")


if __name__ == "__main__":
    main()
