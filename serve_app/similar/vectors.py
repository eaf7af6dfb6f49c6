"""The vectors of posts: as an analysis gives them, as they are stored, and how near two are.

Pure numbers: no connection, no models.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from deployments.keywords.embedding import DIMENSIONS, SPACE_BYTES

#: A bit of the code says whether a component is above one of these, in standard deviations.
_LEVELS = (-0.6, 0.0, 0.6)


@dataclass(frozen=True, slots=True)
class PostVector:
    """Where a post lies among others.

    Attributes:
        space: vectors of different ones cannot be compared; 32 bits, signed.
        components: DIMENSIONS signed bytes; only where they point counts.
    """

    space: int
    components: bytes

    @classmethod
    def of(cls, vector: bytes) -> Self:
        """The vector as an analysis gives it (:mod:`deployments.keywords.embedding`).

        Raises:
            ValueError: it has another length.
        """
        if len(vector) != SPACE_BYTES + DIMENSIONS:
            raise ValueError(f"a vector of {len(vector)} bytes is none of this release")
        space = int.from_bytes(vector[:SPACE_BYTES], signed=True)
        return cls(space, vector[SPACE_BYTES:])

    @property
    def code(self) -> str:
        """Three bits for each component, as hexadecimal digits.

        The bits in which two codes differ count the levels between their components. By signs
        alone, 200 candidates of 100,000 hold 94 of 100 nearest vectors, so 99.8.
        """
        [vector] = _unit(self.components)
        levels = np.array(_LEVELS)[:, None] / np.sqrt(DIMENSIONS)
        return np.packbits(vector > levels).tobytes().hex()

    def similarities(self, others: bytes) -> NDArray[np.float32]:
        """How like it others are, (n,), 0 to 1: the cosine, and 0 below.

        Args:
            others: the components of n vectors of the same space, one behind the other.
        """
        cosines: NDArray[np.float32] = _unit(others) @ _unit(self.components)[0]
        return cosines.clip(0, 1)


def _unit(components: bytes) -> NDArray[np.float32]:
    """Vectors of length 1, (n, DIMENSIONS); zero stays zero."""
    vectors = np.frombuffer(components, np.int8).reshape(-1, DIMENSIONS).astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.maximum(lengths, 1)
    return vectors
