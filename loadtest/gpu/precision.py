"""Whether labels computed in bf16 are those of fp32."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deployments.encoder.heads import Heads
from deployments.encoder.identity import EncoderIdentity
from deployments.reading.reading import Reading
from deployments.weights.released import NAMES_HEAD, SENTIMENT_HEAD, TONE_HEAD
from loadtest.gpu.requests import EncoderRequest

#: The head of each analysis whose likeliest label is compared, and its file.
HEADS = {
    "sentiment": (SENTIMENT_HEAD, "sentiment"),
    "tone": (TONE_HEAD, "emotions"),
    "entities": (NAMES_HEAD, "names"),
}


def agreement(request: EncoderRequest, exact: EncoderRequest) -> dict[str, dict[str, float]]:
    """By analysis how many windows or tokens were ``compared``, and the share that is ``equal``.

    Args:
        request: of the encoder that is checked.
        exact: the same of an encoder in fp32.
    """
    identity = EncoderIdentity.of(request.encoder.config)
    readings, exact_readings = request.readings(), exact.readings()
    shares = {}
    for analysis in HEADS:
        labels = _labels(analysis, readings, identity)
        equal = labels == _labels(analysis, exact_readings, identity)
        shares[analysis] = {"compared": float(len(labels)), "equal": float(equal.mean())}
    return shares


def _labels(
    analysis: str, readings: Sequence[Reading], encoder: EncoderIdentity
) -> NDArray[np.intp]:
    source, name = HEADS[analysis]
    head = Heads.load(source, encoder).by_name[name]
    by_window = [reading.mean_states(reading.window_ranges()) for reading in readings]
    by_token = [reading.states.astype(np.float32) for reading in readings]
    vectors = np.concatenate(by_token if analysis == "entities" else by_window)
    labels: NDArray[np.intp] = head.logits(vectors).argmax(-1)
    return labels
