"""What a fitted network says of every example of some sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.encoder.fit.network import Network
from training.encoder.fit.sets import MOST_TOKENS, PackedSets

Array = NDArray[np.float32]
# Examples read at once.
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Predictions:
    """Logits and tags, NaN and -1 for what was not read.

    Attributes:
        logits: on every span of all sets, (n_spans, n_outputs), by task.
        tags: the likeliest tag of every token, (n_tokens,).
        keys: logits of every token, (n_tokens,).
    """

    logits: Mapping[str, Array]
    tags: NDArray[np.int64]
    keys: Array

    @classmethod
    def none(cls, network: Network, sets: PackedSets) -> Self:
        """Of nothing."""
        tokens, spans = len(sets.ids), len(sets.spans)
        logits = {
            name: np.full((spans, _output_count(head)), np.nan, np.float32)
            for name, head in network.heads.items()
        }
        return cls(logits, np.full(tokens, -1), np.full(tokens, np.nan, np.float32))


def _output_count(head: torch.nn.Module) -> int:
    *_, last = (part for part in head.modules() if isinstance(part, torch.nn.Linear))
    return last.out_features


@torch.no_grad()
def predict(network: Network, sets: PackedSets, rows: NDArray[np.int64]) -> Predictions:
    """What the network, ready to predict, says of these examples."""
    predictions = Predictions.none(network, sets)
    order = rows[np.argsort(sets.sizes[rows], kind="stable")]
    for first in range(0, len(order), _BATCH):
        numbers = order[first : first + _BATCH]
        batch = sets.batch(numbers, int(sets.sizes[numbers].max().clip(max=MOST_TOKENS)) + 2)
        outputs = network(batch)
        spans = _numpy(batch.span_numbers)
        for name, logits in outputs.logits.items():
            predictions.logits[name][spans] = _numpy(logits)
        inside = batch.token_numbers >= 0
        tokens = _numpy(batch.token_numbers[inside])
        predictions.tags[tokens] = _numpy(outputs.tags[inside].argmax(-1))
        predictions.keys[tokens] = _numpy(outputs.keys[inside])
    return predictions


def _numpy(values: Tensor) -> NDArray[np.generic]:
    array: NDArray[np.generic] = values.cpu().numpy()
    return array
