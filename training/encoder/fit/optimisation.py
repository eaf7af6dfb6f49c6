"""Fits a network: order, noise, rates, steps, and the average of its parameters."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.encoder.fit.losses import LossWeights, distillation_loss, label_loss
from training.encoder.fit.network import Network
from training.encoder.fit.sets import (
    MASK_ID,
    NO_CASING,
    UNKNOWN_ID,
    Curriculum,
    PackedSets,
    PaddedBatch,
)

#: Examples are padded to one of these lengths, or cut to the last.
LENGTHS = (16, 24, 32, 48, 64, 80, 96, 128)
# Examples of a step at least.
_FEWEST_EXAMPLES = 8
# Share of the examples whose casings are left out, so that they are not all that counts.
_WITHOUT_CASINGS = 0.05
# Share of the fitting in which the rates rise; the longest gradient; decay of matrices.
_WARM_UP, _CLIPPED, _WEIGHT_DECAY = 0.05, 1.0, 0.01
# Decay of the moving average of the parameters.
_AVERAGE = 0.998


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """How a network is fitted.

    Attributes:
        epochs: at most.
        max_s: seconds after which it ends, the rates falling with time; 0 for all the epochs.
        lr: learning rate of the uppermost layer; each below learns ``decay`` times as fast.
        head_lr: of all that is not the encoder, and of the casings.
        decay: see ``lr``.
        masked: share of tokens replaced by the mask.
        dropout: in the heads.
        tokens: padded ones of a step.
        seed: of order, noise and the heads' first weights.
        tag, key, group, soft: see :class:`LossWeights`.
    """

    epochs: int = 10
    max_s: float = 0.0
    lr: float = 3e-4
    head_lr: float = 1e-3
    decay: float = 0.9
    masked: float = 0.08
    dropout: float = 0.1
    tokens: int = 12_288
    seed: int = 7
    tag: float = 1.0
    key: float = 1.0
    group: float = 0.3
    soft: float = 1.0

    @property
    def loss_weights(self) -> LossWeights:
        """The parts of the loss."""
        return LossWeights(self.tag, self.key, self.group, self.soft)

    def with_changes(self, changes: Sequence[str]) -> Self:
        """With some values other, each given as ``name=value``.

        Raises:
            ValueError: a name or a value that there cannot be.
        """
        kinds: dict[str, Callable[[str], Any]] = {
            each.name: type(getattr(self, each.name)) for each in fields(self)
        }
        pairs = (change.partition("=") for change in changes)
        try:
            values = {name: kinds[name](value) for name, _, value in pairs}
        except KeyError as error:
            raise ValueError(f"{error} is no hyperparameter; give one of {list(kinds)}.") from None
        return replace(self, **values)


def fit(
    network: Network,
    sets: PackedSets,
    curriculum: Curriculum,
    hyperparameters: Hyperparameters,
    teachers: Sequence[Network] = (),
) -> None:
    """Fit the network in place; seeded. It ends with averaged parameters, ready to predict.

    Args:
        network: on the device of the sets.
        sets: of training.
        curriculum: what they teach.
        hyperparameters: how.
        teachers: fitted networks that it learns from besides (Hinton et al. 2015).
    """
    torch.manual_seed(hyperparameters.seed)
    optimiser = torch.optim.AdamW(
        parameter_groups(network, hyperparameters), fused=sets.ids.is_cuda
    )
    rates = [group["lr"] for group in optimiser.param_groups]
    average, weights = MovingAverage(network), hyperparameters.loss_weights
    network.train()
    for done, batch in _paced_batches(sets, curriculum.repeats, hyperparameters):
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * schedule(done)
        outputs = network(disturbed(batch, hyperparameters.masked))
        loss = label_loss(outputs, batch, sets, curriculum, weights)
        if teachers and weights.soft:
            with torch.no_grad():
                said = [teacher(batch) for teacher in teachers]
            soft = distillation_loss(outputs, said, batch, curriculum.tasks, weights.tag)
            loss = loss + weights.soft * soft
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(average.learning, _CLIPPED)
        optimiser.step()
        average.update()
    average.apply()
    network.eval()


def _paced_batches(
    sets: PackedSets, repeats: Mapping[str, float], hyperparameters: Hyperparameters
) -> Iterator[tuple[float, PaddedBatch]]:
    """Each step's batch, and how much is done before it, 0..1."""
    dice = np.random.default_rng(hyperparameters.seed)
    began, steps = time.monotonic(), 0
    for epoch in range(hyperparameters.epochs):
        batches = epoch_batches(sets, repeats, hyperparameters.tokens, dice)
        for number, (length, rows) in enumerate(batches):
            done = (epoch + number / len(batches)) / hyperparameters.epochs
            if hyperparameters.max_s:
                done = (time.monotonic() - began) / hyperparameters.max_s
            if done >= 1:
                return
            yield done, sets.batch(rows, length)
            steps += 1
        seconds = time.monotonic() - began
        print(f"  epoch {epoch + 1}, {steps} steps, {seconds:.0f} s", flush=True)


def epoch_batches(
    sets: PackedSets, repeats: Mapping[str, float], tokens: int, dice: np.random.Generator
) -> list[tuple[int, NDArray[np.int64]]]:
    """The batches of an epoch in random order: a padded length and the numbers of examples.

    Args:
        sets: of training.
        repeats: how often each set is there; of a fraction a random share.
        tokens: padded ones of a batch at most, unless it has few examples.
        dice: decides the order.
    """
    chosen: list[NDArray[np.int64]] = []
    for name in sets.names:
        rows, times = sets.rows_of(name), repeats[name]
        chosen += [rows] * int(times)
        chosen.append(dice.choice(rows, round(times % 1 * len(rows)), replace=False))
    order = np.concatenate(chosen)
    dice.shuffle(order)
    kinds = np.searchsorted(LENGTHS, np.minimum(sets.sizes[order] + 2, LENGTHS[-1]))
    batches = []
    for kind, length in enumerate(LENGTHS):
        rows, step = order[kinds == kind], max(_FEWEST_EXAMPLES, tokens // length)
        batches += [(length, rows[first : first + step]) for first in range(0, len(rows), step)]
    return [batches[number] for number in dice.permutation(len(batches))]


def disturbed(batch: PaddedBatch, masked: float) -> PaddedBatch:
    """The batch with some tokens masked, and some examples without casings."""
    if not masked:
        return batch
    ids, casings = batch.ids, batch.casings
    is_masked = (torch.rand(ids.shape, device=ids.device) < masked) & (ids > UNKNOWN_ID)
    is_bare = torch.rand(len(ids), 1, device=ids.device) < _WITHOUT_CASINGS
    return replace(
        batch,
        ids=ids.masked_fill(is_masked, MASK_ID),
        casings=casings.masked_fill(is_bare, NO_CASING),
    )


def schedule(done: float) -> float:
    """Up in a line, then down as half a cosine; ``done`` and the result are 0..1."""
    if done < _WARM_UP:
        return done / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - _WARM_UP) / (1 - _WARM_UP)))


def parameter_groups(network: Network, hyperparameters: Hyperparameters) -> list[dict[str, Any]]:
    """Lower layers learn more slowly, words not at all; biases and norms do not decay."""
    network.words.weight.requires_grad_(False)
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, value in network.named_parameters():
        if value.requires_grad:
            rate = _rate(name, len(network.layers), hyperparameters)
            decay = _WEIGHT_DECAY if value.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(value)
    return [{"params": p, "lr": rate, "weight_decay": d} for (rate, d), p in groups.items()]


def _rate(name: str, depth: int, hyperparameters: Hyperparameters) -> float:
    part, _, rest = name.partition(".")
    if part == "layers":
        layers_above = depth - 1 - int(rest.partition(".")[0])
    elif part in ("positions", "norm"):
        layers_above = depth
    else:
        return hyperparameters.head_lr
    return hyperparameters.lr * hyperparameters.decay**layers_above


class MovingAverage:
    """Exponential moving average of what learns in a network; it scores better than the last."""

    def __init__(self, network: Network) -> None:
        self.learning = [value for value in network.parameters() if value.requires_grad]
        self._values = [value.detach().clone() for value in self.learning]
        self._steps = 0

    @torch.no_grad()
    def update(self) -> None:
        """Take this step's parameters in; the first steps count for more."""
        self._steps += 1
        decay = min(_AVERAGE, (1 + self._steps) / (10 + self._steps))
        torch._foreach_lerp_(self._values, [v.detach() for v in self.learning], 1 - decay)

    @torch.no_grad()
    def apply(self) -> None:
        """Put the averages in place of the parameters."""
        for value, average in zip(self.learning, self._values, strict=True):
            value.copy_(average)
