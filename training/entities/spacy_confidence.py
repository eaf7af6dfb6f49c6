"""Fit how sure spaCy's recogniser is: ``python -m training.entities.spacy_confidence``.

Prints ``_BIAS`` and ``_COEFFICIENTS`` of ``entities/spacy_calibration.py``, fitted on training data
only. How well names are found is measured by ``python -m training.evaluate``.
"""

import argparse
from pathlib import Path

import numpy as np

from deployments.entities.spacy_backend import SpacyRecognizer
from deployments.entities.spacy_calibration import mention_features
from deployments.weights import released as weights
from training.evaluation.names import BLANKED, COMMON, WNUT, read
from training.fitting.command_line import ROOT

_SETS = {
    "wnut17": WNUT, "broad_twitter_corpus": COMMON, "tweebank_ner": COMMON, "wikigold": COMMON,
}  # fmt: skip


def fit(data: Path) -> None:
    """Print the calibration: logistic regression on the sets that may be trained on."""
    from sklearn.linear_model import LogisticRegression

    reader = SpacyRecognizer(weights.locate(weights.SPACY_ENGLISH))
    rows: list[dict[str, float]] = []
    right: list[bool] = []
    for name, labels in _SETS.items():
        for example in read(data / name / "train.jsonl", labels):
            line = example.document.masked(*BLANKED)
            guesses = [g for g in reader.recognize([line], 1)[0] if g.label in labels.values()]
            rows += [mention_features(g, line) for g in guesses]
            right += [(g.start, g.end, g.label) in example.names for g in guesses]
    names = list(rows[0])
    model = LogisticRegression(max_iter=2_000).fit([[r[n] for n in names] for r in rows], right)
    print(f"{len(rows)} names, {np.mean(right):.1%} right")
    print(f"_BIAS = {model.intercept_[0]:.2f}")
    print({n: round(float(w), 2) for n, w in zip(names, model.coef_[0], strict=True)})


def main() -> None:
    """Read the options and fit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    fit(parser.parse_args().data)


if __name__ == "__main__":
    main()
