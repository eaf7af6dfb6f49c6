"""A pass of an encoder as a request that travels, and its results kept for who asks for the same.

Sentiment and tone ask for the same vectors of the same texts; they are computed once. Knows no
tensor library, and not where the encoder runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from deployments.encoder.arrays import Vectors
from deployments.encoder.config import EncoderConfig
from deployments.encoder.identity import EncoderIdentity
from deployments.encoder.inputs import EncoderInput, Tokens
from deployments.encoder.text_encoder import EncoderSource, TextEncoder

#: Results that are kept: those of the batches of one moment.
KEPT_PASSES = 4


@dataclass(frozen=True, slots=True)
class EncoderPass:
    """What an encoder is asked for.

    Attributes:
        version: of the encoder.
        inputs: texts with their spans.
        layers: whose hidden states are pooled over the spans; None asks for the last hidden
            states of all tokens instead.
    """

    version: str
    inputs: tuple[EncoderInput, ...]
    layers: tuple[int, ...] | None

    @property
    def is_shared(self) -> bool:
        """Whether another analysis may ask for the same: not for megabytes of all tokens."""
        return self.layers is not None

    def by_input(self) -> list["EncoderPass"]:
        """As if each input was asked for by itself."""
        return [replace(self, inputs=(each,)) for each in self.inputs]

    def run(self, encoder: TextEncoder) -> list[Any]:
        """What that encoder gives, for each input in order."""
        if self.layers is None:
            return encoder.tokens(self.inputs)
        return encoder.pool(self.inputs, layers=self.layers)


class RemoteEncoder:
    """An encoder whose passes are computed elsewhere; imports no tensor library."""

    def __init__(self, config: EncoderConfig, send: Callable[[EncoderPass], list[Any]]) -> None:
        """Find out which encoder it is.

        Args:
            config: as the process that computes has it.
            send: waits for the results of a pass.

        Raises:
            ModelMissing, ModelMismatch: as loading it would.
        """
        identity = EncoderIdentity.of(config)
        self.config = config
        self.version = identity.version
        self.weights_sha256 = identity.weights_sha256
        self._send = send

    def pool(
        self, inputs: Sequence[EncoderInput], *, layers: Sequence[int] = (-1,)
    ) -> list[Vectors]:
        """As :meth:`Encoder.pool`."""
        return self._send(EncoderPass(self.version, tuple(inputs), tuple(layers)))

    def tokens(self, inputs: Sequence[EncoderInput]) -> list[tuple[Tokens, Vectors]]:
        """As :meth:`Encoder.tokens`."""
        return self._send(EncoderPass(self.version, tuple(inputs), None))


class SharedEncoders:
    """The encoders of one process: each loaded once, and its latest passes kept."""

    def __init__(self, load: EncoderSource) -> None:
        self._load = load
        self._encoders: dict[str, TextEncoder] = {}
        self._run = lru_cache(KEPT_PASSES)(self._compute)

    def of(self, config: EncoderConfig) -> TextEncoder:
        """The encoder of this configuration; of two that differ in speed alone, the first.

        Raises:
            ModelMissing, ModelMismatch: it cannot be loaded.
        """
        encoder = RemoteEncoder(config, self._run)
        if encoder.version not in self._encoders:
            self._encoders[encoder.version] = self._load(config)
        return encoder

    def _compute(self, request: EncoderPass) -> list[Any]:
        return request.run(self._encoders[request.version])
