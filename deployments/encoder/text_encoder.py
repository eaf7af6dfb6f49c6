"""What the analyses ask of an encoder, wherever it runs. Knows no tensor library."""

from collections.abc import Callable, Sequence
from typing import Protocol

from deployments.encoder.arrays import Vectors
from deployments.encoder.config import EncoderConfig
from deployments.encoder.inputs import EncoderInput, Tokens


class TextEncoder(Protocol):
    """Reads texts to their end and gives vectors for spans or tokens; thread-safe.

    Attributes:
        config: which encoder it is, and how it reads.
        version: changes whenever a vector could.
        weights_sha256: of its weights alone, which heads are trained on.
    """

    config: EncoderConfig
    version: str
    weights_sha256: str

    def pool(
        self, inputs: Sequence[EncoderInput], *, layers: Sequence[int] = (-1,)
    ) -> list[Vectors]:
        """One vector for each span of each input, (n_spans, n_layers * hidden size)."""
        ...

    def tokens(self, inputs: Sequence[EncoderInput]) -> list[tuple[Tokens, Vectors]]:
        """The tokens of each input and their last hidden states, (n_tokens, hidden size)."""
        ...


#: Gives the encoder of a configuration: loaded in this process, or reached in another.
EncoderSource = Callable[[EncoderConfig], TextEncoder]
