"""What an analysis asks of its encoder, recorded so that it can be repeated."""

from dataclasses import dataclass

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.encoder.encoder import Encoder
from deployments.encoder.inputs import EncoderInput


@dataclass(frozen=True, slots=True)
class EncoderRequest:
    """One call of an encoder.

    Attributes:
        encoder: the product's own.
        inputs: the texts with their spans.
        layers: the hidden states that are asked for.
        pools: whether vectors of spans are asked for (``pool``), or of tokens (``tokens``).
    """

    encoder: Encoder
    inputs: tuple[EncoderInput, ...]
    layers: tuple[int, ...]
    pools: bool

    def vectors(self) -> Vectors:
        """The answer, of all inputs together: (n spans or tokens, n_layers * hidden size)."""
        if self.pools:
            return np.concatenate(self.encoder.pool(self.inputs, layers=self.layers))
        return np.concatenate([states for _, states in self.encoder.tokens(self.inputs)])
