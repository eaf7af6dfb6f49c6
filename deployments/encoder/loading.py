"""An encoder's layers brought to their device, in the type that computes fastest there."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from safetensors.torch import load_file
from torch import Tensor

from deployments.encoder.batch import Batch
from deployments.encoder.bert import Bert, is_supported
from deployments.encoder.casing import CASING_COUNT, CASING_EMBEDDINGS
from deployments.encoder.cuda_graphs import GraphedBert
from deployments.encoder.word_embeddings import BlockEmbeddings
from deployments.errors import ModelMismatch
from deployments.weights.encoder_files import WEIGHTS_FILE, EncoderFiles
from deployments.weights.quantized import (
    WORD_EMBEDDINGS,
    Blocks,
    is_quantized,
    stored_weights,
)

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class EncoderLayers(Protocol):
    """What an :class:`encoder.Encoder` asks of a model."""

    hidden_size: int

    @property
    def reads_casing(self) -> bool:
        """Whether it reads how words are written."""
        ...

    def warm_up(self, rows: int) -> None:
        """Prepare for batches of up to so many rows."""
        ...

    def hidden_states(self, batch: Batch, layers: Sequence[int]) -> list[Tensor]:
        """Hidden states after each of ``layers`` (0 the embeddings), (rows, hidden size) each."""
        ...


def load_layers(
    files: EncoderFiles, dtype: torch.dtype, device: str, *, cuda_graphs: bool
) -> EncoderLayers:
    """The layers on their device.

    Args:
        files: the weights and what describes them.
        dtype: to compute in.
        device: ``cpu`` or ``cuda``.
        cuda_graphs: whether passes on a GPU are replayed; only of a plain BERT.

    Raises:
        ModelMissing: the architecture takes transformers, which is not installed.
        ModelMismatch: the weights are not whole, of another version, or do not fit config.json.
    """
    config = json.loads((files.folder / "config.json").read_text(encoding="utf-8"))
    if is_supported(config):
        bert = _bert(files, config, dtype, device)
        return GraphedBert(bert) if cuda_graphs and device == "cuda" else bert
    from deployments.encoder.transformers_encoder import TransformersEncoder

    return TransformersEncoder.load(files.folder, dtype, device)


def _bert(files: EncoderFiles, config: Mapping[str, Any], dtype: torch.dtype, device: str) -> Bert:
    tables = {
        name: BlockEmbeddings(weights, dtype, device)
        if isinstance(weights, Blocks)
        else weights.to(device, dtype)
        for name, weights in _weights(files)
    }
    path = files.folder / WEIGHTS_FILE
    _check_rows(path, tables, config)
    tensors = {name: table for name, table in tables.items() if isinstance(table, Tensor)}
    try:
        return Bert(tensors, tables[WORD_EMBEDDINGS], config)
    except KeyError as error:
        raise ModelMismatch(
            f"{path} has no tensor {error}, which a BERT as in config.json has. Weights and "
            "config.json must be of one encoder: install or download it again."
        ) from None


def _check_rows(
    path: Path, tables: Mapping[str, Tensor | BlockEmbeddings], config: Mapping[str, Any]
) -> None:
    rows = {WORD_EMBEDDINGS: config["vocab_size"], CASING_EMBEDDINGS: CASING_COUNT}
    for name in rows.keys() & tables.keys():
        shape, expected = tuple(tables[name].shape), (rows[name], config["hidden_size"])
        if shape != expected:
            raise ModelMismatch(
                f"'{name}' in {path} has shape {shape}, not {expected}. Weights and config.json "
                "must be of one encoder: install or download it again."
            )


def _weights(files: EncoderFiles) -> Iterator[tuple[str, Tensor | Blocks]]:
    """Name and weights of each tensor."""
    path = files.folder / WEIGHTS_FILE
    if is_quantized(path):
        for name, weights in stored_weights(path):
            yield name, weights if isinstance(weights, Blocks) else torch.from_numpy(weights)
    else:
        for name, tensor in load_file(path).items():
            yield name.removeprefix("bert."), tensor


def choose_device(device: Literal["auto", "cpu", "cuda"]) -> str:
    """``cpu`` or ``cuda``; for ``auto`` a GPU where there is one."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


def choose_dtype(precision: Literal["auto", "fp32", "bf16", "fp16"], device: str) -> torch.dtype:
    """The type to compute in; for ``auto`` the fastest that the device has instructions for."""
    if precision != "auto":
        return _DTYPES[precision]
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


def limit_threads(count: int) -> None:
    """Have torch and numpy compute on so many threads in this process."""
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(count)
    # The heads' small products on numpy's own threads: twice the CPU time, no less time.
    threadpool_limits(count, user_api="blas")
