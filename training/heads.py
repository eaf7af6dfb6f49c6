"""Fitting small heads on frozen vectors, and writing them where the service reads them.

Knows vectors and targets; nothing of texts or sets.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save as safetensors_bytes
from torch import Tensor, nn

from deployments.encoder import Encoder
from deployments.heads import FILE, Head

Array = NDArray[np.floating]
Loss = Callable[[Tensor, Tensor], Tensor]

# Half precision costs a weight 1/2048 of itself, which no answer shows; a bias, which
# standardisation makes large, would lose more.
_STORED = {"weight": np.float16, "bias": np.float32}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a head is fitted."""

    hidden: int = 128
    dropout: float = 0.3
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    batch: int = 512
    epochs: int = 12
    seed: int = 7


def fit(
    vectors: Array,
    targets: Array | NDArray[np.int64],
    outputs: tuple[str, ...],
    loss: Loss,
    recipe: Recipe,
    weights: Array | None = None,
) -> Head:
    """A head with one hidden layer, by AdamW with a cosine schedule; seeded.

    Args:
        vectors: (n, n_in).
        targets: (n,) class numbers, or (n, n_outputs) values.
        outputs: names of the outputs.
        loss: per example, from logits and targets to (n,).
        recipe: sizes and rates.
        weights: how much each example counts, (n,); all alike if None.
    """
    torch.manual_seed(recipe.seed)
    x, y = torch.from_numpy(vectors.astype(np.float32)), torch.from_numpy(targets)
    w = torch.ones(len(x)) if weights is None else torch.from_numpy(weights.astype(np.float32))
    centre, spread = x.mean(0), x.std(0)
    # A dimension that hardly varies would get a weight too large for half precision.
    spread = spread.clamp(min=float(spread.median()) / 10)
    net = _network(x.shape[1], len(outputs), recipe)
    optimiser = torch.optim.AdamW(
        net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    steps = recipe.epochs * -(-len(x) // recipe.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(recipe.epochs):
        for rows in torch.split(torch.randperm(len(x)), recipe.batch):
            losses = loss(net((x[rows] - centre) / spread), y[rows])
            optimiser.zero_grad()
            torch.autograd.backward((losses * w[rows]).sum() / w[rows].sum())
            optimiser.step()
            schedule.step()
    return _folded(net, centre, spread, outputs)


def _network(n_in: int, n_out: int, recipe: Recipe) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(recipe.dropout / 3),
        nn.Linear(n_in, recipe.hidden),
        nn.ReLU(),
        nn.Dropout(recipe.dropout),
        nn.Linear(recipe.hidden, n_out),
    )


def _folded(net: nn.Sequential, centre: Tensor, spread: Tensor, outputs: tuple[str, ...]) -> Head:
    """The head with the standardisation of its inputs folded into its first layer."""
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    pairs = [(layer.weight.detach().clone(), layer.bias.detach().clone()) for layer in linear]
    first, bias = pairs[0]
    pairs[0] = (first / spread, bias - (first / spread) @ centre)
    return Head(outputs, tuple((weight.numpy(), bias.numpy()) for weight, bias in pairs))


def rescaled(head: Head, slopes: Array, shifts: Array) -> Head:
    """The head whose logits are ``slope * logit + shift``: calibration, folded in."""
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


def save(
    folder: Path, heads: Mapping[str, Head], encoder: Encoder, hidden_states: tuple[int, ...]
) -> Path:
    """Write the heads as one safetensors file, the weights in half precision."""
    tensors = {
        f"{name}.{number}.{part}": np.ascontiguousarray(values, dtype=_STORED[part])
        for name, head in heads.items()
        for number, pair in enumerate(head.layers)
        for part, values in zip(("weight", "bias"), pair, strict=True)
    }
    about = {
        "outputs": json.dumps({name: head.outputs for name, head in heads.items()}),
        "hidden_states": json.dumps(hidden_states),
        "encoder_sha256": encoder.weights_sha256,
        "licence": "Apache-2.0",
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    path.write_bytes(_in_order(safetensors_bytes(tensors, metadata=about)))
    return path


def _in_order(stored: bytes) -> bytes:
    """The same file with its header's keys sorted, so that equal heads are equal bytes.

    A safetensors file is the header's length in 8 bytes, the header as JSON padded with
    spaces to a multiple of 8, then the tensors at offsets counted from the header's end
    (huggingface/safetensors, README "Format"). The library writes metadata in any order.
    """
    length = int.from_bytes(stored[:8], "little")
    header = json.dumps(json.loads(stored[8 : 8 + length]), sort_keys=True).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + stored[8 + length :]
