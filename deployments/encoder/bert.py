"""BERT's layers over a batch of windows, with next to no padding.

The usual way pads every text of a batch to the longest. Here all windows lie one after the
other in one matrix for everything that looks at one token at a time (three quarters of the
work), and only attention sees them padded, in groups of one length (see ``batch.py``).

Devlin et al. 2019, as in transformers' ``BertModel``. Knows tensors; nothing of texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from deployments.encoder.batch import Batch, PaddedGroup
from deployments.encoder.casing import CASING_EMBEDDINGS
from deployments.encoder.linear import Linear, kernel_rows, kernel_sizes
from deployments.encoder.word_embeddings import BlockEmbeddings

# oneDNN picks its kernel for a long inner dimension by the number of rows, and below this
# many the last bit of a bf16 product depends on it.
_MIN_DOWN_ROWS = 512

#: Weight and bias of a layer normalisation, (hidden size,) each.
Norm = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's weights; ``qkv`` gives query, key and value in this order."""

    qkv: Linear
    attention_out: Linear
    attention_norm: Norm
    up: Linear
    down: Linear
    out_norm: Norm


class Bert:
    """The layers of a BERT, for inference."""

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        word_embeddings: Tensor | BlockEmbeddings,
        config: Mapping[str, Any],
    ) -> None:
        """Take the weights as they are.

        Args:
            tensors: by the names that transformers' ``BertModel`` stores them under; and, for
                a model that reads how words are written, the embeddings of casing ids.
            word_embeddings: (vocabulary, hidden size).
            config: the ``config.json`` beside them.
        """
        self.num_heads: int = config["num_attention_heads"]
        self.hidden_size: int = config["hidden_size"]
        self.layer_norm_eps: float = config["layer_norm_eps"]
        self.word_embeddings = word_embeddings
        # Every token is of the first type: texts come alone, never in pairs.
        token_type = tensors["embeddings.token_type_embeddings.weight"][0]
        self.position_embeddings = tensors["embeddings.position_embeddings.weight"] + token_type
        self.casing_embeddings = tensors.get(CASING_EMBEDDINGS)
        self.norm = _pair(tensors, "embeddings.LayerNorm")
        self.layers = [_layer(tensors, n) for n in range(config["num_hidden_layers"])]

    @property
    def reads_casing(self) -> bool:
        """Whether it reads how words are written."""
        return self.casing_embeddings is not None

    def hidden_states(self, batch: Batch, layers: Sequence[int]) -> list[Tensor]:
        """Hidden states of every row after these layers.

        Args:
            batch: the tokens.
            layers: numbers of layers; 0 is the embeddings, -1 the last.

        Returns:
            For each of ``layers`` a tensor (rows, hidden size).
        """
        depth, rows = len(self.layers), len(batch.input_ids)
        last = max(number % (depth + 1) for number in layers)
        state = self._normed(self._embedded(batch), self.norm)
        state = functional.pad(state, (0, 0, 0, self._kernel_rows(rows) - rows))
        states = [state]
        for layer in self.layers[:last]:
            state = self._layer_output(layer, state, batch.groups)
            states.append(state)
        return [states[number % (depth + 1)][:rows] for number in layers]

    def warm_up(self, rows: int) -> None:
        """Have oneDNN make every kernel that a batch of up to so many rows will need."""
        first = self.layers[0]
        if first.up.is_blocked:
            with torch.inference_mode():
                for size in kernel_sizes(rows):
                    state = self.position_embeddings.new_zeros(size, self.hidden_size)
                    self._layer_output(first, state, [])

    def _embedded(self, batch: Batch) -> Tensor:
        words = self.word_embeddings[batch.input_ids]
        embeddings = words + self.position_embeddings[batch.position_ids]
        if self.casing_embeddings is None or batch.casing_ids is None:
            return embeddings
        return embeddings + self.casing_embeddings[batch.casing_ids]

    def _kernel_rows(self, rows: int) -> int:
        return kernel_rows(rows) if self.layers[0].up.is_blocked else rows

    def _layer_output(self, layer: Layer, state: Tensor, groups: Sequence[PaddedGroup]) -> Tensor:
        attended = layer.attention_out(self._attention(layer.qkv(state), groups))
        state = self._normed(attended.add_(state), layer.attention_norm)
        projected = _down(layer.up.gelu(state), layer.down)
        return self._normed(projected.add_(state), layer.out_norm)

    def _attention(self, qkv: Tensor, groups: Sequence[PaddedGroup]) -> Tensor:
        context = qkv.new_zeros(len(qkv), self.hidden_size)
        for group in groups:
            parts = group.pad(qkv).view(group.batch_size, group.length, 3, self.num_heads, -1)
            query, key, value = parts.permute(2, 0, 3, 1, 4)
            mean = functional.scaled_dot_product_attention(query, key, value, group.attention_mask)
            context[group.rows] = group.unpad(mean.transpose(1, 2).flatten(2))
        return context

    def _normed(self, values: Tensor, norm: Norm) -> Tensor:
        return functional.layer_norm(values, (self.hidden_size,), *norm, self.layer_norm_eps)


def _down(values: Tensor, down: Linear) -> Tensor:
    missing = _MIN_DOWN_ROWS - len(values)
    if missing <= 0 or values.dtype == torch.float32:
        return down(values)
    return down(functional.pad(values, (0, 0, 0, missing)))[: len(values)]


def _layer(tensors: Mapping[str, Tensor], number: int) -> Layer:
    prefix = f"encoder.layer.{number}"
    qkv = [_pair(tensors, f"{prefix}.attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        Linear(torch.cat([weight for weight, _ in qkv]), torch.cat([bias for _, bias in qkv])),
        Linear(*_pair(tensors, f"{prefix}.attention.output.dense")),
        _pair(tensors, f"{prefix}.attention.output.LayerNorm"),
        Linear(*_pair(tensors, f"{prefix}.intermediate.dense")),
        Linear(*_pair(tensors, f"{prefix}.output.dense")),
        _pair(tensors, f"{prefix}.output.LayerNorm"),
    )


def _pair(tensors: Mapping[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    return tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def is_supported(config: Mapping[str, Any]) -> bool:
    """Whether the ``config.json`` is that of a BERT as these layers compute it."""
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
    )
