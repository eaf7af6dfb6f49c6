"""TF-IDF of words and pairs of words under a linear model: scikit-learn's usual first try."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluation.metrics import Array

CLASSES = "TF-IDF + logistic regression"
SCORES = "TF-IDF + ridge regression"

Texts = Sequence[str]


def probabilities(known: Texts, labels: Array, asked: Texts) -> NDArray[np.float64]:
    """Each label's probability 0..1 for each asked text, (n_asked, n_labels).

    Args:
        known: the texts to learn from, n of them.
        labels: 0 or 1, (n, n_labels).
        asked: the texts to answer.
    """
    from sklearn.linear_model import LogisticRegression

    learnt, read = _vectors(known, asked)
    columns = [
        LogisticRegression(solver="liblinear").fit(learnt, given).predict_proba(read)[:, 1]
        for given in labels.T
    ]
    return np.stack(columns, axis=1)


def scores(known: Texts, values: Array, asked: Texts) -> NDArray[np.float64]:
    """The score of each asked text on the scale of ``values``, (n_asked,)."""
    from sklearn.linear_model import Ridge

    learnt, read = _vectors(known, asked)
    return np.asarray(Ridge().fit(learnt, values).predict(read))


def _vectors(known: Texts, asked: Texts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    return vectorizer.fit_transform(known), vectorizer.transform(asked)
