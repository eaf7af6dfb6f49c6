"""The files of a fit: the untuned encoder that it starts from, and fitted networks."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.encoder.fit.network import Network
from training.encoder.fit.sets import Curriculum

WEIGHTS_FILE = "model.safetensors"
_WORDS = "words.weight"
_DTYPES = {"F32": "<f4", "F16": "<f2"}


def read_base(folder: Path) -> dict[str, Tensor]:
    """The untuned encoder that ``python -m training.base_encoder`` wrote, in fp32 by name.

    A safetensors file is the header's length in 8 bytes, the header as JSON, then the tensors at
    offsets counted from the header's end; read here without the library.

    Raises:
        FileNotFoundError: there is none in the folder.
    """
    content = memoryview((folder / WEIGHTS_FILE).read_bytes())
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(bytes(content[8:start]))
    header.pop("__metadata__", None)
    tensors = {}
    for name, about in header.items():
        first, last = about["data_offsets"]
        values = np.frombuffer(content[start + first : start + last], _DTYPES[about["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(about["shape"]).astype(np.float32))
    return tensors


def network_file(folder: Path, name: str) -> Path:
    """Where the network of that name is."""
    return folder / f"{name}.pt"


def save_network(path: Path, network: Network) -> None:
    """Write what was fitted; the words' embeddings are the untuned encoder's."""
    state = network.state_dict()
    torch.save({name: values for name, values in state.items() if name != _WORDS}, path)


def load_network(path: Path, base: Mapping[str, Tensor], curriculum: Curriculum) -> Network:
    """A fitted network, ready to predict.

    Raises:
        FileNotFoundError: there is none.
    """
    state = read_state(path)
    depth = len({name.split(".")[1] for name in state if name.startswith("layers.")})
    network = Network(curriculum.tasks, len(curriculum.tags), depth)
    network.load_bert(base)
    network.load_state_dict({_WORDS: network.words.weight, **state})
    return network.eval()


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a fitted network, on the CPU."""
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
