"""The page that loadtest/gpu/__main__.py writes about what it measured."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from loadtest.environment import facts_line

#: One reading for four analyses, on one H200.
GOAL_POSTS_PER_S = 20_000
_PAGE = """# The encoder on one device

Made by `python -m loadtest.gpu`; do not edit. {facts}

Device: **{name}**, {dtype}, the carried encoder as the service runs it.{warning}

`packed`: batches without padding outside of attention, as a service without settings runs
them. `fixed shapes`: batches of few shapes (`cuda_graphs`), on a GPU replayed as CUDA graphs.
Posts/s on the device are of batches that lie there, to hidden states there; from texts, with
the tokenizer, windows and copies.

| batches | posts/s on the device | posts/s from texts | TFLOP/s | padding |
|---|---:|---:|---:|---:|
{rates}

Tokens a post: {tokens:.0f}. Goal on one H200: {goal:,} posts/s on the device.
For comparison: DistilBERT sentiment on one L4, about 875 texts/s of 100 tokens (Infinity).
A loop of {dtype} matrix products reached {peak:.3g} TFLOP/s. Time on the device, {fastest}:

| part | share |
|---|---:|
{breakdown}{agreement}

## The host

What each replica of PostLens does on a core for a post beside the device (`document` in the
driver; tokens and windows in the encoder; candidates, heads, rules, JSON in the analyses):

| part | ms | posts/s of a core |
|---|---:|---:|
{host}
"""
_AGREEMENT = """

## Labels in {dtype} against float32

| analysis | compared | equal (goal 99.9%) |
|---|---:|---:|
{rows}"""
_NO_GPU = """

**No CUDA device was there: these figures are the processor's, and say nothing about a GPU.**"""


def page(content: Mapping[str, Any]) -> str:
    """GPU.md from the content of gpu.json."""
    device = content["device"]
    return _PAGE.format(
        facts=facts_line(content["machine"]),
        name=device["name"],
        dtype=device["dtype"],
        warning=_NO_GPU if device["kind"] == "cpu" else "",
        rates=_table(_rate_cells(device["ways"])),
        tokens=device["ways"][device["fastest"]]["tokens_per_post"],
        goal=GOAL_POSTS_PER_S,
        peak=device["matmul_tflops"],
        fastest=device["fastest"],
        breakdown=_table((part, f"{share:.1%}") for part, share in device["breakdown"].items()),
        agreement=_agreement(device),
        host=_table((n, f"{ms:.2f}", f"{1000 / ms:,.0f}") for n, ms in content["host_ms"].items()),
    )


def _agreement(device: Mapping[str, Any]) -> str:
    """The section about labels; empty where the device computes in float32 itself."""
    if not device["agreement"]:
        return ""
    cells = (
        (name, f"{each['compared']:,.0f}", f"{each['equal']:.2%}")
        for name, each in device["agreement"].items()
    )
    return _AGREEMENT.format(dtype=device["dtype"], rows=_table(cells))


def _rate_cells(ways: Mapping[str, Mapping[str, float]]) -> Iterable[Sequence[str]]:
    for way, rate in ways.items():
        yield (
            way,
            f"{rate['device_posts_per_s']:,.0f}",
            f"{rate['posts_per_s']:,.0f}",
            f"{rate['tflops']:.3g}",
            f"{rate['padding']:.1%}",
        )


def _table(lines: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
