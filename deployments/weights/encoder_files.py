"""The files behind an encoder: found, and held against the digests of the released ones."""

from dataclasses import dataclass
from pathlib import Path

from deployments.weights import delta as tuned
from deployments.weights import released as weights
from deployments.weights.delta import Tuned


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The files behind a configured encoder, looked at and found to be the released ones.

    Attributes:
        folder: holds the base's weights and the tokenizer.
        tuned: what training changed in the base, if the source is a tuned encoder.
        sha256: tells the weights apart from any other.
    """

    folder: Path
    tuned: Tuned | None
    sha256: str

    @classmethod
    def of(cls, source: str, sha256: str | None = None) -> "ModelFiles":
        """Find and verify them.

        Args:
            source: a carried model, a local folder or a hub name.
            sha256: of its weights; known by itself for the carried models.

        Raises:
            ModelMissing: the model or a file of it is not there.
            ModelMismatch: a file is not the released one.
        """
        layers = weights.locate(source) / tuned.FILE
        if not layers.is_file():
            folder = _verified(source, "model.safetensors", sha256).parent
            return cls(folder, None, weights.digest(folder / "model.safetensors"))
        _verified(source, tuned.FILE, sha256)
        changes = Tuned.load(layers)
        folder = _verified(changes.base, "model.safetensors", None).parent
        return cls(folder, changes, tuned.digest(layers, changes.base_sha256))


def _verified(source: str, name: str, sha256: str | None) -> Path:
    path = weights.file(source, name)
    if known := sha256 or weights.released_sha256(source, name):
        weights.verify(path, known)
    if name == "model.safetensors":
        vocabulary = weights.file(source, "tokenizer.json")
        if known := weights.released_sha256(source, vocabulary.name):
            weights.verify(vocabulary, known)
    return path
