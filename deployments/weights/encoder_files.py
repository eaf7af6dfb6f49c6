"""The files behind an encoder, checked against the SHA-256 of the released ones."""

from dataclasses import dataclass
from pathlib import Path

from deployments.weights.delta import DELTA_FILE, WeightDelta, combined_sha256
from deployments.weights.released import locate, model_file, released_sha256, sha256_of, verify

_WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """The files behind a configured encoder, there and verified.

    Attributes:
        folder: holds the base's weights and the tokenizer.
        delta: what fine-tuning changed in the base, if the source is a fine-tuned encoder.
        sha256: tells the weights, delta included, apart from any other.
    """

    folder: Path
    delta: WeightDelta | None
    sha256: str

    @classmethod
    def locate(cls, source: str, sha256: str | None = None) -> "EncoderFiles":
        """Find and verify them.

        Args:
            source: a carried model, a local folder or a hub name.
            sha256: of its weights; known by itself for the carried models.

        Raises:
            ModelMissing: the model or a file of it is not there.
            ModelMismatch: a file is not the released one.
        """
        delta_path = locate(source) / DELTA_FILE
        if not delta_path.is_file():
            folder = _verified(source, _WEIGHTS_FILE, sha256).parent
            return cls(folder, None, sha256_of(folder / _WEIGHTS_FILE))
        _verified(source, DELTA_FILE, sha256)
        delta = WeightDelta.load(delta_path)
        folder = _verified(delta.base, _WEIGHTS_FILE, None).parent
        return cls(folder, delta, combined_sha256(delta_path, delta.base_sha256))


def _verified(source: str, name: str, sha256: str | None) -> Path:
    path = model_file(source, name)
    if expected := sha256 or released_sha256(source, name):
        verify(path, expected)
    if name == _WEIGHTS_FILE:
        vocabulary = model_file(source, "tokenizer.json")
        if expected := released_sha256(source, vocabulary.name):
            verify(vocabulary, expected)
    return path
