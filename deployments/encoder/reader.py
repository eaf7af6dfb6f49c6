"""Texts read together so that one that breaks the encoder costs its neighbours nothing."""

import logging
from collections.abc import Sequence
from typing import Protocol

from deployments.reading.reading import Reading, ReadingInput

log = logging.getLogger(__name__)


class Reads(Protocol):
    """What is asked of an encoder."""

    def read(self, inputs: Sequence[ReadingInput]) -> list[Reading]:
        """The reading of each text, in order."""
        ...


def read_all(encoder: Reads, inputs: Sequence[ReadingInput]) -> list[Reading | None]:
    """The reading of each text, in order; None for one that breaks the encoder.

    A batch that fails is tried again text by text.
    """
    try:
        return list(encoder.read(inputs)) if inputs else []
    except Exception:  # whatever a model throws is this text's failure, no one else's
        log.exception("the encoder failed on a batch of %d", len(inputs))
        if len(inputs) > 1:
            return [reading for each in inputs for reading in read_all(encoder, [each])]
        return [None]
