"""An encoder that is shared, and one that is elsewhere, give what the encoder itself gives."""

import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from deployments.encoder import passes
from deployments.encoder.arrays import Vectors
from deployments.encoder.config import EncoderConfig
from deployments.encoder.identity import EncoderIdentity
from deployments.encoder.inputs import EncoderInput, Tokens
from deployments.encoder.passes import KEPT_PASSES, EncoderPass, RemoteEncoder, SharedEncoders
from deployments.encoder.text_encoder import TextEncoder
from deployments.errors import ModelMissing
from deployments.results import Span
from deployments.weights.released import AFFECT_ENCODER, MINILM

INPUTS = [EncoderInput("We won.", (Span(0, 7), Span(3, 6))), EncoderInput.whole("Thanks!")]


class CountingEncoder:
    """Gives the length of each span, and counts its passes."""

    version, weights_sha256 = "v1", "w1"

    def __init__(self, config: EncoderConfig) -> None:
        self.config = config
        self.passes = 0

    def pool(
        self, inputs: Sequence[EncoderInput], *, layers: Sequence[int] = (-1,)
    ) -> list[Vectors]:
        self.passes += 1
        return [
            np.array([[span.end - span.start] * len(layers) for span in each.spans], np.float32)
            for each in inputs
        ]

    def tokens(self, inputs: Sequence[EncoderInput]) -> list[tuple[Tokens, Vectors]]:
        self.passes += 1
        numbers = np.arange(2)
        tokens = Tokens(numbers, numbers, numbers, numbers)
        return [(tokens, np.zeros((2, 3), np.float32)) for _ in inputs]


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[CountingEncoder]:
    """The encoders that were loaded; an encoder's version is its source."""

    def identity(config: EncoderConfig) -> EncoderIdentity:
        return EncoderIdentity(config.source, config.source)

    class Identities:
        of = staticmethod(identity)

    monkeypatch.setattr(passes, "EncoderIdentity", Identities)
    return []


@pytest.fixture
def encoders(loaded: list[CountingEncoder]) -> SharedEncoders:
    def load(config: EncoderConfig) -> TextEncoder:
        loaded.append(CountingEncoder(config))
        return loaded[-1]

    return SharedEncoders(load)


def test_two_who_ask_for_the_same_share_an_encoder_and_a_pass(
    encoders: SharedEncoders, loaded: list[CountingEncoder]
) -> None:
    first, second = encoders.of(EncoderConfig()), encoders.of(EncoderConfig(threads=1))
    for encoder in (first, second):
        pooled = encoder.pool(INPUTS, layers=(-1, 3))
        assert [vectors.tolist() for vectors in pooled] == [[[7, 7], [3, 3]], [[7, 7]]]
    assert [encoder.passes for encoder in loaded] == [1]


@pytest.mark.parametrize(
    "other",
    [
        lambda encoder: encoder.pool(INPUTS, layers=(3,)),
        lambda encoder: encoder.pool(INPUTS[:1]),
        lambda encoder: encoder.pool([EncoderInput(INPUTS[0].text, (Span(0, 2),)), INPUTS[1]]),
        lambda encoder: encoder.tokens(INPUTS),
    ],
    ids=["layers", "fewer texts", "spans", "tokens"],
)
def test_another_request_is_another_pass(
    other: Any, encoders: SharedEncoders, loaded: list[CountingEncoder]
) -> None:
    encoder = encoders.of(EncoderConfig())
    encoder.pool(INPUTS)
    other(encoder)
    assert loaded[0].passes == 2


def test_encoders_of_other_weights_are_loaded_apart(
    encoders: SharedEncoders, loaded: list[CountingEncoder]
) -> None:
    for source in (AFFECT_ENCODER, MINILM):
        assert encoders.of(EncoderConfig(source=source)).version == source
    assert [encoder.config.source for encoder in loaded] == [AFFECT_ENCODER, MINILM]


def test_old_passes_are_forgotten(encoders: SharedEncoders, loaded: list[CountingEncoder]) -> None:
    encoder = encoders.of(EncoderConfig())
    texts = [[EncoderInput.whole("x" * n)] for n in range(KEPT_PASSES + 1)]
    for inputs in [*texts, texts[-1], texts[0]]:
        encoder.pool(inputs)
    assert loaded[0].passes == KEPT_PASSES + 2


def test_a_pass_and_its_results_travel() -> None:
    def send(request: EncoderPass) -> list[Any]:
        arrived: EncoderPass = pickle.loads(pickle.dumps(request))
        assert arrived == request
        results: list[Any] = pickle.loads(pickle.dumps(arrived.run(near)))
        return results

    config = EncoderConfig()
    near, far = CountingEncoder(config), RemoteEncoder(config, send)
    assert far.version == EncoderIdentity.of(config).version
    for ours, theirs in zip(near.pool(INPUTS), far.pool(INPUTS), strict=True):
        assert np.array_equal(ours, theirs)
    (tokens, states), *_ = far.tokens(INPUTS)
    assert len(tokens) == len(states) == 2


def test_an_encoder_elsewhere_must_be_there_too() -> None:
    with pytest.raises(ModelMissing, match="no-such-model"):
        RemoteEncoder(EncoderConfig(source="no-such-model"), lambda request: [])
