"""The heads of a fitted network as the service reads them, calibrated on validation splits."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from torch import nn

from deployments.encoder.heads import Head
from deployments.entities.bio import TAGS
from training.encoder.fit.network import HIDDEN, Network
from training.encoder.fit.predictions import Predictions, predict
from training.encoder.fit.sets import PackedSets
from training.encoder.tasks import TASKS
from training.fitting.calibration import Array, platt, rescaled, temperature

#: Of each set the examples at most that calibrate sentiment, and those that calibrate emotions:
#: enough for a few numbers, and most of them short texts of many hands. By what comes before the
#: language in a set's name.
SENTIMENT_SETS = {"tweeteval_sentiment": 570, "sst5": 200, "xlmt_sentiment": 100, "posts": 100}
EMOTION_SETS = {"goemotions": 4_000}
# Its tweets are of TweetEval's validation split.
_REPEATED = "xlmt_sentiment.en"
_SEED = 7


@dataclass(frozen=True, slots=True)
class Validation:
    """What a network says of the validation splits that calibrate, and what is right."""

    sets: PackedSets
    predictions: Predictions

    @classmethod
    def of(cls, network: Network, sets: PackedSets) -> Self:
        """Let the network, ready to predict, read what calibrates."""
        return cls(sets, predict(network, sets, calibration_rows(sets)))

    def logits_and_truth(self, task: str, corpora: Collection[str]) -> tuple[Array, Array]:
        """Of the spans of these sets that were read and teach the task.

        Args:
            task: its name.
            corpora: the sets.

        Returns:
            (n, n_outputs) and (n, n_values).
        """
        numbers = [n for n, name in enumerate(self.sets.names) if name.split(".")[0] in corpora]
        set_of_span = np.repeat(self.sets.set_numbers, self.sets.span_counts.numpy())
        targets, logits = self.sets.targets[task], self.predictions.logits[task]
        spans = np.isin(set_of_span, numbers) & (targets.weights.numpy() > 0)
        spans &= ~np.isnan(logits[:, 0])
        return logits[spans], targets.values.numpy()[spans].astype(np.float64)


def calibration_rows(sets: PackedSets) -> NDArray[np.int64]:
    """The numbers of the examples that calibrate, drawn with a fixed seed."""
    dice, most = np.random.default_rng(_SEED), SENTIMENT_SETS | EMOTION_SETS
    chosen = [
        dice.permutation(sets.rows_of(name))[: most[corpus]]
        for name in sets.names
        for corpus in [name.split(".")[0]]
        if corpus in most and name != _REPEATED
    ]
    return np.concatenate(chosen)


def calibrated_head(network: Network, name: str, validation: Validation) -> Head:
    """The head of a task with its logits rescaled, where its scores are read as probabilities."""
    head = span_head(network, name)
    if name == "sentiment":
        logits, truth = validation.logits_and_truth(name, SENTIMENT_SETS)
        factor = temperature(logits, truth[:, 0].astype(np.int64))
        print(f"temperature {1 / factor:.2f}")
        return rescaled(head, np.full(len(head.outputs), factor), np.zeros(len(head.outputs)))
    if name == "emotions":
        return rescaled(head, *platt(*validation.logits_and_truth(name, EMOTION_SETS)))
    return head


def span_head(network: Network, name: str) -> Head:
    """The head of a task on vectors of length 1; while it is fitted they have sqrt(hidden)."""
    (outputs,) = (task.outputs for task in TASKS if task.name == name)
    head = network.heads.get_submodule(name)
    (weight, bias), *rest = [_layer(part) for part in head.modules() if isinstance(part, nn.Linear)]
    return Head(outputs, ((weight * np.float32(np.sqrt(HIDDEN)), bias), *rest))


def tag_head(network: Network) -> Head:
    """The head of the names' tags on the states of tokens."""
    return Head(TAGS, (_layer(network.tag_head),))


def _layer(layer: nn.Linear) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()
