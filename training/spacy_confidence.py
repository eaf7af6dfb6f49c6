"""Fit how sure spaCy's EntityRecognizer is: ``python -m training.spacy_confidence``.

Prints ``_BIAS`` and ``_COEFFICIENTS`` of ``entities/spacy_calibration.py``, fitted on training data
only. How well names are found is measured by ``python -m training.evaluate``.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from deployments.entities.spacy_backend import SpacyRecognizer
from deployments.entities.spacy_calibration import mention_features
from deployments.weights.released import SPACY_ENGLISH, locate
from training.datasets.entity_sets import LABEL_MAPS, read
from training.datasets.folders import public_sets

_SETS = ("wnut17", "broad_twitter_corpus", "tweebank_ner", "wikigold")


def fit(data: Path) -> None:
    """Print the calibration: logistic regression on the sets that may be trained on."""
    reader = SpacyRecognizer(locate(SPACY_ENGLISH))
    features: list[dict[str, float]] = []
    is_correct: list[bool] = []
    for name in _SETS:
        labels = set(LABEL_MAPS[name].values())
        for text in read(data, name, "train"):
            mentions = reader.recognize([text.text], 1)[0]
            mentions = [mention for mention in mentions if mention.label in labels]
            features += [mention_features(mention, text.text) for mention in mentions]
            is_correct += [(m.start, m.end, m.label) in text.spans for m in mentions]
    names = list(features[0])
    rows = [[row[name] for name in names] for row in features]
    model = LogisticRegression(max_iter=2_000).fit(rows, is_correct)
    print(f"{len(features)} names, {np.mean(is_correct):.1%} right")
    print(f"_BIAS = {model.intercept_[0]:.2f}")
    print({n: round(float(w), 2) for n, w in zip(names, model.coef_[0], strict=True)})


def main() -> None:
    """Read the options and fit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=public_sets())
    fit(parser.parse_args().data)


if __name__ == "__main__":
    main()
