"""The encoders and heads that loadtest/gpu/__main__.py runs: the carried ones, or random ones.

Random weights take as long as trained ones, and need no file and no tokenizer: for a
machine to which the carried models were not brought.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from deployments.encoder.bert import Bert
from deployments.encoder.casing import CASING_COUNT

#: Layers of hidden states that each encoder's heads read.
_LAYERS: dict[str, tuple[int, ...]] = {"affect": (-1,), "keywords": (-1, 3), "names": (-1,)}
_EMOTIONS, _SCORES, _TAGS = 28, 3, 15
# MiniLM-L6's shape, as all-MiniLM-L6-v2 has it.
_HIDDEN, _DEPTH, _RAISED, _HEADS = 384, 6, 1_536, 12


class TorchHead:
    """A head's layers on a device, in fp32; see :class:`deployments.encoder.heads.Head`."""

    def __init__(self, layers: list[tuple[Tensor, Tensor]]) -> None:
        self._layers = layers

    def logits(self, vectors: Tensor) -> Tensor:
        """(..., n_in) to (..., n_outputs)."""
        first, *rest = self._layers
        values = functional.linear(vectors, *first)
        for layer in rest:
            values = functional.linear(values.relu(), *layer)
        return values

    def weight_of_vectors(self, size: int) -> Tensor:
        """The last ``size`` weights of a head of one layer and one output."""
        [(weight, _)] = self._layers
        return weight[0, -size:]


@dataclass(frozen=True, slots=True)
class Model:
    """One encoder with what reads its vectors.

    Attributes:
        layers: BERT's layers in their precision.
        wanted: hidden states that the heads read.
        heads: by name.
    """

    layers: Bert
    wanted: tuple[int, ...]
    heads: Mapping[str, TorchHead]


def carried(device: str, dtype: torch.dtype) -> dict[str, Model]:
    """The released encoders and heads.

    Raises:
        ModelMissing, ModelMismatch: one of them is not there, or not the released one.
    """
    from deployments.encoder.encoder import Encoder
    from deployments.encoder.heads import Heads
    from deployments.weights import released as weights
    from loadtest.gpu.preparation import ENCODERS

    names = {
        "affect": (weights.SENTIMENT_HEAD, weights.TONE_HEAD),
        "keywords": (weights.KEYWORDS_HEAD,),
        "names": (weights.NAMES_ENCODER,),
    }
    precision = {torch.bfloat16: "bf16", torch.float32: "fp32"}[dtype]
    models = {}
    for name, config in ENCODERS.items():
        wanted = {"device": device, "precision": precision}
        encoder = Encoder(config.model_copy(update=wanted))
        found = [Heads.load(head, encoder) for head in names[name]]
        heads = {n: _on(h, device) for each in found for n, h in each.by_name.items()}
        layers: Any = encoder._layers  # the encoder's own way with them is what is replaced here
        models[name] = Model(layers, found[0].hidden_states, heads)
    return models


def _on(head: Any, device: str) -> TorchHead:
    return TorchHead([
        (torch.from_numpy(weight).to(device), torch.from_numpy(bias).to(device))
        for weight, bias in head.layers
    ])  # fmt: skip


def random(device: str, dtype: torch.dtype) -> dict[str, Model]:
    """Encoders and heads of the released ones' shapes, with random weights."""
    from transformers import BertConfig

    torch.manual_seed(1)
    config = BertConfig(
        hidden_size=_HIDDEN,
        num_hidden_layers=_DEPTH,
        intermediate_size=_RAISED,
        num_attention_heads=_HEADS,
    )
    heads = {
        "affect": {
            "sentiment": [(128, _HIDDEN), (3, 128)],
            "emotions": [(256, _HIDDEN), (_EMOTIONS, 256)],
            "formality": [(64, _HIDDEN), (1, 64)],
            "politeness": [(64, _HIDDEN), (1, 64)],
            "subjectivity": [(64, _HIDDEN), (1, 64)],
        },
        "keywords": {"keywords": [(1, 2 * _HIDDEN)]},
        "names": {"names": [(_TAGS, _HIDDEN)]},
    }
    return {
        name: Model(
            Bert(_tensors(config, name, device, dtype), config.to_dict()),
            layers,
            {n: _random_head(shapes, device) for n, shapes in heads[name].items()},
        )
        for name, layers in _LAYERS.items()
    }


def _tensors(config: Any, name: str, device: str, dtype: torch.dtype) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = _bert(config).to(device, dtype).state_dict()
    if name == "names":
        tensors["casings"] = torch.randn(CASING_COUNT, _HIDDEN).mul(0.02).to(device, dtype)
    return tensors


def _bert(config: Any) -> Any:
    from transformers import BertModel

    return BertModel(config).train(False)


def _random_head(shapes: list[tuple[int, int]], device: str) -> TorchHead:
    return TorchHead([
        (torch.randn(shape).mul(shape[1] ** -0.5).to(device), torch.zeros(shape[0], device=device))
        for shape in shapes
    ])  # fmt: skip
