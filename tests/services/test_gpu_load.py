"""What loadtest/gpu/__main__.py measures computes what the analyzers compute."""

import numpy as np
import pytest
import torch

from deployments.affect.segments import segments
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import Heads
from deployments.encoder.inputs import EncoderInput
from deployments.results import Span
from deployments.sentiment.analyzer import SentimentConfig
from deployments.text.document import Document
from deployments.weights import released as weights
from loadtest.gpu.device import Device, plain
from loadtest.gpu.models import carried, random
from loadtest.gpu.precision import agreement
from loadtest.gpu.preparation import Preparation, prepared
from loadtest.gpu.speed import operations, rate

TEXTS = [
    "We are proud to open our new office in Lisbon. Thank you to the whole team!",
    "The quarter was hard. We missed our target, and I want to explain why. " * 4,
]


@pytest.fixture(scope="module")
def exact() -> Device:
    return Device(carried("cpu", torch.float32), "cpu")


def test_a_block_gives_the_logits_that_the_analyzer_sees(exact: Device) -> None:
    encoder = Encoder(SentimentConfig().encoder.model_copy(update={"precision": "fp32"}))
    head = Heads.load(weights.SENTIMENT_HEAD, encoder).by_name["sentiment"]
    [segment] = segments(Document.read(TEXTS[0]))
    spans = (Span(0, len(segment.text)), *segment.sentences)
    [vectors] = encoder.pool([EncoderInput(segment.text, spans)])
    [block] = [block for block in prepared(TEXTS[:1], 512) if block.encoder == "affect"]
    scores = exact.fetch(exact.run(block, ["sentiment"]))["sentiment"]
    np.testing.assert_allclose(scores[0, : len(vectors)], head.logits(vectors), atol=1e-4)


def test_compiling_and_padding_change_nothing() -> None:
    models = random("cpu", torch.float32)
    [block] = [block for block in prepared(TEXTS[:1], 64) if block.encoder == "names"]
    arrays = [
        torch.from_numpy(a.astype(np.int32)) for a in (block.ids, block.lengths, block.casings)
    ]
    # The tracing is tested; what comes of it is the compiler's.
    traced = torch.compile(plain(models["names"]), dynamic=True, backend="eager")
    with torch.inference_mode():
        [expected] = plain(models["names"])(*arrays)
        [found] = traced(*arrays)
        ids, lengths, casings = arrays
        tokens = block.tokens
        [alone] = plain(models["names"])(ids[:1, :tokens], lengths[:1], casings[:1, :tokens])
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(alone[0], expected[0, : block.tokens], atol=1e-4, rtol=1e-4)


def test_bf16_is_compared_with_fp32(exact: Device) -> None:
    found = agreement(Device(carried("cpu", torch.bfloat16), "cpu"), exact, prepared(TEXTS, 256))
    assert set(found) == {"sentiment", "emotions", "names"}
    assert all(label["compared"] > 0 for label in found.values())
    assert found["sentiment"]["equal"] >= 0.9


def test_random_weights_take_the_same_way() -> None:
    models = random("cpu", torch.float32)
    blocks = prepared(TEXTS, 256)
    found = rate(Device(models, "cpu"), models, blocks, ("sentiment", "keywords"), 0.01)
    assert found.posts_per_s > 0
    assert 0 <= found.padding < 1


def test_operations_are_those_of_the_layers_without_padding() -> None:
    models = random("cpu", torch.float32)
    [block] = [b for b in prepared(["Short."], 256) if b.encoder == "names"]
    tokens = block.tokens
    weights_of_layers = 6 * (4 * 384**2 + 2 * 384 * 1_536)
    attention = 6 * 4 * 384 * tokens**2
    assert operations(models["names"].layers, block) == 2 * weights_of_layers * tokens + attention


def test_preparation_reads_as_the_encoder_does() -> None:
    tokens = Encoder(EncoderConfig(precision="fp32")).tokenize(TEXTS[0])
    [window] = Preparation().windows(TEXTS[0])["names"]
    assert window.input_ids[1:-1].tolist() == tokens.ids.tolist()
