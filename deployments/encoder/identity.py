"""What an encoder's vectors depend on, told from its files alone: no weights are loaded."""

import hashlib
import json
from dataclasses import dataclass

from deployments.encoder.config import EncoderConfig
from deployments.weights.encoder_files import EncoderFiles, tokenizer_file
from deployments.weights.released import sha256_of


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """Which encoder it is.

    Attributes:
        source: a carried model, a local folder, or a hub name.
        version: SHA-256 over all that vectors depend on.
        weights_sha256: of the weights alone, which heads are trained on.
    """

    source: str
    version: str
    weights_sha256: str

    @classmethod
    def of(cls, config: EncoderConfig, files: EncoderFiles | None = None) -> "EncoderIdentity":
        """The identity of the encoder that would be loaded.

        Raises:
            ModelMissing: the model or a file of it is not there.
            ModelMismatch: the weights are not the released ones.
        """
        files = files or EncoderFiles.locate(config.source, config.sha256)
        # The precision as configured, not as resolved: replicas of one cluster may stand on
        # CPUs with and without bf16, and must share their cache. Rounding is all that differs.
        parts = [files.sha256, sha256_of(tokenizer_file(files.folder))]
        settings = [*parts, config.precision, config.max_tokens]
        version = hashlib.sha256(json.dumps(settings).encode()).hexdigest()
        return cls(config.source, version, files.sha256)
