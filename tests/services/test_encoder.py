"""The engine agrees with sentence-transformers, reads to the end, and minds no neighbours."""

import shutil
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from deployments.encoder import linear
from deployments.encoder.arrays import Vectors
from deployments.encoder.batching import fixed_shape_batches
from deployments.encoder.bert import Bert
from deployments.encoder.config import EncoderConfig
from deployments.encoder.cuda_graphs import GraphedBert
from deployments.encoder.encoder import Encoder
from deployments.errors import ModelMismatch, ModelMissing
from deployments.reading.reading import ReadingInput
from deployments.results import Span
from deployments.weights.released import ENCODER, MINILM, locate

TEXTS = (
    "We are hiring.",
    "After two years of hard work, our new plant in Porto opened its gates this morning. 🎉",
    "Three lessons from a failed launch:\n\n1. Talk to users.\n2. Ship less.\n3. Sleep more.",
    "Ünïcode, ﬁgures (12,5 %) and 日本語 in one line…",
    " ".join(["Patience is a skill that most of us learn rather late."] * 9),
)


EXACT = EncoderConfig(source=MINILM, max_tokens=256, precision="fp32", device="cpu", threads=1)


def with_settings(**settings: object) -> Encoder:
    return Encoder(EXACT.model_copy(update=settings))


def inputs(texts: Sequence[str]) -> list[ReadingInput]:
    return [ReadingInput(text) for text in texts]


def means(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """The mean hidden state of each text, of length 1."""
    readings = encoder.read(inputs(texts))
    return np.concatenate([each.span_vectors([Span(0, 20_000)]) for each in readings])


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(EXACT)


def test_tokens_have_sentence_transformers_states(encoder: Encoder) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(locate(MINILM)), device="cpu")
    expected = reference.encode(list(TEXTS), output_value="token_embeddings")
    for reading, states in zip(encoder.read(inputs(TEXTS)), expected, strict=True):
        np.testing.assert_allclose(reading.states, states[1:-1].numpy(), atol=5e-3)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("batch_tokens", [256, 2_048, 16_384])
def test_a_text_is_read_the_same_alone_and_among_others(
    precision: Literal["fp32", "bf16"], batch_tokens: int
) -> None:
    encoder = with_settings(precision=precision, batch_tokens=batch_tokens)
    copies = 20 if precision == "fp32" else 4  # emulated, bf16 takes forty times as long
    together = means(encoder, TEXTS * copies)
    alone = np.concatenate([means(encoder, [text]) for text in TEXTS] * copies)
    # What bf16 rounds away (0.004 of a number) must not depend on the neighbours.
    np.testing.assert_allclose(together, alone, atol=2e-4)


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

    encoder = with_settings(source=foreign)
    texts = TEXTS[:4]
    alone = np.concatenate([means(encoder, [text]) for text in texts])
    np.testing.assert_allclose(means(encoder, texts), alone, atol=2e-3)
    ids = torch.tensor([[101, *encoder.tokenize(texts[0]).ids, 102]])
    states = AutoModel.from_pretrained(foreign)(ids).last_hidden_state[0].detach().numpy()
    (reading,) = encoder.read(inputs(texts[:1]))
    np.testing.assert_allclose(reading.states, states[1:-1], atol=5e-3)


def test_a_reading_has_all_tokens_in_windows_that_begin_with_sentences() -> None:
    small = with_settings(max_tokens=32)
    text = TEXTS[-1]
    points = tuple(at for at in range(len(text)) if text.startswith("Patience", at))
    reading, empty = small.read([ReadingInput(text, points), ReadingInput("  ")])
    tokens = small.tokenize(text)
    assert reading.starts.tolist() == tokens.starts.tolist()
    assert reading.states.dtype == np.float16
    assert set(reading.starts[reading.windows[:-1]].tolist()) <= set(points)
    assert np.diff(reading.windows).max() <= 30
    assert (len(empty), empty.windows.tolist()) == (0, [0, 0])


def test_bf16_is_close_to_fp32(encoder: Encoder) -> None:
    rounded = means(with_settings(precision="bf16"), TEXTS)
    assert (means(encoder, TEXTS) * rounded).sum(axis=1).min() > 0.9995


def test_a_long_text_is_read_to_its_end(encoder: Encoder) -> None:
    filler = "The agenda of the meeting follows the usual order. " * 200
    ending = "Sharks are swimming in the harbour tonight."
    last = Span(len(filler), len(filler) + len(ending))
    (reading,) = encoder.read([ReadingInput(filler + ending, (last.start,))])
    (vector,) = reading.span_vectors([last])
    alone, unrelated = means(encoder, [ending, filler[:50]])
    assert vector @ alone > unrelated @ alone + 0.3


def test_a_window_holds_no_more_than_its_tokens() -> None:
    lengths = [len(window) for window in with_settings(max_tokens=16).windows(inputs(TEXTS[-1:]))]
    assert max(lengths) <= 16
    assert sum(lengths) > 90


def test_order_follows_the_inputs(encoder: Encoder) -> None:
    readings = encoder.read(inputs(["One. Two.", "", "   ", "A text."]))
    assert [len(reading) for reading in readings] == [4, 0, 0, 3]
    assert {reading.states.shape[1] for reading in readings} == {384}
    assert encoder.read([]) == []


def test_threads_share_an_encoder(encoder: Encoder) -> None:
    expected = np.concatenate([means(encoder, [text]) for text in TEXTS * 4])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: means(encoder, [text]), TEXTS * 4))
    np.testing.assert_allclose(np.concatenate(found), expected, atol=1e-4)


def test_wrong_digest_is_refused() -> None:
    with pytest.raises(ModelMismatch, match="not the released file"):
        with_settings(sha256="0" * 64)


def test_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(ModelMissing, match=r"model\.safetensors"):
        Encoder(EncoderConfig(source=str(tmp_path)))


def test_version_follows_what_changes_vectors_and_nothing_else(encoder: Encoder) -> None:
    same, other = with_settings(batch_tokens=512), with_settings(max_tokens=64)
    assert same.version == encoder.version
    assert other.version != encoder.version


@pytest.mark.parametrize("source", [MINILM, ENCODER])
def test_fixed_shapes_give_the_states_of_packed_batches(source: str) -> None:
    settings = {"source": source, "batch_tokens": 512}
    packed, fixed = with_settings(**settings), with_settings(**settings, cuda_graphs=True)
    texts = inputs(TEXTS * 7)
    for expected, actual in zip(packed.read(texts), fixed.read(texts), strict=True):
        assert actual.starts.tolist() == expected.starts.tolist()
        np.testing.assert_allclose(actual.states, expected.states, atol=5e-3)


def test_fixed_shapes_are_few_and_within_the_budget(encoder: Encoder) -> None:
    windows = encoder.windows(inputs(["word " * n for n in range(1, 250)]))
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
            next(fixed_shape_batches(encoder.windows(inputs([text])), 256, "cpu")) for text in texts
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
    expected = means(with_settings(precision="bf16"), TEXTS)
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
        plain = with_settings(precision="bf16")
    linear._has_blocked_linear.cache_clear()
    assert isinstance(plain._layers, Bert)
    assert not plain._layers.layers[0].up.is_blocked
    assert [record.name for record in caplog.records] == [linear.__name__]
    cosines = (means(plain, TEXTS) * expected).sum(axis=1)
    assert cosines.min() > 0.9995


def test_another_architecture_without_transformers_says_what_to_install(
    foreign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelMissing, match="pip install transformers"):
        Encoder(EncoderConfig(source=foreign, device="cpu"))
