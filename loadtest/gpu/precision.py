"""Whether a device's answers are those of fp32."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from loadtest.gpu.blocks import Block
from loadtest.gpu.device import Device


def agreement(
    device: Device, exact: Device, blocks: Sequence[Block]
) -> dict[str, dict[str, float]]:
    """For each label that blocks give: how many were compared, the share of equal ones.

    Compared are the likeliest sentiment and emotion of every unit and sentence, and the
    likeliest tag of every token.

    Args:
        device: what is checked.
        exact: the same models in fp32.
        blocks: what both read.
    """
    compared: dict[str, list[NDArray[np.bool_]]] = {}
    for block in blocks:
        got, true = (d.fetch(d.run(block)) for d in (device, exact))
        for name in got.keys() & {"sentiment", "emotions", "names"}:
            real = _real_tokens(block) if name == "names" else _real_spans(block)
            equal = got[name].argmax(-1) == true[name].argmax(-1)
            compared.setdefault(name, []).append(equal[real])
    return {
        name: {
            "compared": float(sum(map(len, parts))),
            "equal": float(np.concatenate(parts).mean()),
        }
        for name, parts in sorted(compared.items())
    }


def _real_spans(block: Block) -> NDArray[np.bool_]:
    return np.asarray(block.ranges[..., 1] > block.ranges[..., 0])


def _real_tokens(block: Block) -> NDArray[np.bool_]:
    return np.asarray(np.arange(block.shape[1]) < block.lengths[:, None])
