"""What loadtest/gpu measures is the product's own encoder with what the service asks of it."""

from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from click.testing import CliRunner

from deployments.encoder.loading import choose_dtype
from deployments.reading.reading_text import reading_input
from deployments.results import ANALYSES
from deployments.text.document import Document
from loadtest.gpu import __main__ as command
from loadtest.gpu.__main__ import encoder_request
from loadtest.gpu.precision import HEADS, agreement
from loadtest.gpu.report import page
from loadtest.gpu.requests import EncoderRequest
from loadtest.gpu.speed import operations, rate

TEXTS = [
    "We are proud to open our new office in Lisbon. Thank you to the whole team!",
    "The quarter was hard. We missed our target, and I want to explain why. " * 4,
]


@pytest.fixture(scope="module")
def exact() -> EncoderRequest:
    return encoder_request(TEXTS, "cpu", precision="fp32", threads=1)


def test_the_encoder_is_asked_as_by_the_service_and_both_ways_give_the_same(
    exact: EncoderRequest,
) -> None:
    fixed = encoder_request(TEXTS, "cpu", precision="fp32", threads=1, cuda_graphs=True)
    assert list(exact.inputs) == [reading_input(Document.read(text)) for text in TEXTS]
    for one, other in zip(exact.readings(), fixed.readings(), strict=True):
        assert len(one) > 0
        np.testing.assert_allclose(one.states, other.states, atol=4e-3)


@pytest.mark.skipif(
    choose_dtype("auto", "cpu") != torch.bfloat16,
    reason="this processor has no bf16 instructions: emulated, an encoder takes minutes",
)
def test_bf16_is_compared_with_fp32(exact: EncoderRequest) -> None:
    rounded = encoder_request(TEXTS, "cpu", precision="bf16", threads=1)
    for labels in agreement(rounded, exact).values():
        assert labels["compared"] > 0
        assert labels["equal"] >= 0.9


def test_equal_readings_have_equal_labels(exact: EncoderRequest) -> None:
    shares = agreement(exact, exact)
    assert {name: labels["equal"] for name, labels in shares.items()} == dict.fromkeys(HEADS, 1.0)


def test_a_rate_counts_posts_tokens_and_padding(exact: EncoderRequest) -> None:
    measured = rate(exact, 0.01)
    windows = exact.encoder.windows(exact.inputs)
    assert measured.tokens_per_post == sum(map(len, windows)) / len(TEXTS)
    assert measured.device_posts_per_s > 0 < measured.posts_per_s
    assert 0 < measured.padding < 0.5


def test_operations_are_those_of_the_layers_without_padding() -> None:
    products = 6 * (4 * 384**2 + 2 * 384 * 1_536)
    assert operations([10, 3]) == 2 * products * 13 + 6 * 4 * 384 * (10**2 + 3**2)


def test_the_command_writes_its_page_and_says_that_there_was_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(command._SIZES, "cpu", (1, 512, 0.0, 64))
    monkeypatch.setattr(command, "_HOST_POSTS", 8)
    options = ["--device", "cpu", "--output", str(tmp_path)]
    result = CliRunner().invoke(command.main, options, catch_exceptions=False)
    assert result.exit_code == 0
    content = orjson.loads((tmp_path / "gpu.json").read_bytes())
    assert set(content["host_ms"]) == {"document", "encoder", *ANALYSES}
    device = content["device"]
    assert device["posts_per_s"] > 0
    assert set(device["ways"]) == {"packed", "fixed shapes"}
    # What a processor computes in float32 itself has no labels to compare.
    assert set(device["agreement"]) == (set() if device["dtype"] == "float32" else set(HEADS))
    assert "say nothing about a GPU" in (tmp_path / "GPU.md").read_text(encoding="utf-8")
    labels = {"dtype": "bfloat16", "agreement": {"sentiment": {"compared": 9.0, "equal": 1.0}}}
    assert "| sentiment | 9 | 100.00% |" in page(content | {"device": device | labels})
