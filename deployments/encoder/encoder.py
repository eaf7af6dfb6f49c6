"""The one transformer engine behind sentiment, tone, keywords and entities.

Takes passages, gives vectors. Knows nothing of documents, labels or heads, nor on
which machine it runs: CPU and GPU take the same path. Importing it loads no torch.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from deployments.config import Config
from deployments.encoder import tokenizer
from deployments.encoder.casing import casings
from deployments.encoder.windows import Passage, Tokens, Window, windows
from deployments.weights import delta as tuned
from deployments.weights import released as weights
from deployments.weights.encoder_files import ModelFiles

if TYPE_CHECKING:
    import torch

    from deployments.encoder.bert import Group

Vectors = NDArray[np.float32]
Integers = NDArray[np.int64]

# Attention pads texts to a multiple of this: the vector width of its softmax. In between
# it takes twice as long, and the padding costs nothing elsewhere.
_ROUND = 16

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
        default=None, ge=1, description="of torch and numpy on the CPU; their own choice if unset"
    )
    max_tokens: int = Field(
        default=256, ge=16, description="in one window; longer texts take several"
    )
    batch_tokens: int = Field(default=2_048, ge=256, description="tokens in one forward pass")


class Encoder:
    """Reads passages to their end and gives vectors for spans or tokens; thread-safe.

    A text's vectors are the same alone and among others: to 1e-6 in fp32, and in bf16 as far
    as the machine's matrix products do not depend on the number of rows (see ``bert.py``).
    """

    def __init__(self, config: EncoderConfig | None = None) -> None:
        """Load the weights and the tokenizer.

        Raises:
            ModelMissing: the model or a file of it is not there.
            ModelMismatch: the weights are not the released ones.
        """
        import torch

        self.config = config = config or EncoderConfig()
        if config.threads:
            _limit_threads(config.threads)
        files = ModelFiles.of(config.source, config.sha256)
        self._torch = torch
        self.device = _device(config)
        self._layers, self._casings = _loaded(files, _dtype(config, self.device), self.device)
        self._layers.warm_up(config.batch_tokens)
        self._tokenizer = tokenizer.load(files.folder)
        self._specials = tokenizer.specials(self._tokenizer)
        self.weights_sha256 = files.sha256
        self.digest = _digest(config, files)

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
        size = self._layers.hidden_size
        sums = [np.zeros((len(p.spans), len(layers), size), np.float32) for p in passages]
        windows = [window for window, _ in self._windows(passages)]
        for batch, groups, states in self._read(windows, layers):
            left = iter(batch)
            for group in groups:
                own = list(islice(left, group.texts))
                pooled = self._spans(own, [group.padded(state) for state in states])
                for window, rows in zip(own, pooled, strict=True):
                    sums[window.passage] += rows[: len(window.ranges)]
        return [_normalised(s).reshape(len(s), s.shape[1] * s.shape[2]) for s in sums]

    def tokens(self, passages: Sequence[Passage]) -> list[tuple[Tokens, Vectors]]:
        """The tokens of each passage and their last hidden states, (n_tokens, hidden), in order."""
        found = list(self._windows(passages))
        size, edge = self._layers.hidden_size, len(self._specials.before)
        states = [np.zeros((0, size), np.float32) for _ in passages]
        parts: dict[int, Vectors] = {}
        for batch, _, (last,) in self._read([window for window, _ in found], (-1,)):
            cuts = np.cumsum([len(window) for window in batch])[:-1]
            for window, own in zip(batch, np.split(last.float().cpu().numpy(), cuts), strict=True):
                parts[id(window)] = own[edge : edge + len(window) - len(self._specials)]
        tokens: list[Tokens | None] = [None] * len(passages)
        for window, own_tokens in found:
            states[window.passage] = np.concatenate([states[window.passage], parts[id(window)]])
            tokens[window.passage] = own_tokens
        return [(own, rows) for own, rows in zip(tokens, states, strict=True) if own is not None]

    def tokenized(self, text: str) -> Tokens:
        """The text's tokens without the special ones."""
        return next(tokenizer.tokens(self._tokenizer, [text]))

    def _windows(self, passages: Sequence[Passage]) -> Iterator[tuple[Window, Tokens]]:
        found = tokenizer.tokens(self._tokenizer, [passage.text for passage in passages])
        for number, (passage, tokens) in enumerate(zip(passages, found, strict=True)):
            shown = None if self._casings is None else casings(passage.text, tokens)
            for window in windows(
                number, passage, tokens, self._specials, self.config.max_tokens, shown
            ):
                yield window, tokens

    def _read(
        self, found: list[Window], layers: Sequence[int]
    ) -> Iterator[tuple[list[Window], list["Group"], list["torch.Tensor"]]]:
        """Batches of windows, the groups within, and their tokens' states (n_tokens, hidden)."""
        for batch in _batches(found, self.config.batch_tokens):
            with self._torch.inference_mode():
                groups = list(self._groups(batch))
                yield batch, groups, self._states(batch, groups, layers)

    def _groups(self, batch: list[Window]) -> Iterator["Group"]:
        from deployments.encoder.bert import Group

        first = 0
        for length, own in groupby(map(len, batch), key=_rounded):
            lengths = list(own)
            yield Group.of(first, lengths, length, self.device)
            first += sum(lengths)

    def _states(
        self, batch: list[Window], groups: list["Group"], layers: Sequence[int]
    ) -> list["torch.Tensor"]:
        ids = self._sent([window.ids for window in batch])
        places = self._sent([np.arange(len(window)) for window in batch])
        added = None
        if self._casings is not None:
            shown = [window.casings for window in batch if window.casings is not None]
            added = self._casings[self._sent(shown)]
        return list(self._layers.states(ids, places, groups, layers, added))

    def _sent(self, arrays: list[Integers]) -> "torch.Tensor":
        """The arrays one after the other, on the device."""
        return self._torch.from_numpy(np.concatenate(arrays)).to(self.device)

    def _spans(self, windows: list[Window], states: list["torch.Tensor"]) -> Vectors:
        """Summed states per window, span and layer: (n_windows, most spans, n_layers, hidden)."""
        torch = self._torch
        ranges = torch.from_numpy(_ranges(windows)).to(self.device)
        positions = torch.arange(states[0].shape[1], device=self.device)
        # (n_windows, most spans, n_tokens): 1 where the token lies within the span.
        within = (positions >= ranges[..., :1]) & (positions < ranges[..., 1:])
        pooled = [within.float() @ state.float() for state in states]
        sums: Vectors = torch.stack(pooled, dim=2).cpu().numpy()
        return sums


def _loaded(
    files: ModelFiles, dtype: "torch.dtype", device: str
) -> tuple[Any, "torch.Tensor | None"]:
    """The layers on their device, and the casing vectors of an encoder that has some."""
    from deployments.encoder.bert import Bert, Padded, is_plain

    config = json.loads((files.folder / "config.json").read_text(encoding="utf-8"))
    if not is_plain(config):
        return Padded(_foreign(files.folder).eval().to(device, dtype)), None
    # Without transformers, whose import alone would cost a replica seconds and 100 MB.
    tensors = _tensors(files)
    shown = tensors.pop(tuned.CASINGS, None)
    ready = {name: value.to(device, dtype) for name, value in tensors.items()}
    return Bert(ready, config), None if shown is None else shown.to(device, dtype)


def _tensors(files: ModelFiles) -> dict[str, "torch.Tensor"]:
    """The weights by name, in fp32, changed where training changed them."""
    import torch
    from safetensors.torch import load_file

    stored = load_file(files.folder / "model.safetensors")
    tensors = {name.removeprefix("bert."): value for name, value in stored.items()}
    if files.tuned:
        base = {name: value.numpy() for name, value in tensors.items()}
        tensors |= {k: torch.from_numpy(v) for k, v in files.tuned.changed(base).items()}
    return tensors


def _foreign(folder: Path) -> Any:
    """Any other architecture that transformers knows."""
    from transformers import AutoModel
    from transformers.utils.logging import disable_progress_bar

    # A server's log is no place for it. (The function has no annotations.)
    disable_progress_bar()  # type: ignore[no-untyped-call]
    return AutoModel.from_pretrained(folder, use_safetensors=True, local_files_only=True)


def _digest(config: EncoderConfig, files: ModelFiles) -> str:
    # The precision as configured, not as resolved: replicas of one cluster may stand on
    # CPUs with and without bf16, and must share their cache. Rounding is all that differs.
    parts = [files.sha256, weights.digest(files.folder / "tokenizer.json")]
    settings = [*parts, config.precision, config.max_tokens]
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()


def _limit_threads(count: int) -> None:
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(count)
    # The heads' small products on numpy's own threads: twice the CPU time, no less time.
    threadpool_limits(count, user_api="blas")


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


def _ranges(windows: list[Window]) -> Integers:
    """The windows' span ranges, (n_windows, most spans, 2), zero padded."""
    most = max(len(window.ranges) for window in windows)
    ranges = np.zeros((len(windows), most, 2), np.int64)
    for row, window in enumerate(windows):
        ranges[row, : len(window.ranges)] = window.ranges
    return ranges


def _batches(items: list[Window], batch_tokens: int) -> Iterator[list[Window]]:
    """Windows of like length together, each batch within the budget of tokens."""
    batch: list[Window] = []
    tokens = 0
    for window in sorted(items, key=len):
        if batch and tokens + len(window) > batch_tokens:
            yield batch
            batch, tokens = [], 0
        batch.append(window)
        tokens += len(window)
    if batch:
        yield batch


def _rounded(length: int) -> int:
    """What a window is padded to: it depends on the window alone, never on its neighbours."""
    return -(-length // _ROUND) * _ROUND


def _normalised(sums: Vectors) -> Vectors:
    norms = np.linalg.norm(sums, axis=-1, keepdims=True)
    unit = np.zeros_like(sums)
    np.divide(sums, norms, out=unit, where=norms > 0)
    return unit
