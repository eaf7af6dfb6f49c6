"""Safetensors files that are equal bytes for equal tensors."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors.numpy import save


def write_safetensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]
) -> None:
    """Write the file, and its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(with_sorted_header(save(dict(tensors), metadata=dict(metadata))))


def with_sorted_header(content: bytes) -> bytes:
    """The same file with its header's keys sorted: the library writes metadata in any order.

    A safetensors file is the header's length in 8 bytes, the header as JSON padded with
    spaces to a multiple of 8, then the tensors at offsets counted from the header's end
    (huggingface/safetensors, README "Format").
    """
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + length]), sort_keys=True).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[8 + length :]
