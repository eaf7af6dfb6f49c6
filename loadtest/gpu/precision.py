"""Whether labels computed in bf16 are those of fp32."""

import numpy as np

from deployments.encoder.heads import Heads
from deployments.weights.released import NAMES_ENCODER, SENTIMENT_HEAD, TONE_HEAD
from loadtest.gpu.requests import EncoderRequest

#: The head of each analysis whose likeliest label is compared, and its file.
HEADS = {
    "sentiment": (SENTIMENT_HEAD, "sentiment"),
    "tone": (TONE_HEAD, "emotions"),
    "entities": (NAMES_ENCODER, "names"),
}


def agreement(analysis: str, request: EncoderRequest, exact: EncoderRequest) -> dict[str, float]:
    """How many spans or tokens were ``compared``, and the share whose label is ``equal``.

    Args:
        analysis: one of HEADS.
        request: what the analysis asks of the encoder that is checked.
        exact: the same of an encoder in fp32.
    """
    labels = [_labels(analysis, each) for each in (request, exact)]
    return {"compared": float(len(labels[0])), "equal": float((labels[0] == labels[1]).mean())}


def _labels(analysis: str, request: EncoderRequest) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    source, name = HEADS[analysis]
    head = Heads.load(source, request.encoder).by_name[name]
    labels: np.ndarray[tuple[int], np.dtype[np.intp]] = head.logits(request.vectors()).argmax(-1)
    return labels
