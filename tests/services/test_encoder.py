"""The engine agrees with sentence-transformers, reads to the end, and minds no neighbours."""

import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from deployments.encoder import linear
from deployments.encoder.batching import fixed_shape_batches
from deployments.encoder.bert import Bert
from deployments.encoder.config import EncoderConfig
from deployments.encoder.cuda_graphs import GraphedBert
from deployments.encoder.encoder import Encoder
from deployments.encoder.inputs import EncoderInput
from deployments.errors import ModelMismatch, ModelMissing
from deployments.results import Span
from deployments.weights.released import AFFECT_ENCODER, MINILM, NAMES_ENCODER, locate

TEXTS = (
    "We are hiring.",
    "After two years of hard work, our new plant in Porto opened its gates this morning. 🎉",
    "Three lessons from a failed launch:\n\n1. Talk to users.\n2. Ship less.\n3. Sleep more.",
    "Ünïcode, ﬁgures (12,5 %) and 日本語 in one line…",
    " ".join(["Patience is a skill that most of us learn rather late."] * 9),
)


whole = EncoderInput.whole


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(EncoderConfig(precision="fp32", device="cpu", threads=1))


def test_whole_texts_have_sentence_transformers_embeddings(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(locate(MINILM)), device="cpu")
    expected = reference.encode(list(TEXTS), normalize_embeddings=True)
    found = np.concatenate(encoder.pool([whole(text) for text in TEXTS]))
    assert found.dtype == np.float32
    assert (found * expected).sum(axis=1).min() > 0.9999


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("batch_tokens", [256, 2_048, 16_384])
def test_a_text_is_read_the_same_alone_and_among_others(
    precision: Literal["fp32", "bf16"], batch_tokens: int
) -> None:
    config = EncoderConfig(precision=precision, device="cpu", threads=1, batch_tokens=batch_tokens)
    encoder = Encoder(config)
    copies = 20 if precision == "fp32" else 4  # emulated, bf16 takes forty times as long
    together = np.concatenate(encoder.pool([whole(text) for text in TEXTS * copies]))
    alone = np.concatenate([encoder.pool([whole(text)])[0] for text in TEXTS] * copies)
    # What bf16 rounds away (0.004 of a number) must not depend on the neighbours.
    np.testing.assert_allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("source", [AFFECT_ENCODER, NAMES_ENCODER])
def test_a_tuned_encoder_is_the_carried_one_with_other_layers(
    source: str, encoder: Encoder
) -> None:
    tuned = Encoder(EncoderConfig(source=source, precision="fp32", device="cpu", threads=1))
    base, changed = (
        np.concatenate(each.pool([whole(TEXTS[1])], layers=(0, -1))).reshape(2, -1)
        for each in (encoder, tuned)
    )
    assert tuned.weights_sha256 != encoder.weights_sha256
    assert 0.1 < base[1] @ changed[1] < 0.99
    if source == AFFECT_ENCODER:  # the other adds how words are written to them
        assert base[0] @ changed[0] > 0.97


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small encoder of another architecture, as a local folder."""
    from transformers import DistilBertConfig, DistilBertModel

    folder = tmp_path_factory.mktemp("foreign")
    shutil.copy(locate(MINILM) / "tokenizer.json", folder)
    DistilBertModel(DistilBertConfig(dim=32, hidden_dim=64, n_layers=2, n_heads=4)).save_pretrained(
        folder
    )
    return str(folder)


def test_another_architecture_is_read_the_same_way(foreign: str) -> None:
    from transformers import AutoModel

    encoder = Encoder(EncoderConfig(source=foreign, precision="fp32", device="cpu", threads=1))
    found = encoder.pool([whole(text) for text in TEXTS[:4]], layers=(1, -1))
    alone = [encoder.pool([whole(text)], layers=(1, -1))[0] for text in TEXTS[:4]]
    np.testing.assert_allclose(np.concatenate(found), np.concatenate(alone), atol=1e-5)
    ids = torch.tensor([[101, *encoder.tokenize(TEXTS[0]).ids, 102]])
    states = AutoModel.from_pretrained(foreign)(ids).last_hidden_state[0].detach().numpy()
    mean = states.mean(axis=0)
    np.testing.assert_allclose(found[0][0, 32:], mean / np.linalg.norm(mean), atol=1e-5)


def test_tokens_come_with_their_states_across_windows() -> None:
    small = Encoder(EncoderConfig(precision="fp32", device="cpu", max_tokens=16, threads=1))
    text = TEXTS[-1]
    (tokens, states), (none, nothing) = small.tokens([EncoderInput(text, ()), EncoderInput("", ())])
    assert states.shape == (len(tokens), 384)
    assert len(none) == len(nothing) == 0
    assert text[tokens.starts[0] : tokens.ends[0]] == "Patience"
    assert np.isfinite(states).all()


def test_bf16_is_close_to_fp32(encoder: Encoder) -> None:
    inputs = [whole(text) for text in TEXTS]
    rounded = Encoder(EncoderConfig(precision="bf16", device="cpu", threads=1)).pool(inputs)
    cosines = [float((a * b).sum()) for a, b in zip(encoder.pool(inputs), rounded, strict=True)]
    assert min(cosines) > 0.9995


def test_a_long_text_is_read_to_its_end(encoder: Encoder) -> None:
    filler = "The agenda of the meeting follows the usual order. " * 200
    ending = "Sharks are swimming in the harbour tonight."
    text = filler + ending
    last = Span(len(filler), len(text))
    vector = encoder.pool([EncoderInput(text, (last,), (last.start,))])[0][0]
    alone = encoder.pool([whole(ending)])[0][0]
    unrelated = encoder.pool([whole(filler[:50])])[0][0]
    assert vector @ alone > unrelated @ alone + 0.3


def test_a_window_holds_no_more_than_its_tokens() -> None:
    small = Encoder(EncoderConfig(precision="fp32", device="cpu", max_tokens=16, threads=1))
    lengths = [len(window) for window in small.windows([whole(TEXTS[-1])])]
    assert max(lengths) <= 16
    assert sum(lengths) > 90


def test_order_and_shapes_follow_the_inputs(encoder: Encoder) -> None:
    inputs = [
        EncoderInput("One. Two.", (Span(0, 4), Span(5, 9), Span(0, 9))),
        EncoderInput("", ()),
        EncoderInput("   ", (Span(0, 3),)),
        EncoderInput("A text.", (Span(1, 1),)),
    ]
    found = encoder.pool(inputs, layers=(2, -1))
    assert [v.shape for v in found] == [(3, 768), (0, 768), (1, 768), (1, 768)]
    np.testing.assert_allclose(np.linalg.norm(found[0].reshape(3, 2, -1), axis=2), 1, rtol=1e-5)
    assert not found[3].any()  # no token lies within an empty span
    assert encoder.pool([]) == []


def test_threads_share_an_encoder(encoder: Encoder) -> None:
    expected = [encoder.pool([whole(text)])[0] for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: encoder.pool([whole(text)])[0], TEXTS * 4))
    for vector, same in zip(found, expected * 4, strict=True):
        np.testing.assert_allclose(vector, same, atol=1e-5)


def test_wrong_digest_is_refused() -> None:
    with pytest.raises(ModelMismatch, match="not the released file"):
        Encoder(EncoderConfig(sha256="0" * 64))


def test_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(ModelMissing, match=r"model\.safetensors"):
        Encoder(EncoderConfig(source=str(tmp_path)))


def test_version_follows_what_changes_vectors_and_nothing_else(encoder: Encoder) -> None:
    same = Encoder(EncoderConfig(precision="fp32", device="cpu", threads=1, batch_tokens=512))
    other = Encoder(EncoderConfig(precision="fp32", device="cpu", threads=1, max_tokens=64))
    assert same.version == encoder.version
    assert other.version != encoder.version


SPANS = [EncoderInput(text, (Span(0, len(text)), Span(0, 9))) for text in TEXTS]


@pytest.mark.parametrize("source", [MINILM, NAMES_ENCODER])
def test_fixed_shapes_give_the_vectors_of_packed_batches(source: str) -> None:
    config = EncoderConfig(source=source, precision="fp32", device="cpu", batch_tokens=512)
    packed, fixed = Encoder(config), Encoder(config.model_copy(update={"cuda_graphs": True}))
    expected = np.concatenate(packed.pool(SPANS * 7, layers=(0, -1)))
    actual = np.concatenate(fixed.pool(SPANS * 7, layers=(0, -1)))
    np.testing.assert_allclose(actual, expected, atol=1e-5)
    for (tokens, states), (same, others) in zip(
        packed.tokens(SPANS), fixed.tokens(SPANS), strict=True
    ):
        assert tokens.ids.tolist() == same.ids.tolist()
        np.testing.assert_allclose(others, states, atol=1e-4)


def test_fixed_shapes_are_few_and_within_the_budget(encoder: Encoder) -> None:
    windows = encoder.windows([EncoderInput.whole("word " * n) for n in range(1, 250)])
    batches = list(fixed_shape_batches(windows, 1_024, "cpu"))
    shapes = {(group.batch_size, group.length) for batch in batches for group in batch.groups}
    assert sum(len(batch.windows) for batch in batches) == len(windows)
    assert all(size * length <= 1_024 and size & (size - 1) == 0 for size, length in shapes)
    assert len({length for _, length in shapes}) <= 12


def test_a_replayed_pass_gives_each_batch_its_own_states(encoder: Encoder) -> None:
    bert = encoder._layers
    assert isinstance(bert, Bert)
    captures = 0

    def capture(compute: Callable[[], list[Tensor]]) -> tuple[list[Tensor], Callable[[], None]]:
        nonlocal captures
        captures += 1
        outputs = [torch.zeros_like(output) for output in compute()]

        def replay() -> None:
            for output, values in zip(outputs, compute(), strict=True):
                output.copy_(values)

        return outputs, replay

    graphed = GraphedBert(bert, capture)
    texts = ("We are hiring.", "They were late again.")
    with torch.inference_mode():
        batches = [
            next(fixed_shape_batches(encoder.windows([whole(text)]), 256, "cpu")) for text in texts
        ]
        replayed = [graphed.hidden_states(batch, (0, -1)) for batch in batches]
        expected = [bert.hidden_states(batch, (0, -1)) for batch in batches]
    assert captures == 1
    for actual, right in zip(replayed, expected, strict=True):
        torch.testing.assert_close(actual, right)


@pytest.mark.parametrize("operator", ["_linear_pointwise", "_reorder_linear_weight"])
def test_without_a_private_operator_plain_products_are_used(
    operator: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    config = EncoderConfig(precision="bf16", device="cpu", threads=1)
    expected = np.concatenate(Encoder(config).pool(SPANS))
    linear._has_blocked_linear.cache_clear()

    class Operators:
        def __getattr__(self, name: str) -> object:
            if name == operator:
                raise AttributeError(f"no operator {name}")
            return getattr(blocked, name)

        _is_mkldnn_bf16_supported = staticmethod(lambda: True)

    blocked = torch.ops.mkldnn
    with monkeypatch.context() as patch:
        patch.setattr(torch.ops, "mkldnn", Operators())
        plain = Encoder(config)
    linear._has_blocked_linear.cache_clear()
    assert isinstance(plain._layers, Bert)
    assert not plain._layers.layers[0].up.is_blocked
    assert [record.name for record in caplog.records] == [linear.__name__]
    cosines = (np.concatenate(plain.pool(SPANS)) * expected).sum(axis=1)
    assert cosines.min() > 0.9995


def test_another_architecture_without_transformers_says_what_to_install(
    foreign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelMissing, match="pip install transformers"):
        Encoder(EncoderConfig(source=foreign, device="cpu"))
