"""The files behind an encoder, checked against the SHA-256 of the released ones."""

from dataclasses import dataclass
from pathlib import Path

from deployments.weights.released import model_file, released_sha256, sha256_of, verify

WEIGHTS_FILE = "model.safetensors"
#: A SentencePiece model whose ids are the encoder's; read where there is no tokenizer.json.
SENTENCEPIECE_FILE = "sentencepiece.model"


@dataclass(frozen=True, slots=True)
class EncoderFiles:
    """The files behind a configured encoder, there and verified.

    Attributes:
        folder: holds the weights, their configuration and the tokenizer.
        sha256: of the weights.
    """

    folder: Path
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
        weights = model_file(source, WEIGHTS_FILE)
        tokenizer = tokenizer_file(weights.parent)
        for path, expected in ((weights, sha256), (tokenizer, None)):
            if expected := expected or released_sha256(source, path.name):
                verify(path, expected)
        return cls(weights.parent, sha256_of(weights))


def tokenizer_file(folder: Path) -> Path:
    """The file of the tokenizer beside an encoder's weights.

    Raises:
        ModelMissing: there is none.
    """
    # Models of the hub that have both may count the pieces of the first another way.
    tokenizer, sentencepiece = folder / "tokenizer.json", folder / SENTENCEPIECE_FILE
    if sentencepiece.is_file() and not tokenizer.is_file():
        return sentencepiece
    return model_file(str(folder), tokenizer.name)
