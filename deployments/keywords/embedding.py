"""A text as one short vector, by which similar texts are found.

The mean of the text's hidden states, of which the reading is there anyway, less that of all
texts, in directions that tell what texts are about (``python -m training.similarity``). Only
where it points counts, so it is stored as small integers, behind the name of its space: vectors
of different spaces cannot be compared.
"""

import hashlib

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.encoder.heads import Heads
from deployments.errors import ModelMismatch
from deployments.reading.reading import Reading

#: Of a vector; with 96 the nearest is a translation less often, with 256 no more often.
DIMENSIONS = 128
#: The name of its space, before the vector.
SPACE_BYTES = 4
#: The head that gives the vectors, among those of the file.
HEAD = "similarity"
_LARGEST = 127


class TextEmbedding:
    """Gives the vectors of texts by the head called ``similarity``."""

    def __init__(self, heads: Heads) -> None:
        """One space for one encoder and one head.

        Raises:
            ModelMismatch: the head gives another number of dimensions.
        """
        self._head = heads.by_name[HEAD]
        [(weight, bias)] = self._head.layers
        if len(weight) != DIMENSIONS:
            raise ModelMismatch(
                f"The head '{HEAD}' gives {len(weight)} numbers, and {DIMENSIONS} are stored of a "
                "text. Fit it with `python -m training.similarity`."
            )
        parts = heads.encoder_sha256.encode(), weight.tobytes(), bias.tobytes()
        self._space = hashlib.sha256(b"".join(parts)).digest()[:SPACE_BYTES]

    def vector(self, reading: Reading) -> bytes:
        """SPACE_BYTES of the space, and a signed byte for each dimension, the largest ±127.

        Empty for a text without any token.
        """
        if not len(reading):
            return b""
        return self._space + quantized(self._head.logits(mean_state(reading)[None])[0])


def mean_state(reading: Reading) -> Vectors:
    """What the head is given of a text: the mean of its hidden states, of length 1."""
    mean: Vectors = reading.mean_states(np.array([[0, len(reading)]]))[0]
    return mean


def quantized(vector: Vectors) -> bytes:
    """Where a vector points, as a signed byte for each dimension."""
    largest = np.abs(vector).max() or 1.0  # zero points nowhere
    return np.rint(vector * (_LARGEST / largest)).astype(np.int8).tobytes()
