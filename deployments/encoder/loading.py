"""An encoder's layers brought to their device, in the type that computes fastest there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import torch
from safetensors.torch import load_file
from torch import Tensor

from deployments.encoder.batch import Batch
from deployments.encoder.bert import Bert, is_supported
from deployments.encoder.cuda_graphs import GraphedBert
from deployments.weights.encoder_files import EncoderFiles

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
    """
    config = json.loads((files.folder / "config.json").read_text(encoding="utf-8"))
    if is_supported(config):
        tensors = {name: v.to(device, dtype) for name, v in _tensors(files).items()}
        bert = Bert(tensors, config)
        return GraphedBert(bert) if cuda_graphs and device == "cuda" else bert
    from deployments.encoder.transformers_encoder import TransformersEncoder

    return TransformersEncoder.load(files.folder, dtype, device)


def _tensors(files: EncoderFiles) -> dict[str, Tensor]:
    """The weights by name, in fp32, with the delta of a fine-tuned encoder applied."""
    stored = load_file(files.folder / "model.safetensors")
    tensors = {name.removeprefix("bert."): value for name, value in stored.items()}
    if files.delta:
        base = {name: value.numpy() for name, value in tensors.items()}
        tensors |= {n: torch.from_numpy(v) for n, v in files.delta.apply(base).items()}
    return tensors


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
