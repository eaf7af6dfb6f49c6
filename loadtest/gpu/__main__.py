"""The transformer analyses on one GPU, without Ray: posts/s, and where the time goes.

    python -m loadtest.gpu [--device cpu] [--posts N] [--output FOLDER]

Measures the product's own encoders with what the analyses ask of them, on batches as they
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

from deployments.config import Config
from deployments.encoder.loading import choose_dtype
from deployments.registry import AnalysisConfigs
from deployments.text.document import Document
from loadtest.environment import environment_facts
from loadtest.gpu.host import host_ms, recorded_requests
from loadtest.gpu.precision import HEADS, agreement
from loadtest.gpu.report import page
from loadtest.gpu.requests import EncoderRequest
from loadtest.gpu.speed import breakdown, matmul_tflops, rate
from loadtest.paths import RESULTS
from serve_app.in_process import load_analyzers
from training.outputs import output_folder_option

#: The analyses that have work for a GPU.
TRANSFORMERS = ("sentiment", "tone", "keywords", "entities")
#: Posts, tokens of a batch, seconds of each measurement, side of the square matrices.
_SIZES = {"cuda": (4_000, 32_768, 5.0, 8_192), "cpu": (6, 2_048, 0.0, 512)}
_HOST_POSTS = 240

#: What each analysis asks of its encoder.
Requests = dict[str, list[EncoderRequest]]


def measure_device(texts: Sequence[str], device: str, seconds: float, side: int) -> dict[str, Any]:
    """Everything that the device computes; without a GPU, of the processor."""
    ways = {
        "packed": encoder_requests(texts, device, cuda_graphs=False),
        "fixed shapes": encoder_requests(texts, device, cuda_graphs=True),
    }
    rates = {way: _rates(by_name, len(texts), seconds) for way, by_name in ways.items()}
    fastest = max(rates, key=lambda way: rates[way]["together"]["device_posts_per_s"])
    dtype = choose_dtype("auto", device)
    return {
        "kind": device,
        "name": torch.cuda.get_device_name() if device == "cuda" else "no GPU: the processor",
        "dtype": str(dtype).removeprefix("torch."),
        "fastest": fastest,
        "ways": rates,
        "posts_per_s": {n: r["device_posts_per_s"] for n, r in rates[fastest].items()},
        "matmul_tflops": matmul_tflops(device, dtype, side),
        "breakdown": breakdown([each for every in ways[fastest].values() for each in every]),
        "agreement": _agreement(texts, device, ways[fastest]) if dtype != torch.float32 else {},
    }


def _agreement(texts: Sequence[str], device: str, requests: Requests) -> dict[str, Any]:
    exact = encoder_requests(texts, device, precision="fp32")
    measured = [name for name in HEADS if name in requests]
    return {name: agreement(name, requests[name][0], exact[name][0]) for name in measured}


def encoder_requests(texts: Sequence[str], device: str, **settings: object) -> Requests:
    """What each analysis asks of its encoder for these texts.

    Args:
        texts: the posts.
        device: ``cuda`` or ``cpu``.
        settings: further ones of :class:`EncoderConfig`.
    """
    update = {"device": device, "batch_tokens": _SIZES[device][1], **settings}
    configs = AnalysisConfigs()
    changed = {name: _with_encoder(getattr(configs, name), update) for name in TRANSFORMERS}
    analyzers = load_analyzers(TRANSFORMERS, configs.model_copy(update=changed))
    documents = [Document.read(text) for text in texts]
    return {name: recorded_requests(each, documents) for name, each in analyzers.items()}


def _with_encoder(config: Config, update: dict[str, Any]) -> Config:
    encoder = config.encoder.model_copy(update=update)  # type: ignore[attr-defined]
    return config.model_copy(update={"encoder": encoder})


def _rates(requests: Requests, posts: int, seconds: float) -> dict[str, dict[str, float]]:
    by_name = {name: rate(each, posts, seconds) for name, each in requests.items()}
    every = [request for each in requests.values() for request in each]
    rates = {**by_name, "together": rate(every, posts, seconds)}
    return {name: asdict(each) for name, each in rates.items()}


def sample_texts(count: int) -> list[str]:
    """So many distinct posts."""
    from serve_app.samples import sample_posts

    posts = sample_posts()
    return [f"{posts[n % len(posts)].text}\nNumber {n}." for n in range(count)]


@click.command()
@click.option("--device", type=click.Choice(["auto", "cuda", "cpu"]), default="auto")
@click.option("--posts", type=int, help="That the encoders read; distinct ones.")
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
