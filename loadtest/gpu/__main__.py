"""The transformer analyses on one GPU, without Ray: posts/s, and where the time goes.

    python -m loadtest.gpu                       # everything, on the GPU if there is one
    python -m loadtest.gpu --save-blocks FILE    # only prepare posts, for another machine
    python -m loadtest.gpu --blocks FILE --random-weights   # only the device, no tokenizer

Posts are prepared (read, tokenized, packed into blocks of fixed shapes) by worker processes
while the device computes. Without a GPU it runs on the processor, with fewer posts, and says
so: then its figures show that it works, and nothing about a GPU. Prints a page, writes
gpu.json and GPU.md.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import torch

from loadtest.environment import environment_facts
from loadtest.gpu import models as weights
from loadtest.gpu.blocks import Block, load, save
from loadtest.gpu.device import TRANSFORMERS, Device
from loadtest.gpu.precision import agreement
from loadtest.gpu.report import page
from loadtest.gpu.speed import ENCODER, breakdown, fastest, matmul_tflops, rate
from loadtest.paths import RESULTS

_CHECKED_BLOCKS = 120
#: Each by itself, and all of them; sentiment and tone share an encoder's pass.
_CHOICES = {**{name: (name,) for name in TRANSFORMERS}, "together": TRANSFORMERS}
#: posts, tokens of a block, seconds of each measurement, side of the square matrices.
_SIZES = {"cuda": (4_000, 32_768, 5.0, 8_192), "cpu": (60, 256, 1.0, 1_024)}


def measure_device(
    blocks: Sequence[Block], kind: str, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Everything that needs only blocks and the device."""
    _, _, seconds, side = _SIZES[kind]
    source = weights.random if arguments.random_weights else weights.carried
    models = source(kind, torch.bfloat16)
    make = partial(Device, models, kind)
    mode, modes = _mode(make, blocks, kind, seconds)
    _say(f"Running encoders: {mode}.")
    device = make(mode)
    device.warm_up(blocks)
    rates = {
        name: rate(device, models, blocks, analyses, seconds) for name, analyses in _CHOICES.items()
    }
    peak = matmul_tflops(kind, torch.bfloat16, side)
    exact = Device(source(kind, torch.float32), kind)
    return {
        "kind": kind,
        "name": torch.cuda.get_device_name() if kind == "cuda" else "no GPU: the processor",
        "weights": "random" if arguments.random_weights else "carried",
        "modes": modes,
        "mode": mode,
        "posts_per_s": {name: found.posts_per_s for name, found in rates.items()},
        "together": asdict(rates["together"]),
        "matmul_tflops": peak,
        "share_of_matmul": rates["together"].tflops / peak,
        "breakdown": breakdown(device, kind, _mixed(blocks)),
        "agreement": agreement(device, exact, _mixed(blocks)[:_CHECKED_BLOCKS]),
        "tokens_per_post": _tokens_per_post(blocks),
        "_device": device,
    }


def _mode(
    make: Callable[[str], Device], blocks: Sequence[Block], kind: str, seconds: float
) -> tuple[str, dict[str, float | str]]:
    if kind == "cpu":
        return "plain", {}
    affect = [block for block in blocks if block.encoder == "affect"]
    return fastest(make, max(affect, key=lambda block: block.tokens), seconds / 2)


def _mixed(blocks: Sequence[Block]) -> list[Block]:
    """All encoders and lengths alike in any first part of them."""
    return [blocks[(number * 7919) % len(blocks)] for number in range(len(blocks))]


def _tokens_per_post(blocks: Sequence[Block]) -> dict[str, float]:
    own = {name: [b for b in blocks if b.encoder == name] for name in {b.encoder for b in blocks}}
    return {
        n: sum(b.tokens for b in found) / sum(b.posts for b in found) for n, found in own.items()
    }


def measure_host(texts: Sequence[str], kind: str) -> dict[str, Any]:
    """What a core prepares, and what the analyzers leave to it."""
    from loadtest.gpu.host import host_ms
    from loadtest.gpu.preparation import pace

    return {"pace": asdict(pace(texts, _SIZES[kind][1])), "host_ms": host_ms(texts)}


def measure_overlapped(
    device: Device, texts: Sequence[str], kind: str, workers: int
) -> dict[str, Any]:
    """Posts/s from texts to outputs, prepared by workers while the device computes."""
    from loadtest.gpu.preparation import Workers

    _, block_tokens, seconds, _ = _SIZES[kind]
    supply = Workers(texts, block_tokens, workers)
    try:
        device.run(supply.blocks.get(timeout=120))
        posts = dict.fromkeys(set(ENCODER.values()), 0.0)
        started = time.perf_counter()
        while time.perf_counter() - started < 2 * seconds:
            block = supply.blocks.get(timeout=120)
            device.send_back(device.run(block))
            posts[block.encoder] += block.posts
        device.wait()
        took_s = time.perf_counter() - started
    finally:
        supply.stop()
    # Blocks of one encoder may be ahead of another's by what is still open.
    return {"workers": workers, "posts_per_s": sum(posts.values()) / len(posts) / took_s}


def _texts(count: int) -> list[str]:
    from serve_app.samples import sample_posts

    posts = sample_posts()
    return [f"{posts[n % len(posts)].text}\nNumber {n}." for n in range(count)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--device", choices=("auto", "cuda", "cpu"), default="auto")
    parser.add_argument("--posts", type=int, help="distinct ones")
    parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--save-blocks", type=Path, help="prepare for a GPU, and end")
    parser.add_argument("--blocks", type=Path, help="of --save-blocks: leave the host out")
    parser.add_argument("--random-weights", action="store_true", help="of the same shape")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the two files")
    return parser.parse_args()


def main() -> None:
    """Measure, print, write."""
    arguments = _arguments()
    kind = arguments.device
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
    posts = arguments.posts or _SIZES[kind][0]
    if arguments.save_blocks:
        from loadtest.gpu.preparation import prepared

        save(arguments.save_blocks, prepared(_texts(posts), _SIZES["cuda"][1]))
        return
    if kind == "cpu":
        _say("There is no CUDA device: this runs on the processor and says nothing about a GPU.")
    found: dict[str, Any] = {"machine": environment_facts(["torch", "tokenizers"])}
    if arguments.blocks:
        found["device"] = measure_device(load(arguments.blocks), kind, arguments)
        found["device"].pop("_device")
    else:
        found |= _whole(_texts(posts), kind, arguments)
    (arguments.output / "gpu.json").write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    (arguments.output / "GPU.md").write_text(page(found))
    _say(page(found))


def _whole(texts: list[str], kind: str, arguments: argparse.Namespace) -> dict[str, Any]:
    from loadtest.gpu.preparation import prepared

    _say("Measuring the host ...")
    host = measure_host(texts[:600], kind)
    _say("Preparing blocks ...")
    blocks = prepared(texts, _SIZES[kind][1])
    _say("Measuring the device ...")
    device = measure_device(blocks, kind, arguments)
    _say("Both at a time ...")
    overlapped = measure_overlapped(device.pop("_device"), texts, kind, arguments.workers)
    return {**host, "device": device, "overlapped": overlapped}


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
