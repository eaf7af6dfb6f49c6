"""The encoder on one GPU, without Ray: posts/s, and where the time goes.

    python -m loadtest.gpu [--device cpu] [--posts N] [--output FOLDER]

Measures the product's own encoder with what the service asks of it, on batches as they
come and on batches of fixed shapes (CUDA graphs on a GPU), in the precision that the device
computes fastest in. Without a GPU it runs on the processor, with fewer posts, and says so: then
its figures show that it works, and nothing about a GPU. Prints a page, writes gpu.json and
GPU.md.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson
import torch

from deployments.encoder.config import EncoderConfig
from deployments.encoder.loading import choose_dtype
from loadtest.environment import environment_facts
from loadtest.gpu.host import host_ms
from loadtest.gpu.precision import agreement
from loadtest.gpu.report import page
from loadtest.gpu.requests import EncoderRequest
from loadtest.gpu.speed import breakdown, matmul_tflops, rate
from loadtest.paths import RESULTS
from training.outputs import output_folder_option

#: Posts, tokens of a batch, seconds of each measurement, side of the square matrices.
_SIZES = {"cuda": (4_000, 32_768, 5.0, 8_192), "cpu": (6, 2_048, 0.0, 512)}
_HOST_POSTS = 240


def measure_device(texts: Sequence[str], device: str, seconds: float, side: int) -> dict[str, Any]:
    """Everything that the device computes; without a GPU, of the processor."""
    ways = {
        "packed": encoder_request(texts, device, cuda_graphs=False),
        "fixed shapes": encoder_request(texts, device, cuda_graphs=True),
    }
    rates = {way: rate(request, seconds) for way, request in ways.items()}
    fastest = max(rates, key=lambda way: rates[way].device_posts_per_s)
    dtype = choose_dtype("auto", device)
    exact = dtype == torch.float32
    return {
        "kind": device,
        "name": torch.cuda.get_device_name() if device == "cuda" else "no GPU: the processor",
        "dtype": str(dtype).removeprefix("torch."),
        "fastest": fastest,
        "ways": {way: asdict(each) for way, each in rates.items()},
        "posts_per_s": rates[fastest].device_posts_per_s,
        "matmul_tflops": matmul_tflops(device, dtype, side),
        "breakdown": breakdown(ways[fastest]),
        "agreement": {} if exact else _agreement(texts, device, ways[fastest]),
    }


def _agreement(texts: Sequence[str], device: str, request: EncoderRequest) -> dict[str, Any]:
    return agreement(request, encoder_request(texts, device, precision="fp32"))


def encoder_request(texts: Sequence[str], device: str, **settings: Any) -> EncoderRequest:
    """What the service asks of its encoder for these texts.

    Args:
        texts: the posts.
        device: ``cuda`` or ``cpu``.
        settings: further ones of :class:`EncoderConfig`.
    """
    config = {"device": device, "batch_tokens": _SIZES[device][1], **settings}
    return EncoderRequest.of(texts, EncoderConfig.model_validate(config))


def sample_texts(count: int) -> list[str]:
    """So many distinct posts."""
    from serve_app.samples import sample_posts

    posts = sample_posts()
    return [f"{posts[n % len(posts)].text}\nNumber {n}." for n in range(count)]


@click.command()
@click.option("--device", type=click.Choice(["auto", "cuda", "cpu"]), default="auto")
@click.option("--posts", type=int, help="That the encoder reads; distinct ones.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=RESULTS, callback=output_folder_option
)
def main(device: str, posts: int | None, output: Path) -> None:
    """Measure, print, write gpu.json and GPU.md."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    default_posts, _, seconds, side = _SIZES[device]
    texts = sample_texts(posts or default_posts)
    facts = environment_facts(["torch", "tokenizers"])
    print("Measuring the host ...", flush=True)
    host = host_ms(sample_texts(_HOST_POSTS))
    print("Measuring the device ...", flush=True)
    content = {
        "machine": facts,
        "host_ms": host,
        "device": measure_device(texts, device, seconds, side),
    }
    (output / "gpu.json").write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    (output / "GPU.md").write_text(page(content), encoding="utf-8")
    print(page(content), flush=True)


if __name__ == "__main__":
    main()
