"""The one transformer engine behind sentiment, tone and keywords.

Takes passages, gives vectors. Knows nothing of documents, labels or heads, nor on
which machine it runs: CPU and GPU take the same path. Importing it loads no torch.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from deployments import weights
from deployments.config import Config
from deployments.passages import Passage, Specials, Tokens, Window, windows

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

__all__ = ["Encoder", "EncoderConfig", "Passage", "Vectors"]


class EncoderConfig(Config):
    """Which encoder reads the posts, and how."""

    source: str = Field(
        default=weights.MINILM,
        description="a carried model, a local folder, or a hub name (org/name)",
    )
    sha256: str | None = Field(
        default=None, description="of model.safetensors; known by itself for the carried models"
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        default="auto",
        description="auto: bf16 where the machine computes in it, else fp32 (GPU: fp16)",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto: a GPU where there is one"
    )
    threads: int | None = Field(
        default=None, ge=1, description="of torch on the CPU; its own choice if unset"
    )
    max_tokens: int = Field(
        default=256, ge=16, description="in one window; longer texts take several"
    )
    batch_tokens: int = Field(
        default=2_048, ge=256, description="padded tokens in one forward pass"
    )


class Encoder:
    """Reads passages to their end and gives one vector for each span; thread-safe.

    In fp32 a text's vectors are the same alone and among others (to 1e-6). In bf16, 1.8
    times as fast where the CPU has it, rounding moves a score by up to 0.003 with the batch.
    """

    def __init__(self, config: EncoderConfig | None = None) -> None:
        """Load the weights and the tokenizer.

        Raises:
            ModelMissing: the model or a file of it is not there.
            ModelMismatch: the weights are not the released ones.
        """
        import torch
        from transformers import AutoModel
        from transformers.utils.logging import disable_progress_bar

        # A server's log is no place for it. (The function has no annotations.)
        disable_progress_bar()  # type: ignore[no-untyped-call]
        self.config = config = config or EncoderConfig()
        if config.threads:
            torch.set_num_threads(config.threads)
        folder = _verified(config)
        self._torch = torch
        self.device = _device(config)
        self._model = AutoModel.from_pretrained(
            folder, dtype=_dtype(config, self.device), use_safetensors=True, local_files_only=True
        )
        self._model.eval().to(self.device)
        self._tokenizer = _tokenizer(folder)
        self._specials = _specials(self._tokenizer)
        self.weights_sha256 = weights.digest(folder / "model.safetensors")
        self.digest = _digest(config, folder)

    def pool(self, passages: Sequence[Passage], *, layers: Sequence[int] = (-1,)) -> list[Vectors]:
        """Mean hidden states of the tokens within each span, of length 1.

        Args:
            passages: texts with their spans.
            layers: which hidden states; 0 is the embedding layer, -1 the last. Each
                layer's mean is normalised by itself, then they are put side by side.

        Returns:
            For each passage, in order, an array (n_spans, n_layers * hidden size). A span
            over a whole text in one window is sentence-transformers' embedding of it. A
            span without any token gives zeros.
        """
        sums = [
            np.zeros((len(p.spans), len(layers), self._model.config.hidden_size), np.float32)
            for p in passages
        ]
        for batch in _batches(list(self._windows(passages)), self.config.batch_tokens):
            for window, states in zip(batch, self._sums(batch, tuple(layers)), strict=True):
                sums[window.passage] += states[: len(window.ranges)]
        return [_normalised(s).reshape(len(s), s.shape[1] * s.shape[2]) for s in sums]

    def _windows(self, passages: Sequence[Passage]) -> Iterator[Window]:
        for number, passage in enumerate(passages):
            tokens = _tokens(self._tokenizer, passage.text)
            yield from windows(number, passage, tokens, self._specials, self.config.max_tokens)

    def _sums(self, batch: list[Window], layers: tuple[int, ...]) -> Vectors:
        """Summed states per window, span and layer: (n_windows, most spans, n_layers, hidden)."""
        torch = self._torch
        ids, lengths, ranges = (torch.from_numpy(a).to(self.device) for a in _padded(batch))
        positions = torch.arange(ids.shape[1], device=self.device)
        with torch.inference_mode():
            mask = (positions < lengths[:, None]).long()
            states = self._model(
                input_ids=ids, attention_mask=mask, output_hidden_states=True
            ).hidden_states
            # (n_windows, most spans, n_tokens): 1 where the token lies within the span.
            within = (positions >= ranges[..., :1]) & (positions < ranges[..., 1:])
            pooled = [within.float() @ states[layer].float() for layer in layers]
            sums: Vectors = torch.stack(pooled, dim=2).cpu().numpy()
        return sums


def _verified(config: EncoderConfig) -> Path:
    path = weights.file(config.source, "model.safetensors")
    vocabulary = weights.file(config.source, "tokenizer.json")
    if known := config.sha256 or weights.released_sha256(config.source, path.name):
        weights.verify(path, known)
    if known := weights.released_sha256(config.source, vocabulary.name):
        weights.verify(vocabulary, known)
    return path.parent


def _digest(config: EncoderConfig, folder: Path) -> str:
    # The precision as configured, not as resolved: replicas of one cluster may stand on
    # CPUs with and without bf16, and must share their cache. Rounding is all that differs.
    parts = [weights.digest(folder / name) for name in ("model.safetensors", "tokenizer.json")]
    settings = [*parts, config.precision, config.max_tokens]
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()


def _device(config: EncoderConfig) -> str:
    import torch

    if config.device != "auto":
        return config.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def _dtype(config: EncoderConfig, device: str) -> "torch.dtype":
    import torch

    named = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    if config.precision != "auto":
        return named[config.precision]
    if device == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    # Without these instructions bf16 is emulated and slower than fp32.
    return torch.bfloat16 if _cpu_flags() & {"avx512_bf16", "amx_bf16"} else torch.float32


def _cpu_flags() -> set[str]:
    """The processor's instruction sets by Linux' names; empty where it does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())


def _tokenizer(folder: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _specials(tokenizer: "Tokenizer") -> Specials:
    """The special tokens around a text, seen from one word that has neighbours."""
    encoding = tokenizer.encode("word")
    inner = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
    return Specials(tuple(encoding.ids[: inner[0]]), tuple(encoding.ids[inner[-1] + 1 :]))


def _tokens(tokenizer: "Tokenizer", text: str) -> Tokens:
    # One text at a time: the tokenizer's own batches would start threads on every core.
    encoding = tokenizer.encode(text, add_special_tokens=False)
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    words = np.array([-1 if w is None else w for w in encoding.word_ids], dtype=np.int64)
    return Tokens(np.array(encoding.ids, dtype=np.int64), offsets[:, 0], offsets[:, 1], words)


def _batches(items: list[Window], batch_tokens: int) -> Iterator[list[Window]]:
    """Windows of like length together, each batch within the budget of padded tokens."""
    batch: list[Window] = []
    for window in sorted(items, key=len, reverse=True):
        # Longest first: the batch's first window tells what all of it is padded to.
        if batch and (len(batch) + 1) * len(batch[0]) > batch_tokens:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _padded(batch: list[Window]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Token ids (n, longest), lengths (n,) and span ranges (n, most spans, 2), zero padded."""
    lengths = np.array([len(window) for window in batch], dtype=np.int64)
    ids = np.zeros((len(batch), lengths.max()), dtype=np.int64)
    ranges = np.zeros((len(batch), max(len(w.ranges) for w in batch), 2), dtype=np.int64)
    for row, window in enumerate(batch):
        ids[row, : len(window)] = window.ids
        ranges[row, : len(window.ranges)] = window.ranges
    return ids, lengths, ranges


def _normalised(sums: Vectors) -> Vectors:
    norms = np.linalg.norm(sums, axis=-1, keepdims=True)
    unit = np.zeros_like(sums)
    np.divide(sums, norms, out=unit, where=norms > 0)
    return unit
