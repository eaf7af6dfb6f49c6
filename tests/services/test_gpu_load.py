"""What loadtest/gpu measures is the product's own encoder with what the analyses ask of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from click.testing import CliRunner

from deployments.encoder.arrays import Vectors
from deployments.encoder.encoder import Encoder
from deployments.encoder.inputs import EncoderInput
from deployments.encoder.loading import choose_dtype
from deployments.text.document import Document
from loadtest.gpu import __main__ as command
from loadtest.gpu.__main__ import TRANSFORMERS, Requests, encoder_requests
from loadtest.gpu.precision import HEADS, agreement
from loadtest.gpu.report import page
from loadtest.gpu.speed import operations, rate
from serve_app.in_process import load_analyzers

TEXTS = [
    "We are proud to open our new office in Lisbon. Thank you to the whole team!",
    "The quarter was hard. We missed our target, and I want to explain why. " * 4,
]


@pytest.fixture(scope="module")
def exact() -> Requests:
    return encoder_requests(TEXTS, "cpu", precision="fp32", threads=1)


def test_every_analysis_asks_its_encoder_and_both_ways_give_the_same(exact: Requests) -> None:
    fixed = encoder_requests(TEXTS, "cpu", precision="fp32", threads=1, cuda_graphs=True)
    assert tuple(exact) == tuple(fixed) == TRANSFORMERS
    for name in TRANSFORMERS:
        for one, other in zip(exact[name], fixed[name], strict=True):
            assert len(one.vectors()) > 0
            np.testing.assert_allclose(one.vectors(), other.vectors(), atol=1e-4)


def test_recorded_requests_are_those_of_the_analyzer(
    exact: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[EncoderInput, ...]] = []
    pool = Encoder.pool

    def noting(
        encoder: Encoder, inputs: Sequence[EncoderInput], *, layers: Sequence[int] = (-1,)
    ) -> list[Vectors]:
        asked.append(tuple(inputs))
        return pool(encoder, inputs, layers=layers)

    monkeypatch.setattr(Encoder, "pool", noting)
    analyzer = load_analyzers(["sentiment"])["sentiment"]
    analyzer.analyze([Document.read(text) for text in TEXTS])
    assert asked == [request.inputs for request in exact["sentiment"]]


@pytest.mark.skipif(
    choose_dtype("auto", "cpu") != torch.bfloat16,
    reason="this processor has no bf16 instructions: emulated, four encoders take minutes",
)
def test_bf16_is_compared_with_fp32(exact: Requests) -> None:
    rounded = encoder_requests(TEXTS, "cpu", precision="bf16", threads=1)
    for name in HEADS:
        labels = agreement(name, rounded[name][0], exact[name][0])
        assert labels["compared"] > 0
        assert labels["equal"] >= 0.9
    assert agreement("sentiment", exact["sentiment"][0], exact["sentiment"][0])["equal"] == 1


def test_a_rate_counts_posts_tokens_and_padding(exact: Requests) -> None:
    measured = rate(exact["entities"], len(TEXTS), 0.01)
    windows = exact["entities"][0].encoder.windows(exact["entities"][0].inputs)
    assert measured.tokens_per_post == sum(map(len, windows)) / len(TEXTS)
    assert measured.device_posts_per_s > 0 < measured.posts_per_s
    assert 0 < measured.padding < 0.5


def test_operations_are_those_of_the_layers_without_padding() -> None:
    products = 6 * (4 * 384**2 + 2 * 384 * 1_536)
    assert operations([10, 3]) == 2 * products * 13 + 6 * 4 * 384 * (10**2 + 3**2)


def test_the_command_writes_its_page_and_says_that_there_was_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyses = ("sentiment", "entities")
    monkeypatch.setattr(command, "TRANSFORMERS", analyses)
    monkeypatch.setitem(command._SIZES, "cpu", (1, 512, 0.0, 64))
    monkeypatch.setattr(command, "_HOST_POSTS", 8)
    options = ["--device", "cpu", "--output", str(tmp_path)]
    result = CliRunner().invoke(command.main, options, catch_exceptions=False)
    assert result.exit_code == 0
    content = orjson.loads((tmp_path / "gpu.json").read_bytes())
    assert {"readability", *analyses} < set(content["host_ms"])
    device = content["device"]
    assert device["posts_per_s"]["together"] > 0
    assert set(device["ways"]) == {"packed", "fixed shapes"}
    # What a processor computes in float32 itself has no labels to compare.
    assert set(device["agreement"]) == (
        set() if device["dtype"] == "float32" else set(HEADS) & set(analyses)
    )
    assert "say nothing about a GPU" in (tmp_path / "GPU.md").read_text(encoding="utf-8")
    labels = {"dtype": "bfloat16", "agreement": {"sentiment": {"compared": 9.0, "equal": 1.0}}}
    assert "| sentiment | 9 | 100.00% |" in page(content | {"device": device | labels})
