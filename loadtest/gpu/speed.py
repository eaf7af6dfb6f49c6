"""How fast a device runs blocks, how fast it could multiply, and where its time goes."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from deployments.encoder.bert import Bert
from loadtest.gpu.blocks import Block
from loadtest.gpu.device import MODES, TRANSFORMERS, Device
from loadtest.gpu.models import Model

#: Which encoder an analysis needs.
ENCODER = {"sentiment": "affect", "tone": "affect", "keywords": "keywords", "entities": "names"}
# Blocks that are started before the clock is looked at.
_AT_A_TIME = 8
_PROFILED_BLOCKS = 40

# A kernel's or operator's part of the work, by a word in its name; the first that fits.
_PARTS = (
    ("norms, gelu, sums", ("triton",)),  # compiled ones are called after all that they fuse
    ("attention", ("attention", "fmha", "flash", "sdpa")),
    ("matrix products", ("gemm", "nvjet", "cutlass", "cublas", "mm", "linear", "matmul")),
    ("copies", ("memcpy", "memset", "copy", "cat", "aten::to")),
    ("norms, gelu, sums", ("norm", "gelu", "elementwise", "add", "triton", "reduce", "relu")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """Blocks that went through.

    Attributes:
        posts_per_s: posts whose windows of every encoder that ran went through.
        tokens_per_s: without padding.
        tflops: of the encoders' layers for these tokens; 1e12 operations/s.
        padding: share of the computed rows that were padding.
    """

    posts_per_s: float
    tokens_per_s: float
    tflops: float
    padding: float


def rate(
    device: Device,
    models: Mapping[str, Model],
    blocks: Sequence[Block],
    analyses: Sequence[str],
    seconds: float,
) -> Rate:
    """These analyses of prepared blocks, again and again for about so long."""
    encoders = {ENCODER[analysis] for analysis in analyses}
    own = [block for block in blocks if block.encoder in encoders]
    _through(device, own, analyses)
    started, rounds = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        _through(device, own, analyses)
        rounds += 1
    return _rate(models, own, (time.perf_counter() - started) / rounds)


def _through(device: Device, blocks: Sequence[Block], analyses: Sequence[str]) -> None:
    for block in blocks:
        device.send_back(device.run(block, analyses))
    device.wait()


def _rate(models: Mapping[str, Model], blocks: Sequence[Block], took_s: float) -> Rate:
    posts: dict[str, float] = defaultdict(float)
    for block in blocks:
        posts[block.encoder] += block.posts
    tokens = sum(block.tokens for block in blocks)
    rows = sum(block.ids.size for block in blocks)
    done = sum(operations(models[block.encoder].layers, block) for block in blocks)
    return Rate(
        min(posts.values()) / took_s, tokens / took_s, done / took_s / 1e12, 1 - tokens / rows
    )


def operations(layers: Bert, block: Block) -> float:
    """Multiplications and additions of the layers for the block's real tokens."""
    hidden, raised = layers.hidden_size, layers.layers[0].up.n_out
    lengths = block.lengths.astype(np.float64)
    # A token: query, key, value, output; up, down. Two of its text: scores, weighted sums.
    products = 2 * (4 * hidden**2 + 2 * hidden * raised) * lengths.sum()
    attention = 2 * 2 * hidden * (lengths**2).sum()
    return float(len(layers.layers) * (products + attention))


def matmul_tflops(device: str, dtype: torch.dtype, size: int, *, repeats: int = 20) -> float:
    """The device's rate for square products of random matrices, 1e12 operations/s.

    Args:
        device: ``cuda`` or ``cpu``.
        dtype: of the matrices.
        size: rows and columns; 8192 fills a large GPU.
        repeats: products in a row, the median of three rows counts.
    """
    left, right = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    rows = []
    for _ in range(4):
        _synchronize(device)
        started = time.perf_counter()
        for _ in range(repeats):
            left @ right
        _synchronize(device)
        rows.append(repeats * 2 * size**3 / (time.perf_counter() - started) / 1e12)
    return statistics.median(rows[1:])


def _synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def fastest(
    make: Callable[[str], Device], block: Block, seconds: float
) -> tuple[str, dict[str, float | str]]:
    """The way of running that pays most on this block, and each way's blocks/s or failure."""
    found: dict[str, float | str] = {}
    for mode in MODES:
        try:
            device = make(mode)
            device.warm_up([block])
            found[mode] = _blocks_per_s(device, block, seconds)
        except Exception as error:  # no compiler, no triton: another way is left
            found[mode] = f"{type(error).__name__}: {str(error).splitlines()[:1]}"
    rates = {mode: value for mode, value in found.items() if isinstance(value, float)}
    return max(rates, key=lambda mode: rates[mode]), found


def _blocks_per_s(device: Device, block: Block, seconds: float) -> float:
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        for _ in range(_AT_A_TIME):
            device.run(block)
        device.wait()
        done += _AT_A_TIME
    return done / (time.perf_counter() - started)


def breakdown(device: Device, kind: str, blocks: Sequence[Block]) -> dict[str, float]:
    """Shares of the wall time by part of the work, from PyTorch's profiler; sums to 1."""
    some = list(blocks[:_PROFILED_BLOCKS])
    kinds = [ProfilerActivity.CUDA] if kind == "cuda" else [ProfilerActivity.CPU]
    _through(device, some, TRANSFORMERS)
    started = time.perf_counter()
    _through(device, some, TRANSFORMERS)
    wall_us = (time.perf_counter() - started) * 1e6
    with profile(activities=kinds) as seen:
        _through(device, some, TRANSFORMERS)
    spent: dict[str, float] = defaultdict(float)
    for event in seen.key_averages():
        name = "self_device_time_total" if kind == "cuda" else "self_cpu_time_total"
        spent[_part(event.key)] += getattr(event, name)
    # The profiler slows the start of kernels, not the kernels: what is left is idling.
    total_us = max(wall_us, sum(spent.values()))
    shares = {part: us / total_us for part, us in spent.items() if us}
    return {**shares, "idle": 1 - sum(shares.values())}


def _part(name: str) -> str:
    lowered = name.lower()
    return next((part for part, words in _PARTS if any(w in lowered for w in words)), "other")
