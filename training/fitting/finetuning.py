"""Fine-tuning the carried encoder's layers, whatever for.

Knows layers, rates and steps; nothing of sets, heads or labels. On 2 cores with bf16 a step
of 2,048 tokens takes about 0.2 s.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from training.fitting.averaging import MovingAverage
from training.fitting.batching import batched

# The first steps' losses are compiled for every shape; a sign of life between.
_REPORT_STEPS = 200

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """How an encoder is fine-tuned.

    Attributes:
        epochs: over the examples.
        learning_rate: of the uppermost layer; each below learns ``layer_decay`` times as fast.
        head_rate: of everything that is not the encoder.
        warm_up: share of the steps in which the rates rise.
        masked: share of the tokens replaced by [MASK]; it regularises where dropout would, at
            half its cost.
        average: decay of the moving average that replaces the last parameters.
        embeddings: whether the word embeddings learn too.
        compiled: whether each shape is compiled first: minutes once, for steps in half the time.
        seed: of order, masking and the heads' first values.
    """

    epochs: int = 3
    learning_rate: float = 1.5e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warm_up: float = 0.06
    masked: float = 0.08
    dropout: float = 0.1
    average: float = 0.998
    embeddings: bool = False
    compiled: bool = True
    seed: int = 7


def fine_tune(
    model: Any,
    examples: Callable[[random.Random], Sequence[Item]],
    length_of: Callable[[Item], int],
    loss: Callable[[list[Item]], Tensor],
    hyperparameters: Hyperparameters,
) -> None:
    """Train the model in place; seeded. It ends with averaged parameters, ready to predict.

    Args:
        model: a torch module whose encoder is named ``bert``.
        examples: those of one epoch, made anew for each.
        length_of: tokens of an example.
        loss: of a batch.
        hyperparameters: rates and lengths.
    """
    optimiser = torch.optim.AdamW(_parameter_groups(model, hyperparameters), fused=True)
    rates = [group["lr"] for group in optimiser.param_groups]
    average = MovingAverage(model, hyperparameters.average)
    generator = random.Random(hyperparameters.seed)
    progress = _LossReport()
    for epoch in range(hyperparameters.epochs):
        batches = list(batched(examples(generator), length_of, generator))
        for number, batch in enumerate(batches):
            done = (epoch + number / len(batches)) / hyperparameters.epochs
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * schedule(done, hyperparameters.warm_up)
            value = loss(batch)
            optimiser.zero_grad()
            torch.autograd.backward(value)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            average.update()
            progress.step(done, float(value.detach()))
    average.apply()
    model.eval()


class _LossReport:
    """Prints the running loss now and then."""

    def __init__(self) -> None:
        self._started_s, self._loss, self._steps = time.monotonic(), 0.0, 0

    def step(self, done: float, loss: float) -> None:
        self._loss = 0.98 * self._loss + 0.02 * loss
        self._steps += 1
        if self._steps % _REPORT_STEPS == 0:
            minutes = (time.monotonic() - self._started_s) / 60
            print(f"  {done:.0%}, loss {self._loss:.4f}, {minutes:.1f} min", flush=True)


def _parameter_groups(model: Any, hyperparameters: Hyperparameters) -> list[dict[str, Any]]:
    """Lower layers learn more slowly; biases and norms do not decay."""
    groups: dict[tuple[float, float], list[Tensor]] = {}
    depth = len(model.bert.encoder.layer)
    for name, value in model.named_parameters():
        if value.requires_grad:
            decay = hyperparameters.weight_decay if value.ndim > 1 else 0.0
            groups.setdefault((_rate(name, depth, hyperparameters), decay), []).append(value)
    return [{"params": p, "lr": lr, "weight_decay": wd} for (lr, wd), p in groups.items()]


def _rate(name: str, depth: int, hyperparameters: Hyperparameters) -> float:
    if not name.startswith("bert."):
        return hyperparameters.head_rate
    number = int(name.split("layer.")[1].split(".")[0]) if "encoder.layer." in name else -1
    decay = hyperparameters.layer_decay ** (depth - 1 - number)
    return float(hyperparameters.learning_rate * decay)


def schedule(done: float, warm_up: float) -> float:
    """Up in a line, then down as half a cosine; ``done`` and the result are 0..1."""
    if done < warm_up:
        return done / warm_up
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))
