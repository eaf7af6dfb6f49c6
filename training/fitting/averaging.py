"""Averages of a model's parameters, which score better than the last ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass
class MovingAverage:
    """Exponential moving average of a model's parameters."""

    model: Any
    decay: float
    values: dict[str, Tensor] = field(default_factory=dict)
    steps: int = 0

    @torch.no_grad()
    def update(self) -> None:
        """Take this step's parameters in; the first steps count for more."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for name, value in self.model.named_parameters():
            if value.requires_grad:
                average = self.values.setdefault(name, value.detach().clone())
                average.lerp_(value.detach(), 1 - decay)

    @torch.no_grad()
    def apply(self) -> None:
        """Put the averages in place of the parameters."""
        for name, value in self.model.named_parameters():
            if name in self.values:
                value.copy_(self.values[name])


def copy_of(model: Any) -> dict[str, Tensor]:
    """The model's parameters by name, as they are now."""
    return {name: value.detach().clone() for name, value in model.named_parameters()}


@torch.no_grad()
def mix(model: Any, before: Mapping[str, Tensor], share: float) -> None:
    """The weighted mean of the model's parameters and earlier ones (Wortsman et al. 2022).

    Args:
        model: changed in place.
        before: parameters of an earlier stage.
        share: of today's parameters in the mean, 0..1.
    """
    for name, value in model.named_parameters():
        value.copy_(before[name] + share * (value - before[name]))
