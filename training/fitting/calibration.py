"""Heads of logistic regression, and calibration: a head's outputs as probabilities.

Calibration becomes a part of the head's last layer.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from deployments.encoder.heads import Head

Array = NDArray[np.floating]


def logistic_head(
    output: str,
    features: Array,
    labels: Sequence[bool],
    *,
    inverse_regularisation: float = 1.0,
    max_iterations: int = 2_000,
) -> Head:
    """Logistic regression as a head of one layer and one output.

    Args:
        output: what the output is called.
        features: (n, n_features).
        labels: what is right, n of them.
        inverse_regularisation: scikit-learn's ``C``: less is stronger.
        max_iterations: of the solver, which mostly ends before.
    """
    model = LogisticRegression(C=inverse_regularisation, max_iter=max_iterations)
    model.fit(features, labels)
    layer = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    return Head((output,), (layer,))


def rescaled(head: Head, slopes: Array, shifts: Array) -> Head:
    """The head whose logits are ``slope * logit + shift``: calibration as a part of it."""
    *layers, (weight, bias) = head.layers
    scaled = (
        (weight * np.reshape(slopes, (-1, 1))).astype(np.float32),
        (bias * slopes + shifts).astype(np.float32),
    )
    return Head(head.outputs, (*layers, scaled))


def temperature(logits: Array, classes: NDArray[np.int64]) -> float:
    """The factor on logits that makes a softmax likeliest (Guo et al. 2017), by a fine grid."""
    factors = np.geomspace(0.25, 4, 200)
    rows = np.arange(len(classes))

    def loss(factor: float) -> float:
        scaled = torch.from_numpy(logits * factor).log_softmax(1).numpy()
        return float(-scaled[rows, classes].mean())

    return float(min(factors, key=loss))


def platt(logits: Array, truth: Array) -> tuple[Array, Array]:
    """Slope and shift for each output that make its sigmoid a probability (Platt 1999)."""
    # A strong prior towards slope 1 would be wrong; C = 1 keeps rare emotions from exploding.
    fits = [
        LogisticRegression(C=1.0).fit(scores[:, None], labels)
        for scores, labels in zip(logits.T, truth.T, strict=True)
    ]
    return np.array([f.coef_[0, 0] for f in fits]), np.array([f.intercept_[0] for f in fits])
