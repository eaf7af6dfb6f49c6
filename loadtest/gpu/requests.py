"""What the service asks of its encoder for some posts, so that it can be repeated."""

from collections.abc import Sequence
from dataclasses import dataclass

from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.reading.reading import Reading, ReadingInput
from deployments.reading.reading_text import reading_input
from deployments.text.document import Document


@dataclass(frozen=True, slots=True)
class EncoderRequest:
    """One call of an encoder.

    Attributes:
        encoder: the product's own.
        inputs: the texts.
    """

    encoder: Encoder
    inputs: tuple[ReadingInput, ...]

    @classmethod
    def of(cls, texts: Sequence[str], config: EncoderConfig) -> "EncoderRequest":
        """For these posts, of the encoder so configured."""
        inputs = tuple(reading_input(Document.read(text)) for text in texts)
        return cls(Encoder(config), inputs)

    def readings(self) -> list[Reading]:
        """The answer."""
        return self.encoder.read(self.inputs)
