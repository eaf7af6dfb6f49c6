"""How fast the encoder runs on a device, how fast it could multiply, where its time goes."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch.profiler import ProfilerActivity, profile

from deployments.encoder.batch import Batch
from deployments.encoder.encoder import Encoder
from loadtest.gpu.requests import EncoderRequest

# The carried encoders' shape.
_HIDDEN, _FEED_FORWARD, _LAYERS = 384, 1_536, 6
_MATMUL_ROUNDS = 4

# A kernel's or operator's part of the work, by a word in its name; the first that fits.
_PARTS = (
    ("attention", ("attention", "fmha", "flash", "sdpa")),
    ("matrix products", ("gemm", "nvjet", "cutlass", "cublas", "mm", "linear", "matmul")),
    ("copies", ("memcpy", "memset", "copy", "cat", "aten::to")),
    ("norms, gelu, sums", ("norm", "gelu", "elementwise", "add", "reduce", "relu")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rate:
    """What an encoder reads in a second.

    Attributes:
        device_posts_per_s: batches that lie on the device, to hidden states on the device.
        posts_per_s: texts to readings: tokenizer, windows and copies included.
        tokens_per_post: padding not counted.
        tflops: of the encoder's layers for these tokens on the device; 1e12 operations/s.
        padding: share of the rows that attention sees that are padding.
    """

    device_posts_per_s: float
    posts_per_s: float
    tokens_per_post: float
    tflops: float
    padding: float


def rate(request: EncoderRequest, seconds: float) -> Rate:
    """Ask an encoder the same again and again for about so long.

    Args:
        request: what it is asked.
        seconds: for each of the two measurements.
    """
    encoder, posts = request.encoder, len(request.inputs)
    batches = _on_device(request)
    device_s = _seconds_a_round(lambda: run_batches(encoder, batches), seconds)
    whole_s = _seconds_a_round(request.readings, seconds)
    lengths = [len(window) for batch in batches for window in batch.windows]
    padded = sum(group.batch_size * group.length for batch in batches for group in batch.groups)
    return Rate(
        posts / device_s,
        posts / whole_s,
        sum(lengths) / posts,
        operations(lengths) / device_s / 1e12,
        1 - sum(lengths) / padded,
    )


def _on_device(request: EncoderRequest) -> list[Batch]:
    encoder = request.encoder
    return list(encoder.batches(encoder.windows(request.inputs)))


def run_batches(encoder: Encoder, batches: Sequence[Batch]) -> None:
    """Compute the hidden states of all these batches, and wait for them."""
    for batch in batches:
        encoder.hidden_states(batch, (-1,))
    synchronize(encoder.device)


def _seconds_a_round(run: Callable[[], object], seconds: float) -> float:
    run()
    started, rounds = time.perf_counter(), 0
    while rounds == 0 or time.perf_counter() - started < seconds:
        run()
        rounds += 1
    return (time.perf_counter() - started) / rounds


def operations(lengths: Sequence[int]) -> float:
    """Of the layers for windows of these many tokens: a multiplication and a sum are two."""
    # Four products of a token: query, key, value, output; two more: up, down. Two of its
    # text: scores, weighted sums.
    products = 2 * (4 * _HIDDEN**2 + 2 * _HIDDEN * _FEED_FORWARD) * sum(lengths)
    attention = 2 * 2 * _HIDDEN * sum(length**2 for length in lengths)
    return float(_LAYERS * (products + attention))


def matmul_tflops(device: str, dtype: torch.dtype, size: int, *, repeats: int = 20) -> float:
    """The device's rate for square products of random matrices, 1e12 operations/s.

    Args:
        device: ``cuda`` or ``cpu``.
        dtype: of the matrices.
        size: rows and columns; 8192 fills a large GPU.
        repeats: products in a row, the median of three rows counts.
    """
    left, right = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    rates = []
    for _ in range(_MATMUL_ROUNDS):
        synchronize(device)
        started = time.perf_counter()
        for _ in range(repeats):
            left @ right
        synchronize(device)
        rates.append(repeats * 2 * size**3 / (time.perf_counter() - started) / 1e12)
    return statistics.median(rates[1:])


def synchronize(device: str) -> None:
    """Wait until the device has done all that was started."""
    if device == "cuda":
        torch.cuda.synchronize()


def breakdown(request: EncoderRequest) -> dict[str, float]:
    """Shares of the wall time on the device by part of the work, by PyTorch's profiler."""
    encoder, batches = request.encoder, _on_device(request)
    on_gpu = encoder.device == "cuda"
    wall_us = _seconds_a_round(lambda: run_batches(encoder, batches), 0) * 1e6
    with profile(activities=[ProfilerActivity.CUDA if on_gpu else ProfilerActivity.CPU]) as trace:
        run_batches(encoder, batches)
    us_by_part: dict[str, float] = defaultdict(float)
    for event in trace.key_averages():
        name = "self_device_time_total" if on_gpu else "self_cpu_time_total"
        us_by_part[_part(event.key)] += getattr(event, name)
    # The profiler slows the start of kernels, not the kernels: the rest is idling.
    total_us = max(wall_us, sum(us_by_part.values()))
    shares = {part: us / total_us for part, us in us_by_part.items() if us}
    return {**shares, "idle": 1 - sum(shares.values())}


def _part(name: str) -> str:
    lower = name.lower()
    return next((part for part, words in _PARTS if any(w in lower for w in words)), "other")
