"""TF-IDF of words and pairs of words under a linear model: scikit-learn's usual first try."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluation.metrics import Array

CLASSES = "TF-IDF + logistic regression"
SCORES = "TF-IDF + ridge regression"

Texts = Sequence[str]


def probabilities(training: Texts, labels: Array, texts: Texts) -> NDArray[np.float64]:
    """Each label's probability 0..1 for each text, (n_texts, n_labels).

    Args:
        training: the texts to learn from, n of them.
        labels: 0 or 1, (n, n_labels).
        texts: those to answer.
    """
    from sklearn.linear_model import LogisticRegression

    features, text_features = _vectors(training, texts)
    models = [LogisticRegression(solver="liblinear").fit(features, label) for label in labels.T]
    columns = [model.predict_proba(text_features)[:, 1] for model in models]
    return np.stack(columns, axis=1)


def scores(training: Texts, values: Array, texts: Texts) -> NDArray[np.float64]:
    """The score of each text on the scale of ``values``, (n_texts,)."""
    from sklearn.linear_model import Ridge

    features, text_features = _vectors(training, texts)
    return np.asarray(Ridge().fit(features, values).predict(text_features))


def _vectors(training: Texts, texts: Texts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    return vectorizer.fit_transform(training), vectorizer.transform(texts)
