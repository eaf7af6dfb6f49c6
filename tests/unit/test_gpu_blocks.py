"""Windows in blocks of fixed shapes, as loadtest/gpu/__main__.py runs them."""

from pathlib import Path

import numpy as np
import pytest

from deployments.encoder.casing import NO_CASING
from deployments.encoder.inputs import Window
from loadtest.gpu.blocks import LENGTHS, Packer, load, save


def window(tokens: int, spans: int = 1) -> Window:
    return Window(0, 0, np.arange(1, tokens + 1), np.tile([[0, tokens]], (spans, 1)))


def test_a_block_is_given_when_it_is_full() -> None:
    packer = Packer(64)
    assert [len(list(packer.add("affect", [window(16)]))) for _ in range(5)] == [0, 0, 0, 1, 0]


@pytest.mark.parametrize("tokens", [1, 16, 17, 256])
def test_a_window_lies_in_the_least_length_that_holds_it(tokens: int) -> None:
    packer = Packer(1_024)
    [*full] = packer.add("affect", [window(tokens)])
    [block] = [*full, *packer.rest()]
    assert block.shape[1] == min(length for length in LENGTHS if length >= tokens)
    assert block.ids[0, :tokens].tolist() == list(range(1, tokens + 1))
    assert not block.ids[0, tokens:].any()
    assert block.tokens == block.lengths[0] == tokens
    assert (block.casings == NO_CASING).all()


def test_encoders_and_lengths_do_not_mix_and_posts_are_counted_by_their_windows() -> None:
    packer = Packer(1_024)
    list(packer.add("affect", [window(10), window(100, spans=3)]))
    list(packer.add("names", [window(10)]))
    blocks = list(packer.rest())
    assert sorted((b.encoder, b.shape[1], b.posts) for b in blocks) == [
        ("affect", 16, 0.5), ("affect", 112, 0.5), ("names", 16, 1.0),
    ]  # fmt: skip
    assert list(packer.rest()) == []


def test_blocks_are_the_same_after_a_file(tmp_path: Path) -> None:
    packer = Packer(256)
    list(packer.add("keywords", [window(30, spans=9)]))
    blocks = list(packer.rest())
    save(tmp_path / "blocks.npz", blocks)
    [same] = load(tmp_path / "blocks.npz")
    assert (same.encoder, same.posts) == ("keywords", 1.0)
    for part in ("ids", "lengths", "casings", "ranges"):
        np.testing.assert_array_equal(getattr(same, part), getattr(blocks[0], part))
