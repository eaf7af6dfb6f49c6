"""The page that loadtest/gpu/__main__.py writes about what it measured."""

from collections.abc import Mapping
from typing import Any

from loadtest.environment import facts_line

#: Four analyses together on one H200.
GOAL_POSTS_PER_S = 20_000
_PAGE = """# The transformer analyses on one device

Made by `python -m loadtest.gpu`; do not edit. {facts}

Device: **{name}**, bf16, {weights} weights, encoders {mode}.{warning}

| analyses | posts/s on the device |
|---|---:|
{rates}

{tokens} tokens a post. Goal on one H200: {goal:,} posts/s for the four together. For
comparison: DistilBERT sentiment on one L4, about 875 texts/s of 100 tokens (Infinity).

The four together compute {tflops:.3g} TFLOP/s of the encoders' layers without padding, {share:.1%}
of the {peak:.3g} that the device reached in a loop of bf16 matrix products. Padding is
{padding:.1%} of the rows. Time on the device:

| part | share |
|---|---:|
{breakdown}

## Against fp32

| label | compared | equal (goal 99.9%) |
|---|---:|---:|
{agreement}
"""
_MODES = """
## Ways to run the encoder

| way | blocks/s |
|---|---:|
{modes}
"""
_HOST = """
## The host

A core prepares {posts_per_s:.0f} posts/s from text to blocks; its tokenizer alone gives
{tokens_per_s:,.0f} tokens/s. To feed the device at its own rate takes {feeding:.1f} cores, at the
goal's {goal_cores:.0f}, of which tokenizing alone {goal_tokenizing:.0f}. With {workers} preparing
processes beside the device: {overlapped:.0f} posts/s.

What a replica of PostLens does on a core for a post beside the device (tokens, windows,
candidates, heads, rules, JSON), and `read`, once for a post, in the driver:

| analysis | ms | posts/s of a core |
|---|---:|---:|
{host}
"""
_NO_GPU = """

**No CUDA device was there: these figures are the processor's, and say nothing about a GPU.**"""


def page(found: Mapping[str, Any]) -> str:
    """GPU.md from the content of gpu.json."""
    device = found["device"]
    together = device["together"]
    text = _PAGE.format(
        facts=facts_line(found["machine"]),
        name=device["name"], weights=device["weights"], mode=device["mode"],
        warning=_NO_GPU if device["kind"] == "cpu" else "",
        rates=_rows((name, f"{rate:,.0f}") for name, rate in device["posts_per_s"].items()),
        tokens=", ".join(f"{n} {v:.0f}" for n, v in sorted(device["tokens_per_post"].items())),
        goal=GOAL_POSTS_PER_S,
        tflops=together["tflops"], share=device["share_of_matmul"], peak=device["matmul_tflops"],
        padding=together["padding"],
        breakdown=_rows((part, f"{share:.1%}") for part, share in device["breakdown"].items()),
        agreement=_rows(
            (name, f"{a['compared']:,.0f}", f"{a['equal']:.2%}")
            for name, a in device["agreement"].items()
        ),
    )  # fmt: skip
    if device["modes"]:
        text += _MODES.format(modes=_rows((n, str(v)) for n, v in device["modes"].items()))
    return text + _host(found) if "pace" in found else text


def _host(found: Mapping[str, Any]) -> str:
    posts_per_s = found["pace"]["posts_per_s"]
    tokens = sum(found["device"]["tokens_per_post"].values())
    return _HOST.format(
        **found["pace"],
        feeding=found["device"]["posts_per_s"]["together"] / posts_per_s,
        goal_cores=GOAL_POSTS_PER_S / posts_per_s,
        goal_tokenizing=GOAL_POSTS_PER_S * tokens / found["pace"]["tokens_per_s"],
        workers=found["overlapped"]["workers"],
        overlapped=found["overlapped"]["posts_per_s"],
        host=_rows((n, f"{ms:.2f}", f"{1000 / ms:,.0f}") for n, ms in found["host_ms"].items()),
    )


def _rows(rows: Any) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
